import type { Json, JsonObject } from '../domain/json.ts';
import { isObject } from '../domain/json-fields.ts';
import type { FieldPath } from './yaml-path.ts';

export interface Item {
  readonly item: Json;
  /** Where it is inside the document. */
  readonly within: FieldPath;
}

/** The objects of a `List`, or of a typed one such as `ConfigMapList`, whose items leave out their kind; in lists too. */
export function itemsOf(value: Json, within: FieldPath = []): readonly Item[] {
  return takenApart(value, within).items;
}

/**
 * The fields of lists that no API server, and no tool that applies a manifest, ever looks at: those beside the items, and
 * metadata that lists do not have. Fields that begin with `x-` are where people keep anchors.
 */
export function strayFields(value: Json): readonly FieldPath[] {
  return takenApart(value, []).stray;
}

/** What the items of a list leave out, for being in it; null for what is no list. */
export function commonOf(value: JsonObject): JsonObject | null {
  const { apiVersion, kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return null;
  return kind === 'List' ? {} : { apiVersion: apiVersion ?? '', kind: kind.slice(0, -'List'.length) };
}

const OF_A_LIST = new Set(['apiVersion', 'kind', 'metadata', 'items']);
/** ListMeta, and what people give a list as if it were an object. */
const LIST_META = new Set([
  ...['resourceVersion', 'selfLink', 'continue', 'remainingItemCount'],
  ...['name', 'namespace', 'labels', 'annotations', 'creationTimestamp'],
]);

/** The fields of a list that are stray: see `strayFields`. */
function strayOf({ metadata, ...fields }: JsonObject): readonly FieldPath[] {
  return [
    ...Object.keys(fields).flatMap((field) => (OF_A_LIST.has(field) || field.startsWith('x-') ? [] : [[field]])),
    ...Object.keys(isObject(metadata) ? metadata : {}).flatMap((field) =>
      LIST_META.has(field) ? [] : [['metadata', field]],
    ),
  ];
}

interface TakenApart {
  readonly items: readonly Item[];
  readonly stray: readonly FieldPath[];
}

function takenApart(value: Json, within: FieldPath): TakenApart {
  const common = isObject(value) ? commonOf(value) : null;
  if (!isObject(value) || common === null) return { items: [{ item: value, within }], stray: [] };
  const parts = (value['items'] as readonly Json[]).map((item, index) =>
    takenApart(isObject(item) ? { ...common, ...item } : item, [...within, 'items', index]),
  );
  return {
    items: parts.flatMap(({ items }) => items),
    stray: [...strayOf(value).map((path) => [...within, ...path]), ...parts.flatMap(({ stray }) => stray)],
  };
}
