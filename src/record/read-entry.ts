import { isBodyType, type DamagedEntry } from '../domain/damage.ts';
import { isTooDeep } from '../domain/json-depth.ts';
import { amountOf, type Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { sha256 } from '../store/sha256.ts';
import { bodyTypeIn, isWhole, wrongIn } from './entry-schema.ts';
import { keyOfEntry, type IdKey, type RunKey } from './keys.ts';
import { readBlob } from './read-blob.ts';
import { sealFault } from './seal.ts';
import { readStored } from './stored.ts';

const DIGEST = /^[0-9a-f]{64}$/;

/** What an id came to: an entry, or what is wrong with it. */
export type Outcome = {
  readonly key: IdKey;
  /** Of the entry that the id names; null where it names none. */
  readonly digest: string | null;
} & ({ readonly entry: RecordEntry } | { readonly damaged: DamagedEntry });

/**
 * Reads the entry that an id names.
 *
 * @param workers public keys, one of which must have sealed it; none when it need not be sealed.
 * @throws WindlassFailure when the store does not answer at all.
 */
export async function readListed(store: BlobStore, key: IdKey, workers: readonly string[]): Promise<Outcome> {
  const named = await readBlob(store, key.object, LIMITS.entryId);
  const digest = 'content' in named ? named.content.toString() : null;
  const damaged = (fault: Fault, object = key.object): Outcome => ({
    key,
    digest,
    damaged: { ...runOf(key), type: isBodyType(key.type) ? key.type : null, object, ...fault },
  });
  if (!('content' in named)) return damaged(faultOf(named, LIMITS.entryId));
  if (digest === null || !DIGEST.test(digest)) return damaged({ damage: 'changed', why: 'names no entry' });
  const at = keyOfEntry(key, digest);
  const found = await readContent(store, at, digest, (text) =>
    workers.length === 0 ? null : sealFault(text, key, workers),
  );
  if (!('entry' in found)) {
    // What is gone is missed where it is named; what is there is damaged where it is.
    return found.damage === 'gone'
      ? damaged({ damage: 'gone', why: 'names an entry that is gone' })
      : damaged(found, at);
  }
  const { entry } = found;
  if (entry.body.type === key.type && entry.id === key.id && isOfRun(entry, key)) return { key, digest, entry };
  return damaged({ damage: 'misplaced', why: 'names an entry of another rollout, run or id' });
}

/**
 * Reads an entry that no id names: what is said of it is all that may be done with it. Null when it is gone by now.
 *
 * @throws WindlassFailure when the store does not answer at all.
 */
export async function readUnlisted(
  store: BlobStore,
  run: RunKey,
  digest: string,
): Promise<{ readonly entry: RecordEntry } | { readonly damaged: DamagedEntry } | null> {
  const object = keyOfEntry(run, digest);
  const found = await readContent(store, object, digest);
  if ('entry' in found && isOfRun(found.entry, run)) return found;
  const fault: Fault = 'entry' in found ? { damage: 'misplaced', why: 'is an entry of another run' } : found;
  return fault.damage === 'gone' ? null : { damaged: { ...runOf(run), type: null, object, ...fault } };
}

export function runOf({ environment, rollout, run }: RunKey): RunKey {
  return { environment, rollout, run };
}

function isOfRun({ scope }: RecordEntry, { environment, rollout, run }: RunKey): boolean {
  return scope.environment === environment && scope.rollout === rollout && scope.run === run;
}

type Fault = Pick<DamagedEntry, 'damage' | 'why'>;

async function readContent(
  store: BlobStore,
  key: string,
  digest: string,
  doubt: (text: string) => Fault | null = () => null,
): Promise<{ readonly entry: RecordEntry } | Fault> {
  const found = await readBlob(store, key, LIMITS.entry);
  if (!('content' in found)) return faultOf(found, LIMITS.entry);
  const actual = sha256(found.content);
  if (actual !== digest) return { damage: 'changed', why: `is not what was written: its SHA-256 is ${actual}` };
  const text = found.content.toString();
  const read = entryIn(text);
  return 'entry' in read ? (doubt(text) ?? read) : read;
}

/** The entry of a text that has its right digest, which proves nothing of what it holds. */
function entryIn(text: string): { readonly entry: RecordEntry } | Fault {
  if (isTooDeep(text)) return malformed(`it is nested deeper than ${amountOf(LIMITS.jsonDepth)}`);
  try {
    const stored: unknown = JSON.parse(text);
    const type = bodyTypeIn(stored);
    if (type !== null && !isBodyType(type))
      return { damage: 'unknown', why: 'is of a type that this version of Windlass does not know' };
    const wrong = wrongIn(stored);
    if (wrong !== null) return malformed(wrong);
    const entry = readStored(text);
    const broken = entry.body.type === 'evidence' ? entry.body.findings.findIndex((found) => !isWhole(found)) : -1;
    return broken < 0 ? { entry } : malformed(`body.findings.${broken} has not the fields of its kind`);
  } catch {
    return malformed('it does not parse');
  }
}

function malformed(what: string): Fault {
  return { damage: 'malformed', why: `is no entry of a record: ${what}` };
}

function faultOf(found: Exclude<Awaited<ReturnType<typeof readBlob>>, { content: Buffer }>, limit: Limit): Fault {
  switch (found.damage) {
    case 'gone':
      return { damage: 'gone', why: 'is gone' };
    case 'too large':
      return { damage: 'too large', why: `is larger than it can be, ${amountOf(limit)}` };
    case 'unreadable':
      return { damage: 'unreadable', why: `is not given out by the store: ${found.failure.type}` };
  }
}
