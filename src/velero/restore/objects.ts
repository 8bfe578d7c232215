import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { RUN_KEY, DRILL } from '../backup/objects.ts';
import { RESTORE } from './judge.ts';

/** @param attempt from 1: Velero never carries out a Restore twice, so each attempt has a name of its own. */
export function restoreName(spec: VeleroRestoreSpec, key: string, attempt: number): string {
  return `${spec.name}-${key}${attempt === 1 ? '' : `-${String(attempt)}`}`;
}

/** Resources that hold the data in volumes, and without which Velero restores none. */
const VOLUMES = ['persistentvolumeclaims', 'persistentvolumes'];

/** @param key of the run, so that a retry finds its own. */
export function restoreObject(
  spec: VeleroRestoreSpec,
  backup: string,
  { key, attempt }: { readonly key: string; readonly attempt: number },
): KubernetesObject {
  const { includedNamespaces = ['*'], namespaceMapping, includeClusterResources, existing, volumes } = spec;
  const copies = Object.keys(namespaceMapping).length > 0;
  return {
    ...RESTORE,
    metadata: {
      name: restoreName(spec, key, attempt),
      namespace: spec.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'windlass', [RUN_KEY]: key },
    },
    spec: {
      backupName: backup,
      includedNamespaces,
      ...(copies ? { namespaceMapping } : {}),
      ...(includeClusterResources === undefined ? {} : { includeClusterResources }),
      ...(volumes === 'none' ? { excludedResources: VOLUMES } : {}),
      // What a drill planted to be found in the backup is no part of the platform.
      labelSelector: { matchExpressions: [{ key: DRILL, operator: 'DoesNotExist' }] },
      existingResourcePolicy: existing === 'update' ? 'update' : 'none',
      restorePVs: volumes === 'restore',
      // A copy beside the original cannot have its ports.
      preserveNodePorts: !copies,
    },
  };
}
