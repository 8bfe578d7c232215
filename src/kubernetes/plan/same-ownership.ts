import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, isList, isObject, read } from '../../domain/json-fields.ts';
import { childOf } from './field-path.ts';
import { ownFields } from './ownership.ts';

/**
 * Whether we would own the same fields after an apply as before it. A map or list that is declared empty and that others have
 * filled is no difference: the server has us own the empty one from then on, and nothing hangs on it.
 */
export function isSameOwnership(declared: KubernetesObject, live: KubernetesObject, after: KubernetesObject): boolean {
  const before = ownFields(live)?.fields;
  const later = ownFields(after)?.fields;
  if (before === undefined || later === undefined) return before === later;
  return equalJson(before, withoutFilled(later, before, declared, live));
}

/** The fields without those that are new, declared as empty, and filled by others. */
function withoutFilled(
  fields: JsonObject,
  before: Json | undefined,
  declared: Json | undefined,
  live: Json | undefined,
): JsonObject {
  const entries = Object.entries(fields).flatMap(([key, below]): [string, Json][] => {
    if (!isObject(below)) return [[key, below]];
    const here = childOf(declared, key);
    const now = childOf(live, key);
    const known = read(before, key);
    if (known === undefined && isEmpty(here) && now !== undefined && !isEmpty(now)) return [];
    const left = withoutFilled(below, known, here, now);
    // The map above it is owned for its sake alone.
    const isLeftEmpty = known === undefined && Object.keys(below).length > 0 && Object.keys(left).length === 0;
    return isLeftEmpty ? [] : [[key, left]];
  });
  return Object.fromEntries(entries);
}

function isEmpty(value: Json | undefined): boolean {
  return (isObject(value) && Object.keys(value).length === 0) || (isList(value) && value.length === 0);
}
