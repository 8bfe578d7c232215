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
  return (await completionsIn(job.namespace, api, signal, job.name))(job);
}

/**
 * The same of all Jobs of a namespace, asked for once.
 *
 * @param name of the one Job that is meant, where it is one.
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`.
 */
export async function completionsIn(
  namespace: string,
  api: Pick<KubernetesApi, 'list'>,
  signal: AbortSignal,
  name?: string,
): Promise<(job: { readonly name: string; readonly uid: string }) => string | null> {
  const one = name === undefined ? '' : `,involvedObject.name=${name}`;
  const fieldSelector = `involvedObject.kind=Job,reason=Completed${one}`;
  const events = await listed(api, { namespace, fieldSelector, signal });
  return ({ name: of, uid }) => {
    const found = events.find(
      (event) =>
        readText(event, 'reason') === 'Completed' &&
        readText(event, 'involvedObject', 'kind') === 'Job' &&
        readText(event, 'involvedObject', 'name') === of &&
        readText(event, 'involvedObject', 'uid') === uid,
    );
    return found === undefined ? null : timeOf(found);
  };
}

/** Who may not read events sees none. */
async function listed(api: Pick<KubernetesApi, 'list'>, options: Parameters<KubernetesApi['list']>[1]) {
  try {
    return await api.list({ apiVersion: 'v1', kind: 'Event' }, options);
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return [];
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
