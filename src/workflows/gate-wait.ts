import { CancellationScope, condition, isCancellation, uuid4 } from '@temporalio/workflow';
import { lackingAt, quorumOn, withApproval } from '../domain/approving.ts';
import type { PlanSummary } from '../domain/change.ts';
import { DECIDED, decidersOf, demandsOn, opensGate, type Decision, type OpenGate } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { clipped } from '../domain/wrap.ts';
import { waivesOf, type Lacks, type Opening } from '../domain/opening.ts';
import type { StepShape } from '../domain/shape.ts';
import { bookkeepingOf, onlooker } from './activities.ts';
import { workflowFailure } from './failures.ts';
import { missingAt } from './missing.ts';
import type { PhaseRun } from './phase-run.ts';
import { since } from './since.ts';

/** Temporal takes 400 bytes for the name of a timer. */
const LONGEST_SUMMARY = 130;

/** Whether a plan must wait for a person, given what was approved before (the digest of the changes that open a gate). */
export function needsGate(step: StepShape, plan: PlanSummary | null, approved: string | null): boolean {
  if (approved !== null) return plan !== null && plan.destructiveDigest !== approved;
  return opensGate(step, plan);
}

/** How a gate was answered. */
interface Approval {
  /** Until when it counts, ISO 8601 in UTC; null for one that counts for ever. */
  readonly until: string | null;
  /** What the gate had missed. */
  readonly lacked: Lacks;
}

/**
 * Opens a gate and waits until it is approved, or until the step should look again: what the gate guards was done by hand,
 * in whole or in part, or what had to be waived is no longer missing.
 *
 * @param known what approving does without, where that was looked for before; null where the opening tells it.
 * @throws ApplicationFailure `GateRejected` or `GateExpired`: the step parks.
 */
export async function waitAtGate(
  run: PhaseRun,
  step: StepShape,
  plan: PlanSummary | null,
  known: Lacks | null,
): Promise<Approval | 'look again'> {
  // Not awaited in workflows of before: another turn would change the order of what they do.
  const { lacks, ...opening } =
    known === null || since('gates-recorded')
      ? await openedOnRecord(run, step, plan)
      : { ...openingOfBefore(run, step, plan, known), lacks: known };
  const lacked = known ?? lacks ?? (await missingAt(run, step, plan));
  let gate = openGate(run, step, plan, opening);
  run.update(step.name, { state: 'gate', gate, ...(gate.opening === undefined ? {} : { openings: gate.opening }) });
  let decision = null as Decision | null;
  let lookAgain = false;
  const watch = new CancellationScope();
  const watchFor = (seen: () => Promise<void>): void => {
    void watch
      .run(seen)
      .then(() => (lookAgain = true))
      .catch((error: unknown) => {
        // Looking is a convenience: when it fails, the gate still waits for its decision.
        if (!isCancellation(error)) lookAgain = false;
      });
  };
  const at = stepPath(run.phase.name, step.name);
  const onlookerOf = (sees: string) => onlooker(step, `gate ${at}: sees ${sees}`);
  if (step.byHand)
    watchFor(() => onlookerOf('whether it is done by hand').awaitDoneByHand(run.ref(step.name), gate.changeDigest));
  if (lacked.proof !== null) watchFor(() => onlookerOf('whether a proof comes').awaitProof(run.ref(step.name)));
  if (lacked.readiness !== null)
    watchFor(() => onlookerOf('whether the readiness is reached').awaitReadiness(run.ref(step.name)));
  const answered = () => (decision ??= run.takeDecision(gate)) !== null || lookAgain;
  const summary = clipped(`gate ${at}: waits for ${decidersOf(gate)}`, LONGEST_SUMMARY);
  const expires = step.approval?.expiresMs ?? null;
  const deadline = expires === null ? null : Date.now() + expires;
  const pausedBefore = run.pause.ms;
  const extended = () => (deadline === null ? null : deadline + run.pause.ms - pausedBefore);
  try {
    for (;;) {
      // While the run is paused, time stands still here.
      const { isOn } = run.pause;
      const until = extended();
      const left = until === null || isOn ? null : until - Date.now();
      const woken = () => answered() || run.pause.isOn !== isOn;
      const inTime =
        left === null ? (await condition(woken), true) : left > 0 && (await condition(woken, left, { summary }));
      if (!inTime) throw gateFailure(run, step, 'GateExpired', 'Nobody decided in time.');
      if (run.pause.isOn !== isOn) {
        gate = { ...gate, expiresAt: isoOf(extended()) };
        run.update(step.name, { gate });
      }
      if (!answered()) continue;
      if (decision === null || (await isConfirmed(run, gate, decision))) {
        if (decision !== null && decision.verdict !== 'reject' && gate.quorum !== undefined) {
          gate = withApproval(gate, decision);
          if (lackingAt(gate) !== null) {
            decision = null;
            run.update(step.name, { gate });
            continue;
          }
        }
        return settle(run, step, gate, decision) === 'approved' ? { until: isoOf(extended()), lacked } : 'look again';
      }
      decision = null;
      // The rollout, which may have judged it otherwise a moment before, takes decisions for a gate once per opening.
      gate = { ...gate, openedAt: new Date().toISOString() };
      run.update(step.name, { gate });
    }
  } finally {
    watch.cancel();
    run.update(step.name, { gate: null });
  }
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** Anybody can send a phase what looks like a decision that the rollout has judged; a denial is on record then. */
async function isConfirmed(run: PhaseRun, gate: OpenGate, decision: Decision): Promise<boolean> {
  if (!since('confirmed')) return true;
  const at = run.ref(gate.step);
  const { confirmDecision } = bookkeepingOf(`check ${decision.verdict} of ${stepPath(gate.phase, gate.step)}`);
  const denial = run.recordsDenials
    ? await confirmDecision(at, gate, decision)
    : await confirmDecision(at, gate, decision, 'unrecorded');
  if (denial !== null) run.denied();
  return denial === null;
}

function settle(run: PhaseRun, step: StepShape, gate: OpenGate, decision: Decision | null): 'approved' | 'look again' {
  if (decision === null) return 'look again';
  const said = decision.comment === '' ? '' : `: ${decision.comment}`;
  const waived = decision.verdict === 'approve' && decision.waives !== undefined ? `, waived: ${decision.waives}` : '';
  const others = decision.verdict === 'approve' ? (gate.approvals ?? []).filter(({ by }) => by !== decision.by) : [];
  const by = [...others.map((one) => one.by), decision.by].join(', ');
  run.update(step.name, {
    decidedBy: `${DECIDED[decision.verdict]} by ${by}${said}${waived}`,
  });
  if (decision.verdict === 'approve') return 'approved';
  throw gateFailure(run, step, 'GateRejected', `${decision.by} rejected the changes${said}.`);
}

function gateFailure(run: PhaseRun, step: StepShape, type: 'GateRejected' | 'GateExpired', message: string) {
  return workflowFailure({
    type,
    message,
    object: stepPath(run.phase.name, step.name),
    next: 'Retry the step to plan and ask again, or abort the rollout.',
    retryable: false,
  });
}

/** Why a gate opens that nobody has asked for. */
function reasonOf(plan: PlanSummary | null): string {
  if (plan !== null && plan.destructive === 0)
    return 'The plan goes on in spite of what somebody must answer for, and nobody has been asked.';
  return 'The plan destroys data, which nobody has been asked about.';
}

/** What is decided at an opening of a gate. */
type Opens = Pick<OpenGate, 'opening' | 'changeDigest'> & Pick<Opening, 'waives'>;

function openGate(run: PhaseRun, step: StepShape, plan: PlanSummary | null, { waives, ...opening }: Opens): OpenGate {
  const now = Date.now();
  const expires = step.approval?.expiresMs ?? null;
  const demands = demandsOn(step, plan).map(({ reason, approvers }) => ({ reason, approvers }));
  const quorum = quorumOn(step, plan);
  return {
    phase: run.phase.name,
    step: step.name,
    reason: step.approval?.reason ?? demands[0]?.reason ?? reasonOf(plan),
    approvers: step.approval?.approvers ?? [],
    ...(demands.length === 0 ? {} : { demands }),
    ...(quorum === null ? {} : { quorum }),
    ...opening,
    destructiveDigest: plan?.destructiveDigest ?? '',
    plan,
    openedAt: new Date(now).toISOString(),
    expiresAt: expires === null ? null : new Date(now + expires).toISOString(),
    ...(waives === null ? {} : { waives }),
  };
}

/** As the worker puts it on record: whoever signs looks there. Workers of before do not tell what is missing by its parts. */
async function openedOnRecord(
  run: PhaseRun,
  step: StepShape,
  plan: PlanSummary | null,
): Promise<Opens & { readonly lacks?: Lacks }> {
  const ref = run.ref(step.name);
  const shown = { changeDigest: plan?.changeDigest ?? null, before: run.step(step.name).openings ?? 0 };
  const summary = `open gate ${stepPath(ref.phase, ref.step)}`;
  // Not at hand: of several that open side by side, local activities end one by one, and are replayed as if all had ended at once. What is
  // told the rollout in between would then be told in another number of signals.
  const answer = await bookkeepingOf(summary).openGate(ref, shown);
  const { opening, changeDigest, waives, lacks } = answer;
  return { opening, changeDigest, waives, ...(lacks === undefined ? {} : { lacks }) };
}

function openingOfBefore(run: PhaseRun, step: StepShape, plan: PlanSummary | null, lacks: Lacks): Opens {
  const bare = plan === null ? `${run.scope.bundle}/${uuid4()}` : '';
  return {
    changeDigest: plan?.changeDigest ?? bare,
    ...(since('once') ? { opening: (run.step(step.name).openings ?? 0) + 1 } : {}),
    waives: waivesOf(lacks),
  };
}
