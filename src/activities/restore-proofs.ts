import { drillHistory } from '../domain/drill/history.ts';
import { stepPath } from '../domain/names.ts';
import type { RecordScope } from '../domain/record-entry.ts';
import type { Step } from '../domain/step.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * A step with those of its `recordedProofs` alone that the worker's own record has, in the record's words: whoever writes the file
 * of a rollout could claim any. A backup that was refuted after it was proven is not proven.
 *
 * @throws WindlassFailure of the store.
 */
export async function withKnownProofs(
  record: Pick<ActivityDeps['record'], 'read'>,
  { environment, rollout: own }: Pick<RecordScope, 'environment' | 'rollout'>,
  step: Step,
): Promise<Step> {
  if (step.kind !== 'velero.restore' || step.with.recordedProofs.length === 0) return step;
  const recordedProofs = [];
  for (const rollout of new Set(step.with.recordedProofs.map(({ of }) => of ?? own))) {
    const { entries } = await record.read({ environment, rollout, types: ['drill'] });
    // The last verdict on each backup is what counts.
    const last = new Map(drillHistory(entries).map((drill) => [drill.backup, drill]));
    for (const { backup, of = own } of step.with.recordedProofs) {
      const drill = of === rollout ? last.get(backup) : undefined;
      if (drill?.verdict !== 'proven') continue;
      recordedProofs.push({
        backup,
        at: drill.time,
        by: `${stepPath(drill.phase, drill.step)} of ${rollout}`,
        of: rollout,
      });
    }
  }
  return { ...step, with: { ...step.with, recordedProofs } };
}
