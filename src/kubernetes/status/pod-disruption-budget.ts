import { isObject } from '../../domain/json-fields.ts';
import { conditionOf, conditionText, isStale, progressing, ready, STALE, statusCount, type Judge } from './status.ts';

/**
 * In force once it was computed for the latest spec. Allowing no disruption now is not being unready: that is what it is
 * for.
 */
export const podDisruptionBudget: Judge = (object) => {
  if (isStale(object, true)) return STALE;
  if (!isObject(object.status)) return progressing('not computed yet');
  const allowed = conditionOf(object, 'DisruptionAllowed');
  if (allowed?.reason === 'SyncFailed') return progressing(conditionText('DisruptionAllowed', allowed));
  const healthy = `${String(statusCount(object, 'currentHealthy'))} of ${String(statusCount(object, 'desiredHealthy'))}`;
  return ready(`${String(statusCount(object, 'disruptionsAllowed'))} disruptions allowed, ${healthy} pods healthy`);
};
