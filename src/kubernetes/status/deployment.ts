import { read, readNumber } from '../../domain/json-fields.ts';
import {
  conditionOf,
  conditionText,
  failed,
  isStale,
  progressing,
  ready,
  STALE,
  statusCount,
  type Judge,
} from './status.ts';

/**
 * Every replica updated and available, no old one left, none too many. Pods that are only still terminating serve
 * nobody and hold nothing up: they are told, not waited for. A Deployment that cannot make pods at all (quota, admission)
 * says so in ReplicaFailure and keeps trying: that is progressing, with the reason told.
 */
export const deployment: Judge = (object) => {
  if (isStale(object, true)) return STALE;
  const progress = conditionOf(object, 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') return failed(`progress deadline exceeded: ${progress.message}`);
  const wanted = readNumber(object, ['spec', 'replicas'], 1);
  const updated = statusCount(object, 'updatedReplicas');
  const total = statusCount(object, 'replicas');
  const available = statusCount(object, 'availableReplicas');
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return progressing(`cannot make pods: ${failure.message}`);
  if (read(object, 'spec', 'paused') === true && updated < wanted)
    return { ...progressing('paused before it was rolled out'), paused: true };
  if (updated < wanted) return progressing(`${String(updated)} of ${String(wanted)} replicas updated`);
  if (total > updated) return progressing(`${String(total - updated)} old replicas not gone yet`);
  if (total > wanted) return progressing(`${String(total - wanted)} replicas too many not gone yet`);
  if (available < wanted) return progressing(`${String(available)} of ${String(wanted)} replicas available`);
  for (const type of ['Available', 'Progressing']) {
    const condition = conditionOf(object, type);
    if (condition?.status === 'False') return progressing(conditionText(type, condition));
  }
  const leaving = statusCount(object, 'terminatingReplicas');
  const note = leaving > 0 ? `, ${String(leaving)} old pods still terminating` : '';
  return ready(`${String(available)} of ${String(wanted)} replicas available${note}`);
};
