import type { ClusterObject } from '../cluster-objects.ts';
import { REAL_NODE } from './names.ts';

/** The class of volumes that are directories of the real node. Nobody provisions them: each is made by whoever needs it. */
export const LOCAL_CLASS = 'local';

export const localStorageClass: ClusterObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: LOCAL_CLASS },
  provisioner: 'kubernetes.io/no-provisioner',
  reclaimPolicy: 'Retain',
  // A claim is bound when a pod uses it, hence on a node that the pod can run on.
  volumeBindingMode: 'WaitForFirstConsumer',
};

/** A volume that is a directory of this machine, which is there already. Velero backs up such, and never a hostPath. */
export function localVolume(
  name: string,
  path: string,
  storage: string,
  storageClassName = LOCAL_CLASS,
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
