import { isObject, readObject } from '../../domain/json-fields.ts';
import { ownWords } from './own-words.ts';
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
/** Conditions that speak against it while they are false: of Crossplane, whose objects stay ready when an update fails. */
const NEEDED = ['Synced', 'LastAsyncOperation'];

/**
 * For kinds without a rule of their own: the conditions that the field has agreed on. `Reconciling` and `Stalled` speak
 * against readiness, `Ready` and its like for it. No such condition means unknown.
 */
export const conditions: Judge = (object) => {
  const words = ownWords(object);
  if (!isObject(object.status) || Object.keys(readObject(object, 'status')).length === 0)
    return unknown(words ?? 'it has no status');
  if (isStale(object, false)) return STALE;
  const stalled = conditionOf(object, 'Stalled');
  if (stalled?.status === 'True') return failed(conditionText('Stalled', stalled));
  const reconciling = conditionOf(object, 'Reconciling');
  if (reconciling?.status === 'True') return progressing(conditionText('Reconciling', reconciling));
  for (const type of NEEDED) {
    const condition = conditionOf(object, type);
    if (condition?.status === 'False') return progressing(conditionText(type, condition));
  }
  for (const type of GOOD) {
    const condition = conditionOf(object, type);
    if (condition === null) continue;
    if (!condition.current) return STALE;
    return condition.status === 'True'
      ? ready(conditionText(type, condition))
      : progressing(conditionText(type, condition));
  }
  const nothing = 'its status has no condition that tells whether it is ready';
  return unknown(words === null ? nothing : `${nothing}; it says: ${words}`);
};
