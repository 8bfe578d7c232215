import { Context, type Info } from '@temporalio/activity';
import type { PlanSummary } from '../domain/change.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { stepPath } from '../domain/names.ts';
import { waivesOf, type Lacks, type Opening } from '../domain/opening.ts';
import { newestOpening } from '../domain/openings.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';
import { lackingReadiness } from './assessments.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { lackingProofOrWhyNot } from './proofs.ts';
import { entryIdOf, recorder } from './recorder.ts';
import { stepOf } from './work.ts';

/** Characters of an entry's id that tell the openings of a bare approval apart. */
const OWN_DIGEST = 32;

/**
 * The activity that opens gates. Whoever decides is shown a gate by whoever answers in the name of the rollout, which anybody can
 * who polls the task queue: what is decided is over what the worker has put on record, which says what is planned and what is missing.
 */
export function gateActivities(deps: ActivityDeps): Pick<WindlassActivities, 'openGate'> {
  const record = recorder(deps.record);
  return {
    openGate: guarded(async (ref, shown) => {
      await deps.callers.startOf(ref.scope);
      const { step } = await stepOf(deps, ref);
      const { environment, rollout, run, bundle } = ref.scope;
      const { entries } = await deps.record.read({ environment, rollout, run, types: ['plan', 'gate'] });
      const key = openingKey(Context.current().info, shown.before);
      const id = entryIdOf(ref.scope, ref.phase, ref.step, 'gate', key);
      const isBare = step.kind === 'approval' && shown.changeDigest === null;
      const plan = isBare ? null : planOf(entries, ref, shown.changeDigest);
      const lacks: Lacks = {
        proof: plan !== null && plan.destructive > 0 ? await lackingProofOrWhyNot(deps, ref) : null,
        readiness: step.approval?.readiness === undefined ? null : await lackingReadiness(deps, ref),
      };
      const known = openingOf(entries, id);
      if (known !== null) return { ...known, lacks };
      const opening = {
        opening: Math.max(shown.before, newestOpening(entries, ref.phase, ref.step)?.opening ?? 0) + 1,
        // A bare approval has no changes of its own: what is approved is this bundle, at this opening of the gate.
        changeDigest: plan?.changeDigest ?? `${bundle}/${id.slice(0, OWN_DIGEST)}`,
        waives: waivesOf(lacks),
      };
      if (await record(ref.scope, ref.phase, ref.step, { type: 'gate', ...opening }, key)) return { ...opening, lacks };
      // Another attempt was quicker by a moment, and may have found something else missing: what it has put on record counts.
      const { entries: now } = await deps.record.read({ environment, rollout, run, types: ['gate'] });
      return { ...(openingOf(now, id) ?? opening), lacks };
    }),
  };
}

/**
 * What tells an opening from all others, the same for whichever attempt puts it on record: its run of a workflow, and how often the gate
 * had opened in it. Whoever makes that up does so for a workflow of their own.
 */
function openingKey({ workflowExecution }: Pick<Info, 'workflowExecution'>, before: number): string {
  const { workflowId, runId } = workflowExecution ?? {};
  return `${workflowId ?? ''}/${runId ?? ''}/opening ${String(before)}`;
}

function openingOf(entries: readonly RecordEntry[], id: string): Opening | null {
  const body = ofType(entries, 'gate').find((entry) => entry.id === id)?.body;
  if (body === undefined) return null;
  const { opening, changeDigest, waives } = body;
  return { opening, changeDigest, waives };
}

/** @throws WindlassFailure `Unauthorised` where no worker has planned this: then nobody can be shown it. */
function planOf(entries: readonly RecordEntry[], { phase, step }: StepRef, changeDigest: string | null): PlanSummary {
  const plan = ofType(entries, 'plan').findLast(
    ({ scope, body }) => scope.phase === phase && scope.step === step && body.summary.changeDigest === changeDigest,
  );
  if (plan !== undefined) return plan.body.summary;
  throw new WindlassFailure('Unauthorised', 'The gate does not open: no plan of these changes is on record.', {
    object: stepPath(phase, step),
    next: 'Retry the step: it is planned again. If that does not help, look who polls the task queue (docs/threat-model.md).',
    retryable: false,
  });
}
