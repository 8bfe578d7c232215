import type { KindRef } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';
import { KINDS_WITHOUT_STATUS } from './kinds-without-status.ts';

/**
 * Kinds of Kubernetes that have a status which says nothing of the declaration itself: what it counts, what it found while
 * it checked, who uses it. They are in force when they are stored.
 */
const IN_FORCE: ReadonlySet<string> = new Set([
  '/ResourceQuota',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'resource.k8s.io/DeviceTaintRule',
  'resource.k8s.io/ResourceClaim',
  'scheduling.k8s.io/PodGroup',
]);

/** Whether a kind is in force as soon as it is stored. Everything else must say that it is ready. */
export function isPlainData({ apiVersion, kind }: KindRef): boolean {
  const name = `${groupOf(apiVersion)}/${kind}`;
  return KINDS_WITHOUT_STATUS.has(name) || IN_FORCE.has(name);
}
