import type { DrillPart } from '../../domain/drill-part.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { journalOf, readJournal } from './journal.ts';
import { journalRef, type DrillKeys } from './names.ts';
import { ofEarlierRuns } from './sweep.ts';

/** How long cleaning up may take; a namespace takes seconds to go, more with many objects. */
const CLEAN_UP_MS = 120_000;

interface Remains {
  readonly api: KubernetesApi;
  readonly spec: { readonly namespace: string };
  readonly keys: DrillKeys;
  readonly parts: readonly DrillPart[];
}

/**
 * Takes away everything that this run of the drill made but the backup: also when the drill was cancelled, hence with a
 * time limit of its own in place of the context's signal. What one part cannot clean up does not keep the others from it.
 *
 * @param options `keepJournal` when a retry is to go on with the backup that was made.
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

/** Takes away what earlier runs of the same step left because their workers were killed and they were never resumed. */
export async function sweep({ api, spec: { namespace }, keys, parts }: Remains, signal: AbortSignal): Promise<void> {
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  for (const left of await api.list(kind, { namespace, labelSelector: ofEarlierRuns(keys), signal })) {
    const journal = journalOf({ ...left, ...kind });
    if (journal === null) continue;
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
