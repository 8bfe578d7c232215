import { isObject, readNumber, readObject } from '../fields.ts';
import {
  conditionOf,
  conditionText,
  failed,
  isStale,
  progressing,
  ready,
  STALE,
  unknown,
  type Judge,
} from './status.ts';

/** Conditions that say, when true, that an object is in use; the first that is there counts. */
const GOOD = ['Ready', 'Available', 'Established', 'Healthy'];

/**
 * For kinds without a rule of their own: the conditions that the field has agreed on. `Reconciling` and `Stalled` speak
 * against readiness, `Ready` and its like for it. No such condition means unknown.
 */
export const conditions: Judge = (object) => {
  if (!isObject(object.status) || Object.keys(readObject(object, 'status')).length === 0)
    return unknown('it has no status');
  if (isStale(object, false)) return STALE;
  const stalled = conditionOf(object, 'Stalled');
  if (stalled?.status === 'True') return failed(conditionText('Stalled', stalled));
  const reconciling = conditionOf(object, 'Reconciling');
  if (reconciling?.status === 'True') return progressing(conditionText('Reconciling', reconciling));
  for (const type of GOOD) {
    const condition = conditionOf(object, type);
    if (condition === null) continue;
    if (!condition.current) return STALE;
    return condition.status === 'True'
      ? ready(conditionText(type, condition))
      : progressing(conditionText(type, condition));
  }
  const generation = readNumber(object, ['metadata', 'generation'], 0);
  return unknown(`its status (generation ${String(generation)}) has no condition that tells whether it is ready`);
};
