import type { DrillPart } from '../../domain/drill-part.ts';
import { journalOf, readJournal } from './journal.ts';
import { journalRef } from './names.ts';
import type { Drill } from './open.ts';
import { ofEarlierRuns } from './sweep.ts';
import { witnessRecords } from './witness-records.ts';

/** How long cleaning up may take; a namespace takes seconds to go, more with many objects. */
const CLEAN_UP_MS = 120_000;

type Remains = Pick<Drill, 'api' | 'spec' | 'keys' | 'parts'>;

/**
 * Takes away everything that this run of the drill made but the backup: also when the drill was cancelled, hence with a
 * time limit of its own in place of the context's signal. What one part cannot clean up does not keep the others from it.
 *
 * @param options `keepJournal` when a retry is to go on with the backup that was made.
 * @throws WindlassFailure the first failure of a part, or as `KubernetesApi` does; DOMException `TimeoutError` when
 *   the time limit passes.
 */
export async function cleanUp(
  { api, spec, keys, parts }: Remains,
  options: { readonly keepJournal: boolean },
): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const ref = journalRef(spec.namespace, keys);
  await each(parts, (part) => part.dissolve(signal));
  if (options.keepJournal) return;
  const journal = await readJournal(api, ref, signal);
  await each(parts, (part) => part.withdraw(journal?.parts[part.name] ?? null, signal));
  await api.delete(ref, { signal });
}

/**
 * Once what a backup must hold is kept for a drill: takes away everything else that the witness made, whether it was
 * cancelled meanwhile or not.
 *
 * @throws WindlassFailure the first failure of a part, or as `KubernetesApi` does; DOMException `TimeoutError` when
 *   its time limit passes.
 */
export async function settle({ api, spec, keys, parts }: Remains): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  await each(parts, (part) => part.settle?.(signal) ?? Promise.resolve());
  await api.delete(journalRef(spec.namespace, keys), { signal });
}

/**
 * Takes away what earlier runs of the same step left because their workers were killed and they were never resumed. Two
 * runs of one step are never at work at once: the lock of the target sees to that.
 *
 * @throws WindlassFailure the first failure of a part, or as `KubernetesApi` does.
 */
export async function sweep({ api, spec, keys, parts }: Remains, signal: AbortSignal): Promise<void> {
  const { namespace, of } = spec;
  const kept = of === undefined ? [] : await witnessRecords(api, spec, of.schedule, signal);
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  for (const left of await api.list(kind, { namespace, labelSelector: ofEarlierRuns(keys), signal })) {
    const journal = journalOf({ ...left, ...kind });
    if (journal === null) continue;
    // What a record speaks of is needed for its drill, although the witness could not clean up after itself.
    if (!kept.some(({ nonce }) => nonce === journal.nonce))
      await each(parts, (part) => part.withdraw(journal.parts[part.name] ?? null, signal));
    await api.delete({ ...kind, namespace, name: left.metadata.name }, { signal });
  }
  await each(parts, (part) => part.sweep(signal));
}

/** For every part, whatever becomes of the others; fails with the first failure. */
async function each(parts: readonly DrillPart[], work: (part: DrillPart) => Promise<void>): Promise<void> {
  const done = await Promise.allSettled(parts.map(work));
  const failed = done.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
