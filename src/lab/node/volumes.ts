import type { ClusterObject } from '../cluster-objects.ts';

/** The class of volumes that are directories of the real node. Nobody provisions them: each is made by whoever needs it. */
export const localStorageClass: ClusterObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local' },
  provisioner: 'kubernetes.io/no-provisioner',
  reclaimPolicy: 'Retain',
  // A claim is bound when a pod uses it, hence on a node that the pod can run on.
  volumeBindingMode: 'WaitForFirstConsumer',
};
