import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readText } from '../../domain/json-fields.ts';

/**
 * When a Job that is not there any more came to its end well, as ISO 8601, by the event that the Job controller leaves
 * behind. One with a short time to live may be gone before anybody has looked at it. Null, too, for who may not read events.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`.
 */
export async function completedBefore(
  job: { readonly namespace: string; readonly name: string; readonly uid: string },
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<string | null> {
  const { namespace, name, uid } = job;
  try {
    const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${name},reason=Completed`;
    const events = await api.list({ apiVersion: 'v1', kind: 'Event' }, { namespace, fieldSelector, signal });
    const found = events.find(
      (event) =>
        readText(event, 'reason') === 'Completed' &&
        readText(event, 'involvedObject', 'kind') === 'Job' &&
        readText(event, 'involvedObject', 'name') === name &&
        readText(event, 'involvedObject', 'uid') === uid,
    );
    return found === undefined ? null : timeOf(found);
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return null;
    throw error;
  }
}

/** Old and new clients of the events API fill in different fields. */
function timeOf(event: KubernetesObject): string {
  return (
    readText(event, 'lastTimestamp') ??
    readText(event, 'eventTime') ??
    readText(event, 'metadata', 'creationTimestamp') ??
    new Date().toISOString()
  );
}
