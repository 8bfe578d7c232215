import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { keyOf, kindKey, refOf } from '../identity.ts';

/** Fewer objects than this are read one by one: a namespace may hold very many others of their kind. */
export const LIST_FROM = 4;

/**
 * The live state of objects, by `keyOf`; those that are not there are left out. One LIST per kind and namespace, however
 * many objects that is.
 *
 * @throws WindlassFailure as `KubernetesApi.get` and `list` do: `UnknownKind` for a kind that is not served.
 */
export async function readLive(
  refs: readonly ObjectRef[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubernetesObject>> {
  const groups = Map.groupBy(refs, (ref) => `${kindKey(ref)} ${ref.namespace ?? ''}`);
  const found = await Promise.all([...groups.values()].map((group) => readGroup(group, api, signal)));
  return new Map(found.flat().map((object) => [keyOf(refOf(object)), object]));
}

async function readGroup(
  group: readonly ObjectRef[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<KubernetesObject[]> {
  const [first] = group;
  if (first === undefined) return [];
  if (group.length < LIST_FROM) {
    const objects = await Promise.all(group.map((ref) => api.get(ref, { signal })));
    return objects.filter((object) => object !== null);
  }
  const wanted = new Set(group.map(({ name }) => name));
  const { namespace } = first;
  const all = await api.list(first, { signal, ...(namespace === undefined ? {} : { namespace }) });
  return all.filter((object) => wanted.has(object.metadata.name));
}
