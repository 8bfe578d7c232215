import type { Json, JsonObject } from '../domain/json.ts';

export function isMapping(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A mapping; an empty one for anything else. */
export function mapping(value: Json | undefined): JsonObject {
  return isMapping(value) ? value : {};
}
