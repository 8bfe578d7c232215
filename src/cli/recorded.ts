import type { RolloutRef } from '../client.ts';
import type { Config } from '../config.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import { openRecord } from '../record/record.ts';
import { openStore } from '../store/open.ts';

/** What the record has of one run. Needs no Temporal. */
export interface RecordedEntries {
  readonly run: string;
  readonly entries: readonly RecordEntry[];
}

/**
 * Reads one run of a rollout from the record.
 *
 * @param run its id; the newest run when absent, but for drills of their own.
 * @throws WindlassFailure `NotFound`, and of the store.
 */
export async function recordedEntries(config: Config, ref: RolloutRef, run?: string): Promise<RecordedEntries> {
  const { environment, rollout } = ref;
  const record = openRecord(openStore(config.store.url, config.store.s3));
  const chosen = run ?? (await record.runs({ environment, rollout })).findLast(({ drill }) => !drill)?.run;
  const entries = chosen === undefined ? [] : await record.entries({ environment, rollout, run: chosen });
  if (chosen !== undefined && entries.length > 0) return { run: chosen, entries };
  throw new WindlassFailure('NotFound', `The record has no run${run === undefined ? '' : ` ${run}`} of this rollout.`, {
    object: `${rollout} → ${environment}`,
    next: 'Check the names, and that WINDLASS_STORE is the store that the worker writes to.',
    facts: { store: config.store.url },
  });
}
