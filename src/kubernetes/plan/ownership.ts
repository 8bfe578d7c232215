import type { Json, JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isList, isObject, readList, readObject, readText, without } from '../../domain/json-fields.ts';
import { isItem } from '../../domain/managed-fields.ts';
import { FIELD_MANAGER, isSecretKind } from '../identity.ts';
import { below, isNothing, isStoredAs, rewritesOf, type Rewrites } from './stored.ts';

/** What our last apply declared: our entry of `managedFields`; null when we never applied the object. */
export function ownFields(live: KubernetesObject): { apiVersion: string; fields: JsonObject } | null {
  for (const entry of readList(live, 'metadata', 'managedFields'))
    if (
      readText(entry, 'manager') === FIELD_MANAGER &&
      readText(entry, 'operation') === 'Apply' &&
      (readText(entry, 'subresource') ?? '') === ''
    )
      return { apiVersion: readText(entry, 'apiVersion') ?? '', fields: readObject(entry, 'fieldsV1') };
  return null;
}

/**
 * True when applying `declared` would certainly change nothing: every declared field has the declared value, and the
 * fields that we own are exactly those declared. False when it may change something; then only the server can tell,
 * since it fills in defaults and rewrites values.
 */
export function isAsApplied(declared: KubernetesObject, live: KubernetesObject): boolean {
  const own = ownFields(live);
  const fields = declaredFields(declared);
  // An object that declares nothing but its name leaves no entry behind.
  if (Object.keys(fields).length === 0) return own === null;
  if (own?.apiVersion !== declared.apiVersion) return false;
  return matches(own.fields, fields, isSecretKind(declared) ? withStringData(live) : live, rewritesOf(declared));
}

/** What is declared of an object besides what names it. */
function declaredFields(declared: KubernetesObject): JsonObject {
  const meta = without(declared.metadata, declared.metadata.creationTimestamp === null ? NAMING_AND_TIME : NAMING);
  return { ...without(declared, KIND), ...(Object.keys(meta).length > 0 ? { metadata: meta } : {}) };
}

const KIND: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);
const NAMING: ReadonlySet<string> = new Set(['name', 'namespace']);
/** Generators write `creationTimestamp: null`, which declares nothing. */
const NAMING_AND_TIME: ReadonlySet<string> = new Set([...NAMING, 'creationTimestamp']);

/** Secrets take text in `stringData` and give it back in `data`. */
function withStringData(live: KubernetesObject): JsonObject {
  const decoded = Object.entries(readObject(live, 'data')).map(([key, value]) => [
    key,
    typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value,
  ]);
  return { ...live, stringData: Object.fromEntries(decoded) as JsonObject };
}

/** Whether owned fields (in the notation of `fieldsV1`), declared value and live value agree. */
function matches(owned: JsonObject, declared: Json | undefined, live: Json | undefined, rewrites: Rewrites): boolean {
  const children = Object.keys(owned).filter((key) => key !== '.');
  if (children.length === 0) return isStoredAs(declared, live, rewrites);
  if (isObject(declared)) return matchesMap(owned, children, declared, live, rewrites);
  return isList(declared) && isList(live) && matchesList(owned, children, declared, live, rewrites);
}

function matchesMap(
  owned: JsonObject,
  children: readonly string[],
  declared: JsonObject,
  live: Json | undefined,
  rewrites: Rewrites,
): boolean {
  if (!isObject(live)) return false;
  // For null, and for a keyed list without items, the server records no ownership.
  const keys = Object.keys(declared).filter((key) => `f:${key}` in owned || !isNothing(declared[key]));
  return (
    keys.length === children.length &&
    keys.every((key) => {
      const field = owned[`f:${key}`];
      return isObject(field) && matches(field, declared[key], live[key], below(key, declared[key], rewrites));
    })
  );
}

/** Lists whose items are told apart by keys (`k:{"name":"web"}`) or are a set (`v:"finalizer"`). */
function matchesList(
  owned: JsonObject,
  children: readonly string[],
  declared: readonly Json[],
  live: readonly Json[],
  rewrites: Rewrites,
): boolean {
  if (children.length !== declared.length) return false;
  const order: number[] = [];
  for (const item of declared) {
    const child = children.find((key) => isItem(key, item));
    if (child === undefined) return false;
    const at = live.findIndex((candidate) => isItem(child, candidate));
    const field = owned[child];
    order.push(at);
    if (at < 0 || !isObject(field)) return false;
    if (child.startsWith('k:') && !matches(field, item, live[at], rewrites)) return false;
  }
  // Another order of the same items would be applied as a change.
  return order.every((at, index) => index === 0 || at > (order[index - 1] ?? -1));
}
