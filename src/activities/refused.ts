import { Context, log } from '@temporalio/activity';
import type { FailureSummary } from '../domain/failure.ts';
import type { RunScope } from '../contract/messages.ts';
import type { RunRecord } from '../record/record.ts';

/** Anybody who reaches Temporal can have a start refused, as often as they like: so many of a rollout and day are on record. */
const RECORDED_A_DAY = 20;

/**
 * Tells the worker's log and its metrics of a start that was refused.
 *
 * @returns whether it is put on record too: not where there were many today. Throws of the store.
 */
export async function isRefusalRecorded(
  record: Pick<RunRecord, 'firstUse'>,
  { environment, rollout, run }: RunScope,
  failure: Pick<FailureSummary, 'type' | 'message'> | null,
): Promise<boolean> {
  log.warn('start refused', { environment, rollout, run, type: failure?.type, why: failure?.message });
  Context.current()
    .metricMeter.createCounter('windlass_refused_starts', 'Starts that the policy of the worker refused')
    .add(1);
  const day = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  for (let place = 1; place <= RECORDED_A_DAY; place += 1) {
    const first = await record.firstUse({ environment, rollout, run }, `refused start ${String(place)} of ${day}`);
    if (first === run) return true;
  }
  return false;
}
