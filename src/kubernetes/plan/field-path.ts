import { jsonText, parseJson, type Json, type JsonObject } from '../../domain/json.ts';
import { isList, isObject, read, without } from '../../domain/json-fields.ts';
import { isItem } from '../../domain/managed-fields.ts';

/** A place in an object in the notation of `fieldsV1`: `f:spec`, `k:{"name":"main"}`, `v:"finalizer"`. */
export type FieldPath = readonly string[];

/** What a key of `fieldsV1` names: a field of a map, an item of a list, or nothing below it (`.`). */
export function childOf(value: Json | undefined, key: string): Json | undefined {
  if (key.startsWith('f:')) return read(value, key.slice(2));
  return isList(value) && /^[kv]:/.test(key) ? value.find((item) => isItem(key, item)) : undefined;
}

export function valueAt(value: Json | undefined, path: FieldPath): Json | undefined {
  return path.reduce(childOf, value);
}

/** A copy with another value at a place whose parents are there; list items are told apart as the path says. */
export function withValueAt(value: Json, path: FieldPath, replacement: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (key.startsWith('f:')) {
    const name = key.slice(2);
    const map = isObject(value) ? value : {};
    return { ...map, [name]: withValueAt(map[name] ?? null, rest, replacement) };
  }
  if (!isList(value)) return value;
  return value.map((item) => (isItem(key, item) ? withValueAt(item, rest, replacement) : item));
}

/** A copy without a field of a map; its parents are there. */
export function withoutFieldAt(value: Json, path: FieldPath): Json {
  const map = valueAt(value, path.slice(0, -1));
  const field = path.at(-1)?.slice(2) ?? '';
  return isObject(map) ? withValueAt(value, path.slice(0, -1), without(map, new Set([field]))) : value;
}

/** How people read it: `spec.template.spec.volumes[data].emptyDir`. */
export function pathText(path: FieldPath): string {
  return path.reduce((text, key) => {
    if (key.startsWith('f:')) return text === '' ? key.slice(2) : `${text}.${key.slice(2)}`;
    const names = parseJson(key.slice(2));
    const words = isObject(names) ? Object.values(names) : [names];
    return `${text}[${words.map((word) => (typeof word === 'string' ? word : jsonText(word))).join(', ')}]`;
  }, '');
}

/**
 * The part of an object that a field set names, such as what one manager owns: applied as it is, it changes nothing.
 */
export function extract(value: Json | undefined, fields: JsonObject): Json {
  const keys = Object.keys(fields).filter((key) => key !== '.');
  if (keys.length === 0) return value ?? null;
  if (keys.every((key) => key.startsWith('f:')))
    return Object.fromEntries(keys.flatMap((key) => entryOf(key, value, fields)));
  const items = isList(value) ? value : [];
  return items.flatMap((item) => {
    const key = keys.find((name) => /^[kv]:/.test(name) && isItem(name, item));
    if (key === undefined) return [];
    const names = parseJson(key.slice(2));
    const part = extract(item, fieldsOf(fields, key));
    return [key.startsWith('k:') && isObject(part) && isObject(names) ? { ...names, ...part } : item];
  });
}

function entryOf(key: string, value: Json | undefined, fields: JsonObject): [string, Json][] {
  const found = childOf(value, key);
  return found === undefined ? [] : [[key.slice(2), extract(found, fieldsOf(fields, key))]];
}

function fieldsOf(fields: JsonObject, key: string): JsonObject {
  const below = fields[key];
  return isObject(below) ? below : {};
}
