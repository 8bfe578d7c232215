import { lackingAt, quorumOn, standingApprovals } from '../domain/approving.ts';
import type { Bundle } from '../domain/bundle.ts';
import { mustBeAnsweredFor, type Change, type PlanSummary } from '../domain/change.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { addressOfDecision, demandsOn, denialOf, opensGate, type Decision } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { isOver, newestOpening } from '../domain/openings.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import { approvalsBefore, findStepShape, type StepShape } from '../domain/shape.ts';
import { signatureDenial } from '../policy/signature.ts';
import type { StepRef } from '../contract/activities.ts';
import { lackingReadiness } from './assessments.ts';
import type { ActivityDeps } from './deps.ts';
import { lackingProof } from './proofs.ts';
import type { Skeletons } from './skeleton.ts';

type ApprovalDeps = Pick<ActivityDeps, 'openBundle' | 'policy' | 'provenThere'> & {
  readonly record: Pick<ActivityDeps['record'], 'read'>;
  readonly skeletons: Skeletons;
};

/** What a step is about to do. */
interface Doing {
  readonly ref: StepRef;
  readonly bundle: Bundle;
  readonly policy: EnvironmentPolicy;
  /** Who started the run, by Temporal's word. */
  readonly startedBy: string;
  /** The step's plan as this worker has made it. */
  readonly plan: PlanSummary;
  /** The changes of that plan, where it was made for this attempt. */
  readonly changes: readonly Change[];
  /** Whether an earlier attempt may have done a part of it. */
  readonly again: boolean;
}

/**
 * Makes sure that whoever had to approve what a step is about to do has approved it, and every bare approval before it was given:
 * by the decisions on the run's record, whose signatures are checked once more, and by what the worker itself has planned.
 * What a workflow says of its gates is not asked: results of activities can be made up by whoever reaches Temporal.
 *
 * @throws WindlassFailure `Unauthorised`, which parks the step; of the store.
 */
export async function assertApproved(deps: ApprovalDeps, doing: Doing): Promise<void> {
  const { ref, bundle, policy, plan } = doing;
  const { environment, rollout, run } = ref.scope;
  const shape = deps.skeletons.of(policy, ref.scope.bundle, bundle);
  const step = findStepShape(shape, ref.phase, ref.step);
  const gated = step !== undefined && opensGate(step, plan) ? step : null;
  const before = approvalsBefore(shape, ref.phase, ref.step);
  if (gated === null && before.length === 0) return;
  const { entries } = await deps.record.read({ environment, rollout, run, types: ['decision', 'gate'] });
  for (const one of before) standing(doing, entries, one.phase, one.step, null);
  if (gated === null) return;
  const decision = standing(doing, entries, ref.phase, gated, plan);
  await assertSame(deps, doing, decision);
  // What was waived needs no cluster that confirms it.
  if (decision.waives !== undefined) return;
  const lacks = [
    plan.destructive > 0 ? await lackingProof(deps, ref) : null,
    gated.approval?.readiness === undefined ? null : await lackingReadiness(deps, ref),
  ].find((one) => one !== null);
  if (lacks !== undefined) throw notApproved(ref, `${decision.by} did not waive: ${lacks}`);
}

/**
 * The decision that approves a step: the newest of those whose signatures stand, and where several must approve, that with the others of
 * its opening of the gate. @throws WindlassFailure `Unauthorised`.
 */
function standing(
  { ref, bundle, policy, startedBy }: Doing,
  entries: readonly RecordEntry[],
  phase: string,
  step: StepShape,
  plan: PlanSummary | null,
): Decision {
  const { scope } = ref;
  const rules = narrowed(policy, bundle.decisions);
  const to = addressOfDecision(scope);
  // What was decided over an opening before the newest counts no more, whenever it comes.
  const over = newestOpening(entries, phase, step.name);
  const signed = ofType(entries, 'decision')
    .filter(({ scope: of, body }) => of.phase === phase && of.step === step.name && body.denial === null)
    .map(({ body }) => body.decision)
    .filter((one) => over === null || isOver(one, over))
    .filter((one) => signatureDenial(rules, one.by, to, one, Date.now()) === null);
  const at = stepPath(phase, step.name);
  const quorum = quorumOn(step, plan);
  const newest = signed.at(-1);
  const ofOpening = signed.filter(
    ({ opening, changeDigest }) => opening === newest?.opening && changeDigest === newest?.changeDigest,
  );
  const counted = quorum === null ? signed.slice(-1) : ofOpening;
  const { approvals, withdrawals } =
    quorum === null ? { approvals: counted, withdrawals: [] } : standingApprovals(counted);
  const rejected = counted.find(({ verdict }) => verdict === 'reject');
  if (rejected !== undefined) throw notApproved(ref, `${rejected.by} rejected ${at}`);
  const decision = approvals.at(-1);
  if (decision === undefined) throw notApproved(ref, `no approval of ${at} that stands is on record`);
  const { changeDigest, opening, waives } = decision;
  const gate = {
    ...{ phase, step: step.name, changeDigest, approvers: step.approval?.approvers ?? [] },
    ...(opening === undefined ? {} : { opening }),
    ...(waives === undefined ? {} : { waives }),
    ...(quorum === null ? {} : { quorum, withdrawals }),
    demands: demandsOn(step, plan),
  };
  for (const one of approvals) {
    const denial = denialOf(one, {
      ...{ bundle: scope.bundle, run: scope.run, startedBy, gates: [gate] },
      ...{ groups: rules.groups, selfApproval: rules.selfApproval },
    });
    if (denial !== null) throw notApproved(ref, denial);
  }
  const lacks = lackingAt({ ...gate, approvals });
  if (lacks !== null) throw notApproved(ref, `${at} needs ${lacks} to approve`);
  return decision;
}

/** Makes sure that nothing else would be destroyed than was shown to whoever approved. @throws WindlassFailure `Unauthorised`. */
async function assertSame(deps: ApprovalDeps, { ref, plan, changes, again }: Doing, { changeDigest, by }: Decision) {
  if (plan.changeDigest === changeDigest) return;
  const { environment, rollout, run } = ref.scope;
  const { entries } = await deps.record.read({ environment, rollout, run, types: ['plan'] });
  const shown = ofType(entries, 'plan').find(
    ({ scope, body }) =>
      scope.phase === ref.phase && scope.step === ref.step && body.summary.changeDigest === changeDigest,
  )?.body;
  if (shown === undefined) throw notApproved(ref, `what ${by} was shown is not on record as a plan of this step`);
  if (shown.summary.destructiveDigest === plan.destructiveDigest) return;
  // What an attempt before this one has done is not planned any more.
  const answeredFor = new Set(shown.changes.filter(mustBeAnsweredFor).map(({ what }) => what));
  if (again && changes.filter(mustBeAnsweredFor).every(({ what }) => answeredFor.has(what))) return;
  throw notApproved(ref, `it would destroy or do something else than ${by} was shown`);
}

function notApproved({ phase, step }: StepRef, why: string): WindlassFailure {
  return new WindlassFailure('Unauthorised', `Nothing was done: ${why}.`, {
    object: stepPath(phase, step),
    next: 'Retry the step: it is planned again, and its gate opens.',
    retryable: false,
  });
}
