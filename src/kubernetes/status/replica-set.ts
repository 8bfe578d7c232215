import { readNumber } from '../../domain/json-fields.ts';
import { conditionOf, isStale, progressing, ready, STALE, statusCount, type Judge } from './status.ts';

/** ReplicaSet, and ReplicationController, which reports alike: every replica available, none too many. */
export const replicaSet: Judge = (object) => {
  if (isStale(object, true)) return STALE;
  const wanted = readNumber(object, ['spec', 'replicas'], 1);
  const available = Math.min(statusCount(object, 'availableReplicas'), statusCount(object, 'readyReplicas'));
  const total = statusCount(object, 'replicas');
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return progressing(`cannot make pods: ${failure.message}`);
  if (available < wanted) return progressing(`${String(available)} of ${String(wanted)} replicas available`);
  if (total > wanted) return progressing(`${String(total - wanted)} replicas too many not gone yet`);
  return ready(`${String(available)} of ${String(wanted)} replicas available`);
};
