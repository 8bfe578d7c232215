import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { readText } from '../../domain/json-fields.ts';

/**
 * Whether a Job that is not there any more came to its end well, by the event that the Job controller leaves behind. One
 * with a short time to live may be gone before anybody has looked at it. False, too, for who may not read events.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`.
 */
export async function wasCompleted(
  job: { readonly namespace: string; readonly name: string; readonly uid: string },
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name, uid } = job;
  try {
    const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${name},reason=Completed`;
    const events = await api.list({ apiVersion: 'v1', kind: 'Event' }, { namespace, fieldSelector, signal });
    return events.some(
      (event) =>
        readText(event, 'reason') === 'Completed' &&
        readText(event, 'involvedObject', 'kind') === 'Job' &&
        readText(event, 'involvedObject', 'name') === name &&
        readText(event, 'involvedObject', 'uid') === uid,
    );
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return false;
    throw error;
  }
}
