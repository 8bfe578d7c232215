import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, ObjectRef } from '../../domain/kubernetes-api.ts';

/**
 * Those namespaces of some objects that the cluster does not have. Where they may not be read they are taken as there.
 *
 * @throws WindlassFailure as `KubernetesApi.get` does, but for `AccessDenied`.
 */
export async function absentNamespaces(
  objects: readonly { readonly ref: ObjectRef }[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = [...new Set(objects.flatMap(({ ref }) => ref.namespace ?? []))];
  const found = await Promise.all(
    names.map(async (name) => {
      try {
        return (await api.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal })) !== null;
      } catch (error) {
        if (error instanceof WindlassFailure && error.type === 'AccessDenied') return true;
        throw error;
      }
    }),
  );
  return new Set(names.filter((_, index) => found[index] === false));
}
