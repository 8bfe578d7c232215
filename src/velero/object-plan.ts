import type { Change } from '../domain/change.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { assertFence } from '../domain/fence.ts';
import { canonicalJson, type Json } from '../domain/json.ts';
import { labelOf, type KubernetesApi, type KubernetesObject, type ObjectRef } from '../domain/kubernetes-api.ts';
import { isObject } from '../domain/json-fields.ts';
import { authorsOf } from '../domain/managed-fields.ts';

/** What is to be done to one object, and the object as it must be. */
export interface ObjectPlan {
  readonly change: Change;
  readonly object: KubernetesObject;
  readonly found: KubernetesObject | null;
  /** Whether fields that another manager owns are taken over; absent: they are not. */
  readonly force?: boolean;
}

/** How an object is compared with what is declared. */
interface Planning {
  readonly signal: AbortSignal;
  /** Whether fields that another manager owns are taken over. */
  readonly force?: boolean;
  /** Whether the fields that differ are told with who set them; what others own is no conflict then. */
  readonly authors?: boolean | undefined;
}

/**
 * A dry run tells what the server would make of it, fields that we no longer name included.
 *
 * @throws WindlassFailure as `KubernetesApi.apply` does: `InvalidManifest`, `OwnershipConflict` (unless `force`),
 *   `AdmissionDenied`.
 */
export async function planObject(
  api: KubernetesApi,
  object: KubernetesObject,
  found: KubernetesObject | null,
  { signal, force = false, authors = false }: Planning,
): Promise<ObjectPlan> {
  if (found === null) return { change: createChange(object), object, found, force };
  const what = labelOf(refOf(object));
  const planned = await api.apply(object, { dryRun: true, force: force || authors, signal });
  const differing = [
    ...differences(found.metadata.labels ?? null, planned.metadata.labels ?? null, ['metadata', 'labels']),
    ...differences(found.spec ?? null, planned.spec ?? null, ['spec']),
  ];
  const change: Change =
    differing.length === 0
      ? { action: 'unchanged', what, destructive: false }
      : { action: 'update', what, destructive: false, ...told(differing, found, authors) };
  return { change, object, found, force };
}

function told(
  differing: readonly Difference[],
  found: KubernetesObject,
  authors: boolean,
): Pick<Change, 'detail' | 'fields'> {
  const fields = differing.map(({ path, before, after }) => ({
    ...{ field: path.join('.'), before: shown(before), after: shown(after) },
    by: authorsOf(found, path),
  }));
  return authors ? { fields } : { detail: fields.map(({ field, before, after }) => `${field}: ${before} -> ${after}`) };
}

/** The change that makes an object. */
export function createChange(object: KubernetesObject): Change {
  const ref = refOf(object);
  return { action: 'create', what: labelOf(ref), destructive: false, makes: [{ is: 'object', object: ref }] };
}

function refOf({ apiVersion, kind, metadata: { namespace = '', name } }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, namespace, name };
}

interface Difference {
  readonly path: readonly string[];
  readonly before: Json;
  readonly after: Json;
}

/** Each leaf that differs. */
function differences(before: Json, after: Json, path: readonly string[]): Difference[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ path, before, after }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => differences(before[key] ?? null, after[key] ?? null, [...path, key]));
}

function shown(value: Json): string {
  return value === null ? '(absent)' : canonicalJson(value);
}

/** The object as stored, or null when there was nothing to write. @throws WindlassFailure `FenceLost` */
export async function writePlanned(
  api: KubernetesApi,
  { change, object, force = false }: ObjectPlan,
  context: EngineContext,
): Promise<KubernetesObject | null> {
  if (change.action === 'unchanged') return null;
  assertFence(context.fence, change.what);
  return api.apply(object, { force, signal: context.signal });
}
