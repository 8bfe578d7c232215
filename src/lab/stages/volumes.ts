import type { ClusterObject } from '../cluster-objects.ts';
import { exists, isMissing, isOneOf, stage } from './stage.ts';
import type { Stage } from './stage.ts';

/** Volumes exist as objects only: bound, counted and released by the real controllers, without a byte behind them. */
const PROVISIONER = 'lab.windlass.dev/simulated';
const PROVISIONED_BY = '.metadata.annotations["pv.kubernetes.io/provisioned-by"]';

export const storageClass: ClusterObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
};

const VOLUME = `
apiVersion: v1
kind: PersistentVolume
metadata:
  name: pvc-{{ .metadata.uid }}
  annotations:
    pv.kubernetes.io/provisioned-by: ${PROVISIONER}
spec:
  accessModes: {{ .spec.accessModes | toJson }}
  capacity: { storage: {{ .spec.resources.requests.storage | Quote }} }
  persistentVolumeReclaimPolicy: Delete
  storageClassName: {{ .spec.storageClassName | Quote }}
  volumeMode: {{ or .spec.volumeMode "Filesystem" }}
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: {{ .metadata.namespace | Quote }}
    name: {{ .metadata.name | Quote }}
    uid: {{ .metadata.uid | Quote }}
  hostPath:
    path: /simulated/pvc-{{ .metadata.uid }}
`;

export const volumeStages: readonly Stage[] = [
  // The controller manager marks a claim with its provisioner, then waits for a volume that names the claim.
  stage(
    'claim-provisioned',
    'PersistentVolumeClaim',
    [
      isMissing('.metadata.deletionTimestamp'),
      isMissing('.spec.volumeName'),
      isOneOf('.metadata.annotations["volume.kubernetes.io/storage-provisioner"]', PROVISIONER),
    ],
    [{ apply: { template: VOLUME } }],
  ),
  stage(
    'volume-reclaimed',
    'PersistentVolume',
    [
      isMissing('.metadata.deletionTimestamp'),
      exists('.spec.claimRef'),
      isOneOf('.status.phase', 'Released'),
      isOneOf('.spec.persistentVolumeReclaimPolicy', 'Delete'),
      isOneOf(PROVISIONED_BY, PROVISIONER),
    ],
    [{ delete: true }],
  ),
];
