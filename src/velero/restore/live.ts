import { WindlassFailure } from '../../domain/failure.ts';
import type { KindRef, KubernetesApi } from '../../domain/kubernetes-api.ts';
import { keyOf, type WantedObject } from './wanted.ts';

/** What of the wanted is on the cluster, by `keyOf`, and the kinds that the cluster does not know. */
export interface Live {
  readonly there: ReadonlySet<string>;
  readonly unknownKinds: readonly string[];
}

/**
 * Lists each wanted kind once in each namespace that it is wanted in.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `UnknownKind`, which is in the answer.
 */
export async function lookFor(
  api: Pick<KubernetesApi, 'list'>,
  wanted: readonly WantedObject[],
  signal: AbortSignal,
): Promise<Live> {
  const places = new Map(
    wanted.map(({ apiVersion, kind, namespace }) => [
      JSON.stringify([apiVersion, kind, namespace]),
      { kind: { apiVersion, kind }, namespace },
    ]),
  );
  const found = await Promise.all(
    [...places.values()].map(async ({ kind, namespace }) => ({
      kind,
      names: await namesOf(api, kind, namespace, signal),
      namespace,
    })),
  );
  return {
    there: new Set(
      found.flatMap(({ kind, namespace, names }) => (names ?? []).map((name) => keyOf({ ...kind, namespace, name }))),
    ),
    unknownKinds: [...new Set(found.filter(({ names }) => names === null).map(({ kind }) => kind.kind))],
  };
}

/** Null where the cluster does not know the kind. */
async function namesOf(
  api: Pick<KubernetesApi, 'list'>,
  kind: KindRef,
  namespace: string | null,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  try {
    const objects = await api.list(kind, { ...(namespace === null ? {} : { namespace }), signal });
    return objects.map(({ metadata }) => metadata.name);
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'UnknownKind') return null;
    throw error;
  }
}
