import { WindlassFailure } from '../../domain/failure.ts';
import type { KindRef, KubernetesApi, WatchEvent } from '../../domain/kubernetes-api.ts';

export interface Followed {
  /** Namespaces of interest; empty for cluster-scoped kinds. */
  readonly namespaces: ReadonlySet<string>;
  /** For one object alone. */
  readonly name?: string;
  /** Up to so many namespaces have a watch each; more share one watch of the whole cluster. */
  readonly eachUpTo: number;
  readonly signal: AbortSignal;
}

/**
 * Tells every object of a kind and every change, for as long as the signal lets it. Whoever may not watch the whole
 * cluster is served namespace by namespace.
 *
 * @throws what watching throws.
 */
export async function follow(
  api: KubernetesApi,
  kind: KindRef,
  { namespaces, name, eachUpTo, signal }: Followed,
  see: (event: WatchEvent) => void,
): Promise<void> {
  const watch = async (namespace: string | undefined): Promise<void> => {
    const where = namespace === undefined ? {} : { namespace };
    const events = api.watch(kind, { signal, ...where, ...(name === undefined ? {} : { name }) });
    for await (const event of events)
      if (namespaces.size === 0 || namespaces.has(event.object.metadata.namespace ?? '')) see(event);
  };
  const each = async (): Promise<void> => {
    await Promise.all([...namespaces].map(watch));
  };
  if (namespaces.size === 0) return watch(undefined);
  if (namespaces.size <= eachUpTo) return each();
  try {
    await watch(undefined);
  } catch (error) {
    if (!(error instanceof WindlassFailure) || error.type !== 'AccessDenied') throw error;
    await each();
  }
}
