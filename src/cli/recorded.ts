import type { RolloutRef } from '../client.ts';
import type { Config } from '../config.ts';
import { restoreRolloutName } from '../domain/names.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import { openRecord } from '../record/record.ts';
import { drillFacts } from '../report/recovery/index.ts';
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

/** The evidence of all runs of a rollout, and of those that restored what it backed up. Throws as the store does. */
export async function recordedEvidence(config: Config, ref: RolloutRef): Promise<readonly RecordEntry[]> {
  const record = openRecord(openStore(config.store.url, config.store.s3));
  const names = [ref.rollout, restoreRolloutName(ref.rollout)];
  const all = await Promise.all(
    names.map((rollout) => record.entries({ environment: ref.environment, rollout, types: ['evidence'] })),
  );
  return all.flat();
}

/** How many proofs go along with a restore: older backups are gone by then. */
const PROOFS = 20;

/** The backups that the record says are proven, oldest first. @throws WindlassFailure of the store. */
export async function recordedProofs(
  config: Config,
  ref: RolloutRef,
): Promise<readonly { readonly backup: string; readonly at: string; readonly by: string }[]> {
  const facts = drillFacts(await recordedEvidence(config, ref));
  // A backup that was proven once and refuted later is not proven.
  const last = [...new Map(facts.map((fact) => [fact.backup, fact])).values()];
  const proven = last.filter((fact) => fact.proven);
  return proven.slice(-PROOFS).map(({ backup, at, drill }) => ({ backup, at, by: drill }));
}
