import { durationMs } from '../../domain/duration.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { locationRef, type VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { DELETED, NOT_VALIDATED, reasonOf, type Reason } from '../reason.ts';
import { isNews, type Baseline } from './baseline.ts';
import { statusOf, UNSEEN, type LocationStatus } from './status.ts';

/** How often the wait tells that it still goes on. */
const BEAT_MS = 5_000;

/** What the location came to: Velero calls it Available, or the reason why not after all the time there was. */
export type Outcome =
  | { readonly available: true; readonly status: LocationStatus }
  | { readonly available: false; readonly status: LocationStatus; readonly reason: Reason };

/**
 * Watches a location until Velero calls it Available.
 *
 * @param before what Velero had said when the location or its credentials were changed. (A validation that was under way
 *   at that moment still counts as new; the one that follows at once corrects it, and `verify` reads that.) Null when
 *   nothing was changed.
 * @returns within `availableWithin`; rejects with `signal.reason` when the context's signal aborts.
 */
export async function waitUntilAvailable(
  api: KubernetesApi,
  spec: VeleroLocationSpec,
  before: Baseline | null,
  context: EngineContext,
): Promise<Outcome> {
  let status = UNSEEN;
  let deleted = false;
  const tell = (): void => {
    context.progress({ before, waiting: true, phase: status.phase, validated: status.validated });
  };
  const deadline = AbortSignal.timeout(durationMs(spec.availableWithin));
  const signal = AbortSignal.any([context.signal, deadline]);
  const beat = setInterval(tell, BEAT_MS);
  const { apiVersion, kind, namespace, name } = locationRef(spec);
  try {
    for await (const event of api.watch(
      { apiVersion, kind },
      { ...(namespace === undefined ? {} : { namespace }), name, signal },
    )) {
      deleted = event.type === 'DELETED';
      if (deleted) break;
      status = statusOf(event.object);
      tell();
      if (status.phase === 'Available' && isNews(status, before)) return { available: true, status };
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!deadline.aborted) throw error;
  } finally {
    clearInterval(beat);
  }
  return { available: false, status, reason: deleted ? DELETED : reasonFor(status, before) };
}

function reasonFor(status: LocationStatus, before: Baseline | null): Reason {
  return isNews(status, before) && status.phase === 'Unavailable' ? reasonOf(status.message) : NOT_VALIDATED;
}
