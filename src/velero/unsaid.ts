import { setTimeout as wait } from 'node:timers/promises';
import type { EngineContext } from '../domain/step-engine.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { assertFence } from '../domain/fence.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../domain/kubernetes-api.ts';
import { waitUntilFinal, type Awaited } from './backup/wait.ts';
import { fieldAt, textAt } from './values.ts';

const LOOK_MS = 5_000;
/**
 * How long after its results Velero may still say how a backup or restore ended. It tries six times in 8 s and once more
 * after 39 s, then never again (CapBackoff in pkg/client/retry.go of Velero: 10 ms, each five times the one before).
 */
const SAYS_WITHIN_MS = 45_000;
const MARKED = 'Windlass marked it as failed, since';
const UNSAID = 'Velero was done with it, and lost the API server before it could say so';
const NOT_BEGUN = 'Velero took it up, and showed no progress in all the time';

/** Why an earlier attempt was marked here, in words; null when it was not. */
export function whyMarked(failureReason: string | null): string | null {
  return failureReason?.startsWith(MARKED) === true ? failureReason.slice(MARKED.length + 1) : null;
}

/**
 * Waits for the end of a backup or restore, also for one of which Velero cannot tell the end. When the API server is away
 * at that moment, Velero gives up saying so, and the object stays InProgress until Velero is restarted; then Velero marks
 * it as Failed (markInProgressBackupsFailed in pkg/cmd/server). Until then it holds up every other backup of the same
 * namespaces. So that nobody has to restart Velero, the same mark is made here: on one whose results have been in the
 * bucket for a while, and on one without any progress when its time is over.
 *
 * @param written whether Velero has written the results of its work into the bucket.
 * @returns the object as it was last seen, or null when somebody deleted it.
 * @throws WindlassFailure `NotReadyInTime`, `FenceLost`.
 */
export async function waitUntilEnded(
  api: KubernetesApi,
  of: Awaited & { readonly written: (signal: AbortSignal) => Promise<boolean> },
  withinMs: number,
  context: Pick<EngineContext, 'signal' | 'fence'>,
): Promise<KubernetesObject | null> {
  const ref = { ...of.kind, namespace: of.namespace, name: of.name };
  const seen = new AbortController();
  const signal = AbortSignal.any([context.signal, seen.signal]);
  const looking = markUnsaid(api, ref, of.written, { ...context, signal });
  try {
    return await waitUntilFinal(api, of, withinMs, context);
  } catch (error) {
    if (!(error instanceof WindlassFailure) || error.type !== 'NotReadyInTime') throw error;
    const object = await api.get(ref, { signal: context.signal });
    if (object === null || !isInProgress(object)) throw error;
    if (await of.written(context.signal)) return await mark(api, ref, object, UNSAID, context);
    if (fieldAt(object.status, 'progress') === undefined) return await mark(api, ref, object, NOT_BEGUN, context);
    throw error;
  } finally {
    seen.abort();
    await looking;
  }
}

/** Looks until it is over, at the object and at the bucket; what it cannot see, it sees the next time. */
async function markUnsaid(
  api: KubernetesApi,
  ref: ObjectRef,
  written: (signal: AbortSignal) => Promise<boolean>,
  context: Pick<EngineContext, 'signal' | 'fence'>,
): Promise<void> {
  const { signal } = context;
  let since: number | null = null;
  for (;;) {
    try {
      await wait(LOOK_MS, undefined, { signal });
      const object = await api.get(ref, { signal });
      if (object === null || !isInProgress(object) || !(await written(signal))) since = null;
      else if (since === null) since = Date.now();
      else if (Date.now() - since >= SAYS_WITHIN_MS) await mark(api, ref, object, UNSAID, context);
    } catch {
      if (signal.aborted) return;
    }
  }
}

function isInProgress({ status }: KubernetesObject): boolean {
  return textAt(status, 'phase') === 'InProgress';
}

/** Marks it unless Velero said something meanwhile; gives what is there then. */
async function mark(
  api: KubernetesApi,
  ref: ObjectRef,
  { metadata }: KubernetesObject,
  why: string,
  { signal, fence }: Pick<EngineContext, 'signal' | 'fence'>,
): Promise<KubernetesObject> {
  assertFence(fence, `${ref.kind} ${ref.namespace ?? ''}/${ref.name}`);
  const status = {
    phase: 'Failed',
    failureReason: `${MARKED} ${why}`,
    completionTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  return api.merge(ref, { status }, { signal, resourceVersion: metadata.resourceVersion });
}
