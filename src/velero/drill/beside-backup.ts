import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { availableLocation } from '../backup/location.ts';

/**
 * Where a file lies that belongs to a backup: in the directory that Velero keeps of it, so that it goes with the backup.
 * A directory of another name beside Velero's would make the location Unavailable.
 *
 * @throws WindlassFailure as `availableLocation` does: `LocationUnavailable`, `NotFound`.
 */
export async function besideBackup(
  api: KubernetesApi,
  { namespace, storageLocation }: Pick<VeleroDrillSpec, 'namespace' | 'storageLocation'>,
  backup: string,
  file: string,
  signal: AbortSignal,
): Promise<{ readonly bucket: string; readonly key: string }> {
  const { bucket, prefix } = await availableLocation(api, namespace, storageLocation, signal);
  return { bucket, key: [prefix, 'backups', backup, file].filter((part) => part !== '').join('/') };
}
