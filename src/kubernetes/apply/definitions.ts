import { pauseFor } from '../../clock.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { kindKey } from '../identity.ts';
import { waitUntilReady } from '../wait/wait.ts';

/** Discovery lags behind Established by moments; it has no watch. */
const ASK_AGAIN_MS = 50;

/**
 * Waits until definitions are established and the kinds they make are served.
 *
 * @throws WindlassFailure `Stalled`, `NotReadyInTime`.
 */
export async function untilServed(
  definitions: readonly KubernetesObject[],
  kinds: readonly KindRef[],
  client: KubernetesClient,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + withinMs;
  await waitUntilReady(definitions, client, { withinMs, signal, progress: () => undefined });
  for (;;) {
    const served = await client.discovery.findAll(kinds, signal);
    const missing = kinds.filter((kind) => !served.has(kindKey(kind)));
    if (missing.length === 0) return;
    if (performance.now() > until)
      throw new WindlassFailure(
        'NotReadyInTime',
        `The API server does not serve ${missing.map(kindKey).join(', ')} yet.`,
        {
          next: 'Look at the conditions of the CustomResourceDefinitions, then retry.',
        },
      );
    await pauseFor(ASK_AGAIN_MS, signal);
  }
}
