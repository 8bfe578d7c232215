import { compareTexts } from '../domain/compare.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import type { RecordBody, RecordEntry } from '../domain/record-entry.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { sha256 } from '../store/sha256.ts';
import { readStored, writeStored } from './stored.ts';

/** Whose entries are asked for. */
interface RecordQuery {
  readonly environment: string;
  readonly rollout: string;
  /** All runs when absent. */
  readonly run?: string;
  /** Only entries of these types, which costs no reading of the others; all when absent. */
  readonly types?: readonly RecordBody['type'][];
}

interface RecordedRun {
  readonly run: string;
  /** Time of its first entry: ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Whether it is a run of the drill workflow, and not of the rollout's. */
  readonly drill: boolean;
}

/** The append-only store of what happened. Temporal forgets closed histories; the record does not. */
export interface RunRecord {
  /**
   * Adds an entry, durably before it answers. An id is written once: of several entries with one id the first stays and
   * the others are dropped without an error, so that an append can be retried.
   *
   * @throws WindlassFailure of the store.
   */
  append(entry: RecordEntry): Promise<void>;
  /**
   * Entries sorted by time, then by id.
   *
   * @throws WindlassFailure `RecordCorrupt` when an entry is not what was written, or of the store.
   */
  entries(query: RecordQuery): Promise<readonly RecordEntry[]>;
  /** Runs of a rollout, oldest first. Throws as `entries`. */
  runs(query: Pick<RecordQuery, 'environment' | 'rollout'>): Promise<readonly RecordedRun[]>;
}

/**
 * The record in a store. Under `record/<environment>/<rollout>/<run>/` an entry is two blobs: `entries/<sha256>.json`
 * holds it under the digest of what it says, and `ids/<type>-<id>` holds that digest. The second is what makes the entry
 * one: a store gives a key to the first writer alone, whatever time the entry of another attempt bears.
 */
export function openRecord(store: BlobStore): RunRecord {
  return {
    append: async (entry) => {
      const { environment, rollout, run } = entry.scope;
      const folder = `${prefixOf({ environment, rollout })}${run}/`;
      const text = writeStored(entry);
      const digest = sha256(text);
      await store.put(`${folder}entries/${digest}.json`, Buffer.from(text));
      try {
        await store.put(`${folder}ids/${entry.body.type}-${entry.id}`, Buffer.from(digest));
      } catch (error) {
        if (!(error instanceof WindlassFailure) || error.type !== 'StoreConflict') throw error;
      }
    },

    entries: async (query) => {
      const keys = await idKeys(store, query);
      return (await inBatches(keys, (key) => readEntry(store, key))).sort(byTime);
    },

    runs: async (query) => {
      const keys = await idKeys(store, query);
      const byRun = Map.groupBy(keys, runOf);
      const runs = await inBatches([...byRun], async ([run, all]) => {
        const starts = all.filter((key) => key.includes('/ids/start-'));
        const entries = await inBatches(starts.length > 0 ? starts : all, (key) => readEntry(store, key));
        const [first] = entries.sort(byTime);
        const drill = starts.length === 0 ? all.some(isOfDrill) : first?.body.type === 'start' && 'mode' in first.body;
        return { run, startedAt: first?.time ?? '', drill };
      });
      return runs.sort((a, b) => compareTexts(a.startedAt, b.startedAt) || compareTexts(a.run, b.run));
    },
  };
}

function prefixOf({ environment, rollout, run }: RecordQuery): string {
  return `record/${environment}/${rollout}/${run === undefined ? '' : `${run}/`}`;
}

/** Keys that make an entry one. None for names that nothing can be recorded under. */
async function idKeys(store: BlobStore, query: RecordQuery): Promise<readonly string[]> {
  const names = [query.environment, query.rollout, ...(query.run === undefined ? [] : [query.run])];
  if (!names.every((name) => NAME_PATTERN.test(name))) return [];
  const keys = await store.list(prefixOf(query));
  const { types } = query;
  return keys.filter((key) => key.split('/').at(-2) === 'ids' && (types === undefined || types.includes(typeOf(key))));
}

/** Of a run without a start: one of a rollout that has lost it would have other entries first. */
function isOfDrill(key: string): boolean {
  return ['drill', 'witness', 'stale', 'notification'].includes(typeOf(key));
}

function typeOf(key: string): RecordBody['type'] {
  return key.slice(key.lastIndexOf('/') + 1, key.lastIndexOf('-')) as RecordBody['type'];
}

function runOf(key: string): string {
  return key.split('/').at(-3) ?? '';
}

async function readEntry(store: BlobStore, key: string): Promise<RecordEntry> {
  const digest = (await store.get(key))?.toString() ?? '';
  const folder = key.slice(0, key.lastIndexOf('/ids/') + 1);
  const at = `${folder}entries/${digest}.json`;
  const content = /^[0-9a-f]{64}$/.test(digest) ? await store.get(at) : null;
  if (content === null) throw corrupt(key, 'names no entry that is there');
  const actual = sha256(content);
  if (actual !== digest) throw corrupt(at, `is not what was written: its SHA-256 is ${actual}`);
  const entry = readStored(content.toString());
  if (!key.endsWith(`/ids/${entry.body.type}-${entry.id}`)) throw corrupt(key, `names the entry ${entry.id}`);
  return entry;
}

function corrupt(key: string, what: string): WindlassFailure {
  return new WindlassFailure('RecordCorrupt', `An entry of the record ${what}.`, {
    object: key,
    next: 'Restore this part of the store from a copy: nothing else of the record is doubted.',
  });
}

function byTime(a: RecordEntry, b: RecordEntry): number {
  return compareTexts(a.time, b.time) || compareTexts(a.id, b.id);
}

/** Requests to a store that are under way at once: enough to hide its latency, few enough for a small server. */
const SIZE = 16;

/** Like `Promise.all` over a map, a batch at a time. */
async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += SIZE)
    results.push(...(await Promise.all(items.slice(at, at + SIZE).map(work))));
  return results;
}
