import type { WindlassFailure } from '../../domain/failure.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isList, isObject, read, readList, readObject } from '../../domain/json-fields.ts';
import type { Declared } from '../declare.ts';
import { differences } from './diff.ts';
import { extract, pathText, valueAt, withValueAt, type FieldPath } from './field-path.ts';
import { asCreated } from './fresh.ts';
import { itemKey, ownersOf } from './owners.ts';
import { ownFields } from './ownership.ts';
import { refOf } from '../identity.ts';
import { rewritesOf } from './stored.ts';

/**
 * Fields that stand in the way of a declaration that is right: of a union (a strategy, a volume), the server has filled one
 * member with its defaults, which nobody owns, and refuses the declared member beside it. Server-side apply takes away only
 * what its manager owns: so they are taken over first, with the values that they have, and go with the apply that follows.
 */
export interface StandingDefault {
  /** What to apply first: nothing in it differs from what is there. */
  readonly taking: KubernetesObject;
  /** The declaration with the unions as they are now, which the server does not refuse: to see what else would change. */
  readonly elsewise: KubernetesObject;
  readonly unions: readonly FieldPath[];
  /** The declaration as the server fills it in where no such object is. */
  readonly fresh: KubernetesObject;
  /** Why, for people: a line for each field. */
  readonly notes: readonly string[];
}

/** How often an object is looked at anew that changes under the plan. */
const LOOKS = 5;

/**
 * Looks for defaults of the server that make it refuse a declaration: values that nobody declared, in a union of which
 * the declaration wants another member.
 *
 * @param refused what the server said to the declaration.
 * @returns null when no default stands in its way: then it is refused for what it is.
 * @throws `signal.reason` once it aborts; nothing else: a dry run that fails says null.
 */
export async function standingDefault(
  refused: WindlassFailure,
  declared: Declared,
  live: KubernetesObject,
  api: KubernetesApi,
  signal: AbortSignal,
  looks = LOOKS,
): Promise<StandingDefault | null> {
  const own = ownFields(live);
  if (own !== null && own.apiVersion !== live.apiVersion) return null;
  const found = readList(refused.options.facts, 'fields').flatMap((field) =>
    typeof field === 'string' ? unionsAt(field, declared.object, live) : [],
  );
  const standing = found.flatMap(({ union, names }) => names.map((name) => [...union, `f:${name}`]));
  if (standing.length === 0) return null;
  const taking = standing.reduce(
    (object, path) => withValueAt(object, path, valueAt(live, path) ?? null),
    ownPart(live, own?.fields ?? {}, standing),
  ) as KubernetesObject;
  const fresh = await asCreated(declared.object, api, signal);
  if (fresh === null) return null;
  try {
    const after = await api.apply(taking, { dryRun: true, signal });
    if (differences(live, after, declared.kind).length > 0) {
      // Somebody wrote meanwhile, mostly the controller of an object that was just made: what is there now counts.
      const isSame = after.metadata.resourceVersion === live.metadata.resourceVersion;
      const now = isSame || looks === 0 ? null : await api.get(refOf(live), { signal });
      return now === null ? null : await standingDefault(refused, declared, now, api, signal, looks - 1);
    }
  } catch {
    // What the server said first says more.
    signal.throwIfAborted();
    return null;
  }
  const unions = found.map(({ union }) => union);
  const elsewise = unions.reduce<Json>(
    (object, union) => withValueAt(object, union, valueAt(live, union) ?? null),
    declared.object,
  );
  const why = 'a default that stands in the way of what is declared: taken over first, so that it goes';
  return {
    taking,
    elsewise: elsewise as KubernetesObject,
    unions,
    fresh,
    notes: standing.map((path) => `${pathText(path)}: ${why}`),
  };
}

/** What we own of an object, with the keys of the list items in which something stands. */
function ownPart(live: KubernetesObject, fields: JsonObject, standing: readonly FieldPath[]): Json {
  const { apiVersion, kind, metadata } = live;
  const part = extract(live, standing.reduce<JsonObject>(including, fields));
  const meta = isObject(part) ? readObject(part, 'metadata') : {};
  const { name, namespace } = metadata;
  return {
    ...(isObject(part) ? part : {}),
    apiVersion,
    kind,
    metadata: { ...meta, name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** A field set with a path in it. */
function including(fields: JsonObject, path: FieldPath): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return fields;
  const below = fields[key];
  return { ...fields, [key]: including(isObject(below) ? below : {}, rest) };
}

interface Union {
  readonly union: FieldPath;
  /** Its fields that are there, not declared, and owned by nobody. */
  readonly names: readonly string[];
}

/**
 * The maps in which a refused field is, as far as something stands in them. The server counts items of lists in an order
 * that is neither the declared nor the live one: they are found by their keys.
 */
function unionsAt(field: string, declared: KubernetesObject, live: KubernetesObject): Union[] {
  const isCustom = !rewritesOf(declared).known;
  const defaultsAt = (path: FieldPath): readonly string[] => {
    const wanted = valueAt(declared, path);
    const now = valueAt(live, path);
    if (!isObject(wanted) || !isObject(now)) return [];
    return Object.keys(now).filter(
      (name) => read(wanted, name) === undefined && ownersOf(live, [...path, `f:${name}`]).length === 0,
    );
  };
  const walk = (path: FieldPath, steps: readonly string[]): Union[] => {
    const [step, ...rest] = steps;
    if (step === undefined) return [];
    if (step === '[]') {
      const items = valueAt(declared, path);
      const keys = (isList(items) ? items : []).flatMap((item) => itemKey(live, path, item) ?? []);
      return keys.flatMap((key) => walk([...path, key], rest));
    }
    const below = [...path, `f:${step}`];
    if (rest.length > 0) return walk(below, rest);
    const defaults = defaultsAt(path);
    if (defaults.includes(step)) return [{ union: path, names: [step] }];
    // What is declared cannot be put beside its one sibling.
    if (valueAt(live, below) === undefined && defaults.length === 1) return [{ union: path, names: defaults }];
    // Rules of a definition (CEL) speak of the map that they stand at, not of the field that breaks them.
    const within = isCustom ? defaultsAt(below) : [];
    return within.length > 0 ? [{ union: below, names: within }] : [];
  };
  return walk([], field.replaceAll(/\[\d+\]/g, '.[]').split('.'));
}

/** The state after an apply of `elsewise`, with the unions as they will be. */
export function withDeclaredUnions(after: KubernetesObject, { unions, fresh }: StandingDefault): KubernetesObject {
  return unions.reduce<Json>(
    (object, union) => withValueAt(object, union, valueAt(fresh, union) ?? null),
    after,
  ) as KubernetesObject;
}
