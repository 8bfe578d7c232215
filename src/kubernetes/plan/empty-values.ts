import type { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isList, isObject, readList } from '../../domain/json-fields.ts';
import { childOf } from './field-path.ts';
import { ownFields } from './ownership.ts';

/**
 * The declaration without the empty values (`selector: {}`, `volumeName: ''`) of fields that the server has refused, where
 * it or a controller has filled them: charts write them where they mean nothing. What we own already keeps its value, since
 * leaving it out would take it away.
 *
 * @param refused what the server said; it names the fields.
 * @returns null when no empty value is declared there.
 */
export function withoutEmpty(
  object: KubernetesObject,
  live: KubernetesObject,
  refused: WindlassFailure,
): KubernetesObject | null {
  const fields = readList(refused.options.facts, 'fields').filter((field) => typeof field === 'string');
  let found = 0;
  const fill = (value: Json, now: Json | undefined, owned: Json | undefined, path: string): Json => {
    if (!isObject(value)) return value;
    const kept = Object.entries(value).flatMap(([key, item]): [string, Json][] => {
      const at = path === '' ? key : `${path}.${key}`;
      const there = childOf(now, `f:${key}`);
      const ours = isObject(owned) ? owned[`f:${key}`] : undefined;
      if (!isEmpty(item) || isEmpty(there ?? null) || !fields.some((field) => isWithin(at, field)))
        return [[key, fill(item, there, ours, at)]];
      found += 1;
      return ours === undefined ? [] : [[key, there ?? null]];
    });
    return Object.fromEntries(kept);
  };
  const filled = fill(object, live, ownFields(live)?.fields, '') as KubernetesObject;
  return found === 0 ? null : filled;
}

function isEmpty(value: Json): boolean {
  if (value === '' || value === null) return true;
  return isObject(value) ? Object.keys(value).length === 0 : isList(value) && value.length === 0;
}

function isWithin(at: string, field: string): boolean {
  return at === field || at.startsWith(`${field}.`);
}
