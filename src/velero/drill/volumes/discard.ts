import type { KindRef, KubernetesApi } from '../../../domain/kubernetes-api.ts';
import { fieldAt, textAt } from '../../values.ts';

const VOLUME: KindRef = { apiVersion: 'v1', kind: 'PersistentVolume' };
/** On volumes that were made for a claim, and that their maker can take away again. */
const PROVISIONED = 'pv.kubernetes.io/provisioned-by';

/**
 * Lets the volumes that were made for a drill's claims go with those: Velero gives a volume that it fills the reclaim
 * policy of the original, which for data that matters is often to retain it.
 *
 * @param scratch namespaces that drills made.
 * @throws WindlassFailure as `KubernetesApi` does: `NotFound` when a volume goes meanwhile.
 */
export async function discardVolumes(
  api: Pick<KubernetesApi, 'list' | 'merge'>,
  scratch: Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  const namespaces = new Set(scratch);
  const kept = (await api.list(VOLUME, { signal })).filter(
    ({ metadata, spec }) =>
      namespaces.has(textAt(fieldAt(spec, 'claimRef'), 'namespace') ?? '') &&
      metadata.annotations?.[PROVISIONED] !== undefined &&
      textAt(spec, 'persistentVolumeReclaimPolicy') !== 'Delete',
  );
  for (const { metadata } of kept) {
    const fields = { spec: { persistentVolumeReclaimPolicy: 'Delete' } };
    await api.merge({ ...VOLUME, name: metadata.name }, fields, { signal });
  }
}
