import { WindlassFailure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';

/** Steps of one rollout that act at once write the same objects; each try lets at least one of them through. */
const TRIES = 20;

/** What to change of an object of our own. */
export interface OwnChange {
  readonly metadata?: JsonObject;
  readonly data?: JsonObject;
}

/**
 * Reads a small object of our own, decides what it should be, and writes that only if nobody wrote in between; else
 * reads and decides again.
 *
 * @param decide what of it to change, or null for nothing; the argument is null when there is no such object.
 * @returns whether it was written.
 * @throws WindlassFailure `TargetBusy` when it never stays as read; what `decide` throws.
 */
export async function writeOwn(
  ref: ObjectRef,
  client: KubernetesClient,
  signal: AbortSignal,
  decide: (now: KubernetesObject | null) => OwnChange | null,
): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    const now = await client.get(ref, { signal });
    const change = decide(now);
    if (change === null) return false;
    try {
      if (now === null) await client.create(newObject(ref, change), { signal });
      else await client.merge(ref, { ...change }, { resourceVersion: now.metadata.resourceVersion, signal });
      return true;
    } catch (error) {
      const moved = error instanceof WindlassFailure && (error.type === 'TargetBusy' || error.type === 'NotFound');
      if (!moved || tries >= TRIES) throw error;
    }
  }
}

function newObject(
  { apiVersion, kind, name, namespace = '' }: ObjectRef,
  { metadata, data }: OwnChange,
): KubernetesObject {
  return { apiVersion, kind, metadata: { ...metadata, name, namespace }, ...(data === undefined ? {} : { data }) };
}
