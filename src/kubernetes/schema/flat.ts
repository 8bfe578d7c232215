import type { Json, JsonObject } from '../../domain/json.ts';
import { isList, isObject, readList, readText } from '../../domain/json-fields.ts';

/** One level of a schema with its references and `allOf` folded in. */
export interface FlatSchema {
  /** Allowed JSON types; empty means any. */
  readonly types: readonly string[];
  readonly format: string;
  readonly properties: ReadonlyMap<string, Json>;
  /** Schema of keys that are no properties; true for anything, null when the schema says nothing of them. */
  readonly additional: Json;
  readonly items: Json;
  readonly allowed: readonly Json[];
  /** Whether unknown fields are kept (`x-kubernetes-preserve-unknown-fields`). */
  readonly open: boolean;
  /** Whether this is a whole object with apiVersion, kind and metadata of its own. */
  readonly embedded: boolean;
  /** Fields that tell the items of a list apart; empty for lists that are one value or a set. */
  readonly listKeys: readonly string[];
  readonly default: Json;
}

/** The schemas that one document, or one CustomResourceDefinition, brings. */
export class SchemaSet {
  /** True where fields that no schema names are pruned, as in custom resources; elsewhere an empty schema means anything. */
  readonly closed: boolean;
  readonly #named: JsonObject;
  readonly #flat = new Map<Json, FlatSchema>();

  constructor(named: JsonObject, closed: boolean) {
    this.#named = named;
    this.closed = closed;
  }

  flatten(schema: Json): FlatSchema {
    let flat = this.#flat.get(schema);
    if (flat === undefined) {
      flat = fold(this.#parts(schema, new Set()));
      this.#flat.set(schema, flat);
    }
    return flat;
  }

  /** The schema itself and all that it includes. */
  #parts(schema: Json, seen: Set<string>): JsonObject[] {
    if (!isObject(schema)) return [];
    const reference = readText(schema, '$ref')?.split('/').at(-1);
    const referred =
      reference === undefined || seen.has(reference)
        ? []
        : this.#parts(this.#named[reference] ?? null, new Set(seen).add(reference));
    return [schema, ...readList(schema, 'allOf').flatMap((part) => this.#parts(part, seen)), ...referred];
  }
}

function fold(parts: readonly JsonObject[]): FlatSchema {
  const first = <T extends Json>(key: string, is: (value: Json) => value is T): T | undefined => {
    for (const part of parts) {
      const value = part[key];
      if (value !== undefined && is(value)) return value;
    }
    return undefined;
  };
  const flag = (key: string): boolean => parts.some((part) => part[key] === true);
  const own = first('type', isText);
  const types = flag('x-kubernetes-int-or-string')
    ? ['integer', 'string']
    : own === undefined
      ? alternatives(first('oneOf', isList) ?? first('anyOf', isList) ?? [])
      : [own];
  return {
    types,
    format: first('format', isText) ?? '',
    properties: new Map(parts.flatMap((part) => (isObject(part.properties) ? Object.entries(part.properties) : []))),
    additional: first('additionalProperties', isSchema) ?? null,
    items: first('items', isSchema) ?? null,
    allowed: first('enum', isList) ?? [],
    open: flag('x-kubernetes-preserve-unknown-fields'),
    embedded: flag('x-kubernetes-embedded-resource'),
    listKeys: (first('x-kubernetes-list-map-keys', isList) ?? []).filter((key) => typeof key === 'string'),
    default: parts.find((part) => part.default !== undefined)?.default ?? null,
  };
}

/** Types of alternatives, when each of them is told by its type alone. */
function alternatives(schemas: readonly Json[]): string[] {
  const types = schemas.map((schema) => readText(schema, 'type'));
  return types.every((type) => type !== undefined) ? types : [];
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

function isSchema(value: Json): value is JsonObject | true {
  return value === true || isObject(value);
}
