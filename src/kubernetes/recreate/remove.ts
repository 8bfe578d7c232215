import { pauseFor } from '../../clock.ts';
import { formatDuration } from '../../domain/duration.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { doublingPauses } from '../../domain/pauses.ts';
import type { KubernetesClient } from '../client/client.ts';
import { readList } from '../../domain/json-fields.ts';
import { labelOf } from '../identity.ts';
import type { FenceGuard } from '../inventory/fence-guard.ts';
import type { Going } from '../playbooks/intent.ts';

/** How often a deletion is tried on an object whose status changes all the time. */
const TRIES = 20;
/** How often it is looked whether an object is gone: soon at first, then less and less. */
const LOOK = { firstMs: 25, mostMs: 1_000 };

/**
 * Deletes an object, the one of this uid, and waits until it is gone. Nothing happens when it is gone already, or another
 * has taken its name.
 *
 * @throws WindlassFailure `TargetBusy` when somebody changed it after it was looked at, `NotReadyInTime` when it stays,
 * `FenceLost`.
 */
export async function removeObject(
  { ref, uid, propagation }: Going,
  client: KubernetesClient,
  guard: FenceGuard,
  options: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const { signal } = options;
  const label = labelOf(ref);
  const first = await look();
  for (let now = first, tries = 1; now !== null && now.metadata.deletionTimestamp === undefined; tries += 1) {
    await guard.holdNow(label);
    const { resourceVersion = '' } = now.metadata;
    try {
      await client.delete(ref, { uid, resourceVersion, propagation, signal });
      break;
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.type !== 'TargetBusy' || tries >= TRIES) throw error;
      // Its controller writes its status; whoever changes what it is meant to be changes its generation.
      now = await look();
      if (now?.metadata.generation !== first?.metadata.generation && now !== null) throw error;
    }
  }
  await untilGone();

  /** The object while it is that one. */
  async function look(): Promise<KubernetesObject | null> {
    const object = await client.get(ref, { signal });
    return object?.metadata.uid === uid ? object : null;
  }

  async function untilGone(): Promise<void> {
    const until = performance.now() + options.withinMs;
    for (const pause of doublingPauses(LOOK)) {
      const object = await look();
      if (object === null) return;
      if (performance.now() > until) throw stays(object, label, options.withinMs);
      await pauseFor(pause, signal);
    }
  }
}

function stays(object: KubernetesObject, label: string, withinMs: number): WindlassFailure {
  const finalizers = readList(object, 'metadata', 'finalizers').map(String);
  const held = finalizers.length === 0 ? '' : `: held by ${finalizers.join(', ')}`;
  return new WindlassFailure(
    'NotReadyInTime',
    `It was deleted, and is not gone within ${formatDuration(withinMs)}${held}.`,
    {
      object: label,
      next: 'Find what still uses or guards it, then retry: the step goes on where it stopped.',
      facts: { finalizers },
    },
  );
}
