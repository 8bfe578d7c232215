import { jsonText, type Json } from '../../domain/json.ts';
import { nearest } from '../../domain/suggest.ts';
import { isList, isObject } from '../../domain/json-fields.ts';
import { typeName } from '../manifests/manifest.ts';
import type { FieldPath } from '../../manifests/yaml-path.ts';
import type { FlatSchema, SchemaSet } from './flat.ts';

/** One way in which a value does not fit its schema. Never quotes the value. */
export interface Misfit {
  readonly path: FieldPath;
  readonly what: string;
}

/** The schema of `metadata`, for whole objects inside others and for kinds that the rollout itself defines. */
export interface MetadataSchema {
  readonly schema: Json;
  readonly set: SchemaSet;
}

/**
 * Everything in a value that its schema does not know or that has the wrong type: what strict server-side apply would
 * refuse field by field. Whether required fields are there is left to the server, since admission may yet fill them in.
 */
export function misfits(value: Json, schema: Json, set: SchemaSet, metadata: MetadataSchema | null): Misfit[] {
  const found: Misfit[] = [];
  check(value, schema, set, [], found, metadata);
  return found;
}

function check(
  value: Json,
  schema: Json,
  set: SchemaSet,
  path: FieldPath,
  found: Misfit[],
  metadata: MetadataSchema | null,
): void {
  // Null means absent to the API server.
  if (value === null || schema === true) return;
  const flat = set.flatten(schema);
  if (flat.types.length > 0 && !flat.types.some((type) => isOfType(value, type))) {
    found.push({ path, what: `${expected(flat)} is expected, ${typeName(value)} was found` });
    return;
  }
  // In the server's own kinds an empty text stands for the default, as charts write it for a value that is not set.
  const isDefault = value === '' && !set.closed;
  if (flat.allowed.length > 0 && !flat.allowed.includes(value) && !isDefault)
    found.push({ path, what: `must be one of ${flat.allowed.map((item) => jsonText(item)).join(', ')}` });
  if (typeof value === 'string' && flat.format === 'byte' && !isBase64(value))
    found.push({ path, what: 'must be base64 text' });
  if (isList(value)) {
    if (flat.items !== null)
      for (const [index, item] of value.entries()) check(item, flat.items, set, [...path, index], found, metadata);
    if (flat.listKeys.length > 0) checkKeys(value, flat, set, path, found);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, key];
      if (flat.embedded && ['apiVersion', 'kind', 'metadata'].includes(key)) {
        if (key === 'metadata' && metadata) check(item, metadata.schema, metadata.set, at, found, null);
        continue;
      }
      const property = flat.properties.get(key) ?? flat.additional;
      if (property !== null) check(item, property, set, at, found, metadata);
      else if (!flat.open && (flat.properties.size > 0 || set.closed))
        found.push({ path: at, what: unknownField(key, flat) });
    }
  }
}

function unknownField(key: string, flat: FlatSchema): string {
  const meant = nearest(key, [...flat.properties.keys()]);
  return `unknown field ${JSON.stringify(key)}${meant === null ? '' : `, did you mean ${JSON.stringify(meant)}?`}`;
}

/** Server-side apply refuses lists with two items of one key, which older tools let pass. */
function checkKeys(items: readonly Json[], flat: FlatSchema, set: SchemaSet, path: FieldPath, found: Misfit[]): void {
  const defaults = set.flatten(flat.items).properties;
  const seen = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    if (!isObject(item)) continue;
    const values = flat.listKeys.map((key) => item[key] ?? set.flatten(defaults.get(key) ?? null).default);
    const id = jsonText(values);
    const before = seen.get(id);
    if (before === undefined) seen.set(id, index);
    else
      found.push({
        path: [...path, index],
        what: `has the same ${flat.listKeys.join(' and ')} as item ${String(before)} of the list`,
      });
  }
}

function isOfType(value: Json, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value) || typeof value === 'bigint';
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'array':
      return isList(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  integer: 'an integer',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
};

function expected(flat: FlatSchema): string {
  return flat.types.map((type) => WORDS[type] ?? type).join(' or ');
}

function isBase64(text: string): boolean {
  const plain = text.replace(/[\r\n]/g, '');
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
}
