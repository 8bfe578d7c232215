import type { ClusterObject } from '../../src/lab/cluster-objects.ts';
import { REAL_NODE } from '../../src/lab/node/names.ts';
import { localStorageClass } from '../../src/lab/node/volumes.ts';

/** A volume that is a directory of this machine, which is there already. Velero backs up such, and never a hostPath. */
export function localVolume(
  name: string,
  path: string,
  storage: string,
  storageClassName = localStorageClass.metadata.name,
): ClusterObject {
  const values = [REAL_NODE];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName,
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values }] }],
        },
      },
    },
  };
}
