import type { WindlassFailure } from '../../domain/failure.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, isList, isObject, read, readList, readObject, without } from '../../domain/json-fields.ts';
import type { Declared } from '../declare.ts';
import { differences } from './diff.ts';
import { extract, pathText, valueAt, withValueAt, type FieldPath } from './field-path.ts';
import { asCreated } from './fresh.ts';
import { itemKey, ownersOf } from './owners.ts';
import { ownFields } from './ownership.ts';
import { FIELD_MANAGER, refOf } from '../identity.ts';
import type { Conflict } from './planned.ts';
import { rewritesOf } from './stored.ts';

/**
 * Fields that stand in the way of a declaration that is right: of a union (a strategy, a volume), one member is there, by
 * defaults of the server which nobody owns, or by somebody else, to whom client-side apply has given the defaults too; and
 * the server refuses the declared member beside it. Server-side apply takes away only what its manager owns, and nobody
 * else does: so they are taken over first, with the values that they have, and go with the apply that follows.
 */
export interface StandingDefault {
  /** What to apply first: nothing in it differs from what is there. */
  readonly taking: KubernetesObject;
  /** The declaration with the unions as they are now, which the server does not refuse: to see what else would change. */
  readonly elsewise: KubernetesObject;
  readonly unions: readonly FieldPath[];
  /** The fields that stand in the way. */
  readonly standing: readonly FieldPath[];
  /** The same as a field set, with all that is below them: what its manager owns who has taken them over. */
  readonly fields: JsonObject;
  /** Those that others own. */
  readonly owned: readonly Conflict[];
  /** The declaration as the server fills it in where no such object is. */
  readonly fresh: KubernetesObject;
  /** Why, for people: a line for each field. */
  readonly notes: readonly string[];
}

/** How often an object is looked at anew that changes under the plan. */
const LOOKS = 5;

/**
 * Looks for values that make the server refuse a declaration: members of a union of which the declaration wants another one.
 *
 * @param refused what the server said to the declaration.
 * @returns null when none stands in its way: then it is refused for what it is.
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
  let fields: JsonObject;
  try {
    const after = await api.apply(taking, { dryRun: true, signal });
    fields = partAt(ownFields(after)?.fields ?? {}, standing);
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
  const owned = standing.flatMap((path) =>
    othersOf(live, path).map((manager) => ({ manager, field: `.${pathText(path)}` })),
  );
  return {
    taking,
    elsewise: elsewise as KubernetesObject,
    ...{ unions, standing, fields, owned, fresh },
    notes: standing.map((path) => noteOn(live, path)),
  };
}

function noteOn(live: KubernetesObject, path: FieldPath): string {
  const others = othersOf(live, path);
  const what = others.length === 0 ? 'a default' : `a value of ${others.join(', ')}`;
  return `${pathText(path)}: ${what} that stands in the way of what is declared: taken over first, so that it goes`;
}

/** Who else owns a field: what is ours goes by itself. */
function othersOf(live: KubernetesObject, path: FieldPath): readonly string[] {
  return [...new Set(ownersOf(live, path))].filter((manager) => manager !== FIELD_MANAGER);
}

/** The fields that are declared in a union and are other values there. */
export function changedIn(
  { unions }: Pick<StandingDefault, 'unions'>,
  declared: KubernetesObject,
  live: KubernetesObject,
): readonly FieldPath[] {
  return unions.flatMap((union) => {
    const wanted = valueAt(declared, union);
    return Object.keys(isObject(wanted) ? wanted : {})
      .map((name) => [...union, `f:${name}`])
      .filter((path) => !equalJson(valueAt(declared, path), valueAt(live, path)));
  });
}

/** Of a field set what is at these places, each with itself. */
export function partAt(fields: JsonObject, paths: readonly FieldPath[]): JsonObject {
  return paths.reduce<JsonObject>((part, path) => {
    const found = path.reduce<Json | undefined>((here, key) => (isObject(here) ? here[key] : undefined), fields);
    if (!isObject(found)) return part;
    const whole = Object.keys(found).length === 0 ? found : { '.': {}, ...found };
    return withFieldsAt(part, path, whole);
  }, {});
}

function withFieldsAt(fields: JsonObject, [key, ...rest]: FieldPath, found: JsonObject): JsonObject {
  if (key === undefined) return found;
  const below = fields[key];
  return { ...fields, [key]: withFieldsAt(isObject(below) ? below : {}, rest, found) };
}

/** A field set without what is at these places and below. Parents in which nothing else is go too. */
export function withoutPartAt(fields: JsonObject, paths: readonly FieldPath[]): JsonObject {
  return paths.reduce(withoutOne, fields);
}

function withoutOne(fields: JsonObject, [key, ...rest]: FieldPath): JsonObject {
  const below = key === undefined ? undefined : fields[key];
  if (key === undefined || !isObject(below)) return fields;
  const left = rest.length === 0 ? {} : withoutOne(below, rest);
  if (rest.length > 0 && (left === below || Object.keys(left).length > 0)) return { ...fields, [key]: left };
  return without(fields, new Set([key]));
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
  /** Its fields that are there and not declared, and not ours alone. */
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
      (name) => read(wanted, name) === undefined && !isOursAlone(live, [...path, `f:${name}`]),
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

function isOursAlone(live: KubernetesObject, path: FieldPath): boolean {
  return ownersOf(live, path).length > 0 && othersOf(live, path).length === 0;
}

/** The state after an apply of `elsewise`, with the unions as they will be. */
export function withDeclaredUnions(after: KubernetesObject, { unions, fresh }: StandingDefault): KubernetesObject {
  return unions.reduce<Json>(
    (object, union) => withValueAt(object, union, valueAt(fresh, union) ?? null),
    after,
  ) as KubernetesObject;
}
