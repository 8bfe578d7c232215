import type { RolloutRef } from '../client.ts';
import type { Config } from '../config.ts';
import type { Bundle } from '../domain/bundle.ts';
import { damageLines, damageNote, type DamagedEntry, type RecordReading } from '../domain/damage.ts';
import { restoreRolloutName } from '../domain/names.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { openBundle } from '../bundle/store.ts';
import { drillFacts } from '../report/recovery/index.ts';
import { openStore } from '../store/open.ts';
import type { Cli } from './cli.ts';
import { recordOf } from '../record-of.ts';

/** What the record has of one run. Needs no Temporal. */
export interface RecordedEntries extends RecordReading {
  readonly run: string;
  /** Runs of which nothing reads, where the newest was asked for: any of them may be newer. */
  readonly unknown: readonly string[];
}

/**
 * Reads one run of a rollout from the record.
 *
 * @param run its id; the newest run when absent, but for drills of their own.
 * @throws WindlassFailure `NotFound`, and of the store.
 */
export async function recordedEntries(config: Config, ref: RolloutRef, run?: string): Promise<RecordedEntries> {
  const { environment, rollout } = ref;
  const record = recordOf(config);
  const runs = run === undefined ? (await record.runs({ environment, rollout })).filter(({ drill }) => !drill) : [];
  const chosen = run ?? runs.at(-1)?.run;
  const unknown = runs.filter((one) => one.startedAt === null && one.run !== chosen).map((one) => one.run);
  const reading = chosen === undefined ? NOTHING : await record.read({ environment, rollout, run: chosen });
  if (chosen !== undefined && reading.entries.length + reading.damaged.length > 0)
    return { run: chosen, unknown, ...reading };
  throw new WindlassFailure('NotFound', `The record has no run${run === undefined ? '' : ` ${run}`} of this rollout.`, {
    object: `${rollout} → ${environment}`,
    next: 'Check the names, and that WINDLASS_STORE is the store that the worker writes to.',
    facts: { store: config.store.url },
  });
}

const NOTHING: RecordReading = { entries: [], damaged: [] };

/** Of a run whose entries are all damaged. */
export function nothingReads(run: string, damaged: readonly DamagedEntry[]): WindlassFailure {
  return new WindlassFailure('RecordCorrupt', `Of run ${run} nothing reads: ${damageNote(damaged)}.`, {
    object: damaged[0]?.object ?? run,
    next: 'Restore this part of the store from a copy, or name another run or the directory of the rollout.',
  });
}

/** The bundle of a run, with the digest that it was opened by. */
interface RecordedBundle {
  readonly digest: string;
  readonly bundle: Bundle;
  /** Why it is not that of the newest run, in sentences; none where it is. */
  readonly doubts: readonly string[];
}

/**
 * The bundle of the newest run that has one which can be opened: a damaged run or bundle does not take it away.
 *
 * @param run its id, where only this one will do.
 * @throws WindlassFailure `NotFound`, `RecordCorrupt`, `BundleMissing` or `BundleCorrupt` of the newest run where no other
 *   has one either; of the store.
 */
export async function recordedBundle(config: Config, ref: RolloutRef, run?: string): Promise<RecordedBundle> {
  const store = openStore(config.store.url, config.store.s3);
  const record = recordOf(config);
  const { environment, rollout } = ref;
  const newest = await recordedEntries(config, ref, run);
  const others = run === undefined ? (await record.runs({ environment, rollout })).filter(({ drill }) => !drill) : [];
  const failures: WindlassFailure[] = [];
  for (const id of newest.unknown)
    failures.push(nothingReads(id, (await record.read({ environment, rollout, run: id })).damaged));
  const known = others.map((other) => other.run).filter((id) => id !== newest.run && !newest.unknown.includes(id));
  for (const one of [newest.run, ...known.reverse()]) {
    const reading = one === newest.run ? newest : await record.read({ environment, rollout, run: one });
    const [first] = reading.entries;
    if (first === undefined) failures.push(nothingReads(one, reading.damaged));
    else {
      const digest = first.scope.bundle;
      const opened = await openBundle(store, digest).catch(damagedBundle);
      if (!(opened instanceof WindlassFailure))
        return { digest, bundle: opened.bundle, doubts: doubtsOf(one, failures) };
      failures.push(opened);
    }
  }
  throw failures[0] ?? nothingReads(newest.run, newest.damaged);
}

function damagedBundle(error: unknown): WindlassFailure {
  if (error instanceof WindlassFailure && ['BundleMissing', 'BundleCorrupt', 'ServerError'].includes(error.type))
    return error;
  throw error;
}

function doubtsOf(run: string, failures: readonly WindlassFailure[]): readonly string[] {
  if (failures.length === 0) return [];
  return [
    `The bundle is that of run ${run}, and NOT OF THE NEWEST: ${failures.map(({ message }) => message).join(' ')}`,
  ];
}

/** Tells people which entries do not read, and what that makes uncertain. */
export function tellDamage(cli: Pick<Cli, 'warn'>, damaged: readonly DamagedEntry[]): void {
  cli.warn(...damageLines(damaged));
}

/** The evidence of all runs of a rollout, and of those that restored what it backed up. Throws as the store does. */
export async function recordedEvidence(config: Config, ref: RolloutRef): Promise<RecordReading> {
  const record = recordOf(config);
  const names = [ref.rollout, restoreRolloutName(ref.rollout)];
  const all = await Promise.all(
    names.map((rollout) => record.read({ environment: ref.environment, rollout, types: ['evidence'] })),
  );
  return { entries: all.flatMap(({ entries }) => entries), damaged: all.flatMap(({ damaged }) => damaged) };
}

/** How many proofs go along with a restore: older backups are gone by then. */
const PROOFS = 20;

/** The backups that the record says are proven. */
interface RecordedProofs extends Pick<RecordReading, 'damaged'> {
  /** Oldest first. */
  readonly proofs: readonly {
    readonly backup: string;
    readonly at: string;
    readonly by: string;
    readonly of: string;
  }[];
}

/** The backups that the record says are proven, and what of it does not read. @throws WindlassFailure of the store. */
export async function recordedProofs(config: Config, ref: RolloutRef): Promise<RecordedProofs> {
  const { entries, damaged } = await recordedEvidence(config, ref);
  const facts = drillFacts(entries);
  // A backup that was proven once and refuted later is not proven.
  const last = [...new Map(facts.map((fact) => [fact.backup, fact])).values()];
  const proven = last.filter((fact) => fact.proven);
  return {
    damaged,
    proofs: proven.slice(-PROOFS).map(({ backup, at, drill }) => ({ backup, at, by: drill, of: ref.rollout })),
  };
}
