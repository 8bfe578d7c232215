import { parseJson, type Json, type JsonObject } from './json.ts';

/** Safe reading of JSON whose shape only somebody else vouches for: an API server, a file, an earlier version. */

/** What a text holds; undefined when it is no JSON. */
export function jsonIn(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at a path of keys; undefined when anything on the way is missing. */
export function read(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const key of path) here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
}

export function readText(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = read(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The number at a path, or `otherwise`: the API server leaves zeros and defaults out. */
export function readNumber<Otherwise>(
  value: Json | undefined,
  path: readonly string[],
  otherwise: Otherwise,
): number | Otherwise {
  const found = read(value, ...path);
  return typeof found === 'number' ? found : otherwise;
}

/** The digits of a whole number at a path, every one of them; empty where there is none. Identifiers may be beyond 2^53. */
export function readDigits(value: Json | undefined, ...path: readonly string[]): string {
  const found = read(value, ...path);
  return typeof found === 'bigint' || (typeof found === 'number' && Number.isInteger(found)) ? String(found) : '';
}

export function readList(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = read(value, ...path);
  return isList(found) ? found : [];
}

/** The texts of a list; whatever else is in it is left out. */
export function readTexts(value: Json | undefined, ...path: readonly string[]): readonly string[] {
  return readList(value, ...path).filter((item) => typeof item === 'string');
}

export function readObject(value: Json | undefined, ...path: readonly string[]): JsonObject {
  const found = read(value, ...path);
  return isObject(found) ? found : {};
}

/** An object without some of its keys. */
export function without(object: JsonObject, keys: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.has(key)));
}

/** Deep equality of JSON values; the order of keys does not matter. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
  );
}
