import { compareTexts } from '../domain/compare.ts';
import type { DamagedEntry, RecordReading } from '../domain/damage.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { LIMITS } from '../domain/limits.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import type { RecordBody, RecordEntry } from '../domain/record-entry.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { sha256 } from '../store/sha256.ts';
import { inBatches } from './in-batches.ts';
import { folderOf, keyOfEntry, keyOfId, keyOfNonce, runsIn, type IdKey, type RunKeys } from './keys.ts';
import { readListed, type Outcome } from './read-entry.ts';
import { withSeal, type Sealer } from './seal.ts';
import { writeStored } from './stored.ts';
import { unlistedIn } from './unlisted.ts';

/** Whose entries are asked for. */
interface RecordQuery {
  readonly environment: string;
  readonly rollout: string;
  /** All runs when absent. */
  readonly run?: string;
  /** Only entries of these types, which costs no reading of the others; all when absent. */
  readonly types?: readonly RecordBody['type'][];
}

interface Seals {
  /** Seals what is appended; nothing is sealed when absent. */
  readonly sealer?: Sealer;
  /** Public keys of the workers of an environment; entries need no seal where none is named. */
  readonly workersOf?: (environment: string) => Promise<readonly string[]>;
}

const none = (): Promise<readonly string[]> => Promise.resolve([]);

interface RecordedRun {
  readonly run: string;
  /** Time of its first entry: ISO 8601 in UTC; null when none of its entries reads. */
  readonly startedAt: string | null;
  /** Whether it is a run of the drill workflow, or one that healed a lock, and not of the rollout's. */
  readonly drill: boolean;
}

/** The append-only store of what happened. Temporal forgets closed histories; the record does not. */
export interface RunRecord {
  /**
   * Adds an entry, durably before it answers. An id is written once: of several entries with one id the first stays and
   * the others are dropped without an error, so that an append can be retried.
   *
   * @param how `unsealed` for what nobody has seen or verified who could vouch for it.
   * @returns whether the id was free until now: where it was not, what stands may say something else.
   * @throws WindlassFailure `RecordCorrupt` for an entry that is too large to be read again, or of the store.
   */
  append(entry: RecordEntry, how?: 'unsealed'): Promise<boolean>;
  /**
   * Entries, and which do not read. However many are damaged, and in whatever way, the others are given.
   *
   * @throws WindlassFailure when the store as a whole does not answer.
   */
  read(query: RecordQuery): Promise<RecordReading>;
  /**
   * The run that has used this nonce first, which is the one that asks unless another came before it. Throws of the store.
   *
   * @param by the run that uses it now.
   */
  firstUse(by: Required<Pick<RecordQuery, 'environment' | 'rollout' | 'run'>>, nonce: string): Promise<string>;
  /** Runs of a rollout, oldest first; those of which no entry reads come before all others. Throws as `read`. */
  runs(query: Pick<RecordQuery, 'environment' | 'rollout'>): Promise<readonly RecordedRun[]>;
}

/**
 * The record in a store. Under `record/<environment>/<rollout>/<run>/` an entry is two blobs: `entries/<sha256>.json`
 * holds it under the digest of what it says, and `ids/<type>-<id>` holds that digest. The second is what makes the entry
 * one: a store gives a key to the first writer alone, whatever time the entry of another attempt bears.
 *
 * @param seals how entries are sealed, and whose seals are asked for: an entry without one of these is a damaged one.
 */
export function openRecord(store: BlobStore, { sealer, workersOf = none }: Seals = {}): RunRecord {
  return {
    append: async (entry, how) => {
      const said = writeStored(entry);
      const text = sealer === undefined || how === 'unsealed' ? said : withSeal(said, entry.scope, sealer);
      const body = Buffer.from(text);
      if (body.length > LIMITS.entry.most) throw tooLarge(entry, body.length);
      const digest = sha256(text);
      await store.put(keyOfEntry(entry.scope, digest), body);
      try {
        await store.put(keyOfId(entry.scope, entry.body.type, entry.id), Buffer.from(digest));
        return true;
      } catch (error) {
        if (!(error instanceof WindlassFailure) || error.type !== 'StoreConflict') throw error;
        return false;
      }
    },

    read: async (query) => {
      const { runs, damaged } = await keysOf(store, query);
      const keys = runs.flatMap(({ ids }) => ids.filter(isOfType(query.types)));
      const outcomes = await outcomesOf(store, keys, await workersOf(query.environment));
      const unlisted = await inBatches(runs, (run) => unlistedIn(store, run, outcomes, query.types));
      return {
        entries: entriesIn(outcomes),
        damaged: [...damaged, ...damagedIn(outcomes), ...unlisted.flat()].sort((a, b) =>
          compareTexts(a.object, b.object),
        ),
      };
    },

    firstUse: async (by, nonce) => {
      const key = keyOfNonce(by, sha256(nonce));
      try {
        await store.put(key, Buffer.from(by.run));
        return by.run;
      } catch (error) {
        if (!(error instanceof WindlassFailure) || error.type !== 'StoreConflict') throw error;
        return (await store.get(key, LIMITS.entryId))?.toString() ?? 'that cannot be read';
      }
    },

    runs: async (query) => {
      const { runs } = await keysOf(store, query);
      const workers = await workersOf(query.environment);
      const recorded = await inBatches(runs, (run) => recordedRun(store, run, workers));
      return recorded.sort((a, b) => compareTexts(a.startedAt ?? '', b.startedAt ?? '') || compareTexts(a.run, b.run));
    },
  };
}

interface Keys {
  readonly runs: readonly RunKeys[];
  /** Folders whose keys the store does not tell. */
  readonly damaged: readonly DamagedEntry[];
}

/** What lies in the store. Nothing for names that nothing can be recorded under. */
async function keysOf(store: BlobStore, query: RecordQuery): Promise<Keys> {
  const { environment, rollout } = query;
  const names = [environment, rollout, ...(query.run === undefined ? [] : [query.run])];
  if (!names.every((name) => NAME_PATTERN.test(name))) return { runs: [], damaged: [] };
  const damaged: DamagedEntry[] = [];
  const keys = await store.list(folderOf(query), (folder, { type }) => {
    const [run = ''] = folder.slice(folderOf({ environment, rollout }).length).split('/');
    const why = `cannot be listed: ${type}`;
    const whose = { environment, rollout, run: run === '' ? null : run };
    damaged.push({ ...whose, type: null, object: folder, damage: 'unreadable', why });
  });
  return { runs: runsIn(query, keys), damaged };
}

function isOfType(types: RecordQuery['types']): (key: IdKey) => boolean {
  return ({ type }) => types === undefined || (types as readonly string[]).includes(type);
}

function outcomesOf(store: BlobStore, keys: readonly IdKey[], workers: readonly string[]): Promise<readonly Outcome[]> {
  return inBatches(keys, (key) => readListed(store, key, workers));
}

function entriesIn(outcomes: readonly Outcome[]): RecordEntry[] {
  return outcomes.flatMap((one) => ('entry' in one ? [one.entry] : [])).sort(byTime);
}

function damagedIn(outcomes: readonly Outcome[]): readonly DamagedEntry[] {
  return outcomes.flatMap((one) => ('damaged' in one ? [one.damaged] : []));
}

/** By its start, or where that does not read by all that does. */
async function recordedRun(store: BlobStore, { run, ids }: RunKeys, workers: readonly string[]): Promise<RecordedRun> {
  const [start] = entriesIn(await outcomesOf(store, ids.filter(isOfType(['start'])), workers));
  if (start?.body.type === 'start') return { run, startedAt: start.time, drill: 'mode' in start.body };
  const [first] = entriesIn(await outcomesOf(store, ids, workers));
  return { run, startedAt: first?.time ?? null, drill: ids.some(isOfType(DRILL)) && !ids.some(isOfType(ROLLOUT)) };
}

/** What both have is evidence; a step of a rollout may be a drill. */
const DRILL = ['drill', 'witness', 'stale', 'notification', 'looks', 'readiness', 'drift', 'heal'] as const;
const ROLLOUT = ['plan', 'gate', 'decision', 'command', 'applied', 'parked', 'verdict'] as const;

function tooLarge(entry: RecordEntry, bytes: number): WindlassFailure {
  const { phase, step } = entry.scope;
  return new WindlassFailure('RecordCorrupt', `An entry of ${bytes} bytes is larger than the record takes.`, {
    object: [entry.body.type, phase, step].filter((part) => part !== null).join(' '),
    next: 'Split the step, so that it has fewer changes: nothing reads an entry as large as this again.',
    facts: { bytes, most: LIMITS.entry.most },
  });
}

function byTime(a: RecordEntry, b: RecordEntry): number {
  return compareTexts(a.time, b.time) || compareTexts(a.id, b.id);
}
