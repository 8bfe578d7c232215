import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import type { Status } from '../../status/status.ts';
import type { Graces, Suspicion } from '../suspicion.ts';

/** What an object's own state says against its ever becoming ready. */
export function objectVerdict(object: KubernetesObject, status: Status, graces: Graces): Suspicion[] {
  const about = { key: 'status', message: status.reason };
  // A Deployment past its deadline goes on trying, and the cause may just have been removed.
  if (status.state === 'failed') return [{ ...about, reason: 'Failed', graceMs: graces.configMs }];
  if (status.state === 'terminating')
    return object.metadata.deletionTimestamp === undefined
      ? [{ ...about, reason: 'Deleted', graceMs: graces.deletedMs }]
      : [{ ...about, reason: 'Terminating', graceMs: graces.nodeMs }];
  if (status.paused === true) return [{ ...about, reason: 'Paused', graceMs: graces.configMs }];
  return [];
}
