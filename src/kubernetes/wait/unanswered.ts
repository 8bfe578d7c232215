import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { read, readList, readObject, readText } from '../../domain/json-fields.ts';
import { FIELD_MANAGER } from '../identity.ts';
import { isJudgedByItsWords } from '../status/judge.ts';

/** How long a controller may take to look at a change, where its status does not say which generation it is about. */
export const ANSWERS_WITHIN_MS = 5_000;
/** A change that is older has been looked at; clocks may be a little apart. */
const JUST_NOW_MS = 30_000;

/**
 * Whether an object was changed by us just now, and its status may still be about what it was before: it tells no
 * generation, and nobody else has written into the object since. Times in `managedFields` are whole seconds.
 */
export function isUnanswered(object: KubernetesObject, now: number = Date.now()): boolean {
  const { metadata } = object;
  if (!isJudgedByItsWords(object) || (metadata.generation ?? 1) <= 1 || tellsGeneration(object)) return false;
  const entries = readList(metadata, 'managedFields');
  const latest = (mine: boolean): number =>
    Math.max(
      0,
      ...entries
        .filter((entry) => (readText(entry, 'manager') === FIELD_MANAGER) === mine)
        .map((entry) => Date.parse(readText(entry, 'time') ?? '') || 0),
    );
  const changed = latest(true);
  return now - changed < JUST_NOW_MS && latest(false) <= changed;
}

/** By itself or by one of its conditions. Without a status there is nothing that could be old. */
function tellsGeneration(object: KubernetesObject): boolean {
  if (Object.keys(readObject(object, 'status')).length === 0) return true;
  return [read(object, 'status'), ...readList(object, 'status', 'conditions')].some(
    (holder) => read(holder, 'observedGeneration') !== undefined,
  );
}
