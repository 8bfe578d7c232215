import type { KindRef } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';

/**
 * Kinds that are in force as soon as they are stored, or whose status says nothing of the declaration itself. Everything
 * else must say that it is ready.
 */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  '': ['ConfigMap', 'Endpoints', 'LimitRange', 'PodTemplate', 'ResourceQuota', 'Secret', 'ServiceAccount'],
  'admissionregistration.k8s.io': [
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ],
  apps: ['ControllerRevision'],
  'coordination.k8s.io': ['Lease'],
  'discovery.k8s.io': ['EndpointSlice'],
  'flowcontrol.apiserver.k8s.io': ['FlowSchema', 'PriorityLevelConfiguration'],
  'networking.k8s.io': ['IngressClass', 'NetworkPolicy'],
  'node.k8s.io': ['RuntimeClass'],
  'rbac.authorization.k8s.io': ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  'scheduling.k8s.io': ['PriorityClass'],
  'storage.k8s.io': ['CSIDriver', 'StorageClass', 'VolumeAttributesClass'],
};

export function isPlainData(kind: KindRef): boolean {
  return PLAIN[groupOf(kind.apiVersion)]?.includes(kind.kind) ?? false;
}
