import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KindRef, KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { formatDuration } from '../../domain/duration.ts';

/** An object that somebody else sees to, and when that is over. */
export interface Awaited {
  readonly kind: KindRef;
  readonly namespace: string;
  readonly name: string;
  readonly final: (object: KubernetesObject) => boolean;
  readonly seen?: (object: KubernetesObject) => void;
}

/**
 * Watches one object until it is final.
 *
 * @param withinMs how long that may take.
 * @returns the object as it was last seen, or null when somebody deleted it.
 * @throws WindlassFailure `NotReadyInTime`.
 */
export async function waitUntilFinal(
  api: KubernetesApi,
  of: Awaited,
  withinMs: number,
  context: Pick<EngineContext, 'signal'>,
): Promise<KubernetesObject | null> {
  const { kind, namespace, name } = of;
  const deadline = AbortSignal.timeout(withinMs);
  const signal = AbortSignal.any([context.signal, deadline]);
  try {
    for await (const { type, object } of api.watch(kind, { namespace, name, signal })) {
      if (type === 'DELETED') return null;
      of.seen?.(object);
      if (of.final(object)) return object;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!deadline.aborted) throw error;
  }
  throw new WindlassFailure('NotReadyInTime', `Velero did not finish it within ${formatDuration(withinMs)}.`, {
    object: `${kind.kind} ${namespace}/${name}`,
    next: 'Look at the log of Velero, and whether it runs; a longer `within` gives it more time.',
  });
}
