import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, ObjectRef } from '../../domain/kubernetes-api.ts';

/**
 * The uid of the namespace of an object, which tells a namespace that was made anew; undefined when it is not there, or
 * may not be read.
 *
 * @throws WindlassFailure as `KubernetesApi.get` does, but for `AccessDenied`.
 */
export async function namespaceUid(
  { namespace }: ObjectRef,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (namespace === undefined) return undefined;
  try {
    const found = await api.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { signal });
    return found?.metadata.uid;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return undefined;
    throw error;
  }
}
