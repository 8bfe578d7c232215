import type { Json, JsonObject } from '../domain/json.ts';
import { isObject } from '../domain/json-fields.ts';
import type { FieldPath } from './yaml.ts';

export interface Item {
  readonly item: Json;
  /** Where it is inside the document. */
  readonly within: FieldPath;
}

/** The objects of a `List`, or of a typed one such as `ConfigMapList`, whose items leave out their kind; in lists too. */
export function itemsOf(value: Json, within: FieldPath = []): readonly Item[] {
  if (!isObject(value)) return [{ item: value, within }];
  const { apiVersion, kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ item: value, within }];
  const common: JsonObject =
    kind === 'List' ? {} : { apiVersion: apiVersion ?? '', kind: kind.slice(0, -'List'.length) };
  return (items as readonly Json[]).flatMap((item, index) =>
    itemsOf(isObject(item) ? { ...common, ...item } : item, [...within, 'items', index]),
  );
}
