import { CancellationScope, condition, isCancellation, uuid4 } from '@temporalio/workflow';
import type { PlanSummary } from '../domain/change.ts';
import type { Decision, OpenGate } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import type { StepDemand, StepShape } from '../domain/shape.ts';
import { onlooker } from './activities.ts';
import { workflowFailure } from './failures.ts';
import type { PhaseRun } from './phase-run.ts';

/** Whether a plan must wait for a person, given what was approved before (the digest of its destructive changes). */
export function needsGate(step: StepShape, plan: PlanSummary | null, approved: string | null): boolean {
  if (approved !== null) return plan !== null && plan.destructiveDigest !== approved;
  return step.approval !== null || (plan !== null && plan.destructive > 0) || demandsOn(step, plan).length > 0;
}

/** What the worker's policy demands of a step with this plan. */
function demandsOn({ demands = [] }: StepShape, plan: PlanSummary | null): readonly StepDemand[] {
  return demands.filter(({ destructive }) => !destructive || (plan !== null && plan.destructive > 0));
}

/**
 * Opens a gate and waits until it is approved, or until the step should look again: what the gate guards was done by hand,
 * in whole or in part, or what had to be waived is no longer missing.
 *
 * @param waives what approving does without, in words; null when nothing is missing.
 * @throws ApplicationFailure `GateRejected` or `GateExpired`: the step parks.
 */
export async function waitAtGate(
  run: PhaseRun,
  step: StepShape,
  plan: PlanSummary | null,
  waives: string | null,
): Promise<'approved' | 'look again'> {
  const gate = openGate(run, step, plan, waives);
  run.update(step.name, { state: 'gate', gate });
  let decision: Decision | null = null;
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
  if (step.byHand) watchFor(() => onlooker.awaitDoneByHand(run.ref(step.name), gate.changeDigest));
  if (waives !== null) watchFor(() => onlooker.awaitProof(run.ref(step.name)));
  const answered = () => (decision ??= run.takeDecision(gate)) !== null || lookAgain;
  try {
    const expires = step.approval?.expiresMs ?? null;
    const inTime = expires === null ? (await condition(answered), true) : await condition(answered, expires);
    if (!inTime) throw gateFailure(run, step, 'GateExpired', 'Nobody decided in time.');
    return settle(run, step, decision);
  } finally {
    watch.cancel();
    run.update(step.name, { gate: null });
  }
}

function settle(run: PhaseRun, step: StepShape, decision: Decision | null): 'approved' | 'look again' {
  if (decision === null) return 'look again';
  const said = decision.comment === '' ? '' : `: ${decision.comment}`;
  const waived = decision.verdict === 'approve' && decision.waives !== undefined ? `, waived: ${decision.waives}` : '';
  run.update(step.name, {
    decidedBy: `${decision.verdict === 'approve' ? 'approved' : 'rejected'} by ${decision.by}${said}${waived}`,
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

function openGate(run: PhaseRun, step: StepShape, plan: PlanSummary | null, waives: string | null): OpenGate {
  const now = Date.now();
  const expires = step.approval?.expiresMs ?? null;
  // A bare approval has no changes of its own: what is approved is this bundle, at this opening of the gate.
  const demands = demandsOn(step, plan).map(({ reason, approvers }) => ({ reason, approvers }));
  const bare = plan === null ? `${run.scope.bundle}/${uuid4()}` : '';
  return {
    phase: run.phase.name,
    step: step.name,
    reason: step.approval?.reason ?? demands[0]?.reason ?? 'The plan destroys data, which nobody has been asked about.',
    approvers: step.approval?.approvers ?? [],
    ...(demands.length === 0 ? {} : { demands }),
    changeDigest: plan?.changeDigest ?? bare,
    destructiveDigest: plan?.destructiveDigest ?? '',
    plan,
    openedAt: new Date(now).toISOString(),
    expiresAt: expires === null ? null : new Date(now + expires).toISOString(),
    ...(waives === null ? {} : { waives }),
  };
}
