import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KindRef, KubernetesApi } from '../../domain/kubernetes-api.ts';
import { RESTORE } from '../restore/judge.ts';
import { dissolve } from './isolation.ts';
import { journalRef } from './journal.ts';
import { DRILL, DRILL_STEP, type DrillKeys } from './names.ts';
import { modifiersRef, restoreRef } from './restore-objects.ts';
import { removeSentinels } from './sentinels.ts';

/** How long cleaning up may take; a namespace takes seconds to go, more with many objects. */
const CLEAN_UP_MS = 120_000;

/**
 * Takes away everything that this run of the drill made but the backup: also when the drill was cancelled, hence with a
 * time limit of its own in place of the context's signal.
 *
 * @param options `keepJournal` when a retry is to go on with the backup that was made.
 */
export async function cleanUp(
  api: KubernetesApi,
  spec: VeleroDrillSpec,
  keys: DrillKeys,
  options: { readonly keepJournal: boolean },
): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const { namespace } = spec;
  await api.delete(restoreRef(namespace, keys.run), { signal });
  await api.delete(modifiersRef(namespace, keys.run), { signal });
  await dissolve(api, `${DRILL}=${keys.run}`, signal);
  if (options.keepJournal) return;
  await removeSentinels(api, spec.includedNamespaces, keys, signal);
  await api.delete(journalRef(namespace, keys), { signal });
}

const SECRET: KindRef = { apiVersion: 'v1', kind: 'Secret' };
const CONFIG_MAP: KindRef = { apiVersion: 'v1', kind: 'ConfigMap' };

/** Takes away what an earlier run of the same step left because its worker was killed and it was never resumed. */
export async function sweep(
  api: KubernetesApi,
  { namespace, includedNamespaces }: VeleroDrillSpec,
  keys: DrillKeys,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = `${DRILL_STEP}=${keys.step},${DRILL}!=${keys.run}`;
  await dissolve(api, labelSelector, signal);
  const left = [
    { kind: RESTORE, within: [namespace] },
    // Rules and journal beside Velero, sentinels in the originals.
    { kind: CONFIG_MAP, within: [namespace, ...includedNamespaces] },
    { kind: SECRET, within: [namespace, ...includedNamespaces] },
  ].flatMap(({ kind, within }) => within.map((at) => ({ kind, at })));
  for (const { kind, at } of left) {
    for (const { metadata } of await api.list(kind, { namespace: at, labelSelector, signal }))
      await api.delete({ ...kind, namespace: at, name: metadata.name }, { signal });
  }
}
