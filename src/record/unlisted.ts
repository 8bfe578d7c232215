import type { DamagedEntry } from '../domain/damage.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { inBatches } from './in-batches.ts';
import { keyOfEntry, keyOfId, type RunKeys } from './keys.ts';
import { readListed, readUnlisted, runOf, type Outcome } from './read-entry.ts';

/** An append writes the entry first and its id after it; one as young as this is still at it. */
const UNDER_WAY_MS = 60_000;

/**
 * Entries that no id names, though they were written: their ids were deleted. An attempt that came second leaves one too,
 * but then the id is there, and names the first.
 *
 * @param read what was read already of this run and others.
 * @throws WindlassFailure when the store does not answer at all.
 */
export async function unlistedIn(
  store: BlobStore,
  run: RunKeys,
  read: readonly Outcome[],
  types: readonly RecordBody['type'][] | undefined,
): Promise<readonly DamagedEntry[]> {
  // Where some types alone are asked for, the other ids are read only if there is an entry too many.
  if (types !== undefined && run.digests.length <= run.ids.length) return [];
  const known = new Map(read.map(({ key, digest }) => [key.object, digest]));
  const others = run.ids.filter(({ object }) => !known.has(object));
  const digests = new Set([
    ...run.ids.map(({ object }) => known.get(object)),
    ...(await inBatches(others, async (key) => (await readListed(store, key, [])).digest)),
  ]);
  const ids = new Set(run.ids.map(({ object }) => object));
  const left = run.digests.filter((digest) => !digests.has(digest));
  const found = await inBatches(left, async (digest) => ({ digest, ...(await readUnlisted(store, run, digest)) }));
  return found.flatMap((one) => {
    if ('damaged' in one) return [one.damaged];
    if (!('entry' in one)) return [];
    const { time, id, body } = one.entry;
    if (ids.has(keyOfId(run, body.type, id)) || Math.abs(Date.now() - Date.parse(time)) < UNDER_WAY_MS) return [];
    if (types !== undefined && !types.includes(body.type)) return [];
    const object = keyOfEntry(run, one.digest);
    const why = `was written at ${time}, and its id is gone`;
    return [{ ...runOf(run), type: body.type, object, damage: 'unlisted' as const, why }];
  });
}
