import type { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, isList, isObject, readTexts } from '../../domain/json-fields.ts';
import { FIELD_MANAGER } from '../identity.ts';
import { pathText, valueAt, withoutFieldAt, withValueAt, type FieldPath } from './field-path.ts';
import { asCreated } from './fresh.ts';
import { ownFields } from './ownership.ts';
import { ownersOf } from './owners.ts';

/** A declaration without empty values that mean nothing. */
export interface Meant {
  readonly object: KubernetesObject;
  /** What was left out, for people: a line for each field. */
  readonly notes: readonly string[];
}

/**
 * The declaration without the empty values (`selector: {}`, `volumeName: ''`) of fields that the server has refused, where
 * another manager filled them, or the server itself did when the object was created: charts write them where they mean
 * nothing. An empty value in place of one that was declared is a change, and stays. What we own already keeps its value,
 * since leaving it out would take it away.
 *
 * @param refused what the server said; it names the fields.
 * @returns null when no such value is declared there.
 * @throws `signal.reason` once it aborts.
 */
export async function withoutEmpty(
  object: KubernetesObject,
  live: KubernetesObject,
  refused: WindlassFailure,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<Meant | null> {
  const found = emptied(object, live, refused);
  if (found.length === 0) return null;
  const fresh = await asCreated(object, api, signal);
  const own = ownFields(live)?.fields;
  const filled = found.flatMap((path) => {
    const isOurs = valueAtFields(own, path) !== undefined;
    const by = filledBy(path, isOurs, live, fresh);
    return by === null ? [] : [{ path, isOurs, by }];
  });
  if (filled.length === 0) return null;
  const meant = filled.reduce<Json>(
    (left, { path, isOurs }) =>
      isOurs ? withValueAt(left, path, valueAt(live, path) ?? null) : withoutFieldAt(left, path),
    object,
  );
  return {
    object: meant as KubernetesObject,
    notes: filled.map(({ path, by }) => `${pathText(path)}: declared empty, filled in by ${by}: left as it is`),
  };
}

/** The refused fields that are declared empty and are not so. */
function emptied(object: KubernetesObject, live: KubernetesObject, refused: WindlassFailure): readonly FieldPath[] {
  const fields = readTexts(refused.options.facts, 'fields');
  const walk = (value: Json, path: FieldPath): FieldPath[] => {
    if (!isObject(value)) return [];
    return Object.entries(value).flatMap(([key, item]) => {
      const at = [...path, `f:${key}`];
      if (!isEmpty(item)) return walk(item, at);
      const isRefused = fields.some((field) => isWithin(pathText(at), field));
      return isRefused && !isEmpty(valueAt(live, at) ?? null) ? [at] : [];
    });
  };
  return walk(object, []);
}

/** Who has filled a field, where that was not a declaration of ours; null where it was, or where nobody can tell. */
function filledBy(
  path: FieldPath,
  isOurs: boolean,
  live: KubernetesObject,
  fresh: KubernetesObject | null,
): string | null {
  const other = ownersOf(live, path).find((manager) => manager !== FIELD_MANAGER);
  if (!isOurs && other !== undefined) return other;
  const created = valueAt(fresh ?? undefined, path);
  if (created === undefined || isEmpty(created)) return null;
  // The server has us own what it puts into an empty map of ours, and draws other values where nobody has declared any.
  return !isOurs || equalJson(named(created, fresh), named(valueAt(live, path) ?? null, live)) ? 'the server' : null;
}

/** A value with what is the object's alone put out of the way: selectors and labels of a Job hold its uid and name. */
function named(value: Json, object: KubernetesObject | null): Json {
  if (isList(value)) return value.map((item) => named(item, object));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item, object)]));
  const { uid, name } = object?.metadata ?? {};
  if (value === uid) return { the: 'uid' };
  return value === name ? { the: 'name' } : value;
}

function valueAtFields(fields: Json | undefined, path: FieldPath): Json | undefined {
  return path.reduce((at, key) => (isObject(at) ? at[key] : undefined), fields);
}

function isEmpty(value: Json): boolean {
  if (value === '' || value === null) return true;
  return isObject(value) ? Object.keys(value).length === 0 : isList(value) && value.length === 0;
}

function isWithin(at: string, field: string): boolean {
  return at === field || at.startsWith(`${field}.`);
}
