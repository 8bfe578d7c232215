import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readText } from '../../domain/json-fields.ts';

interface GoneJob {
  readonly name: string;
  readonly uid: string;
}

/** When a Job came to its end well, as ISO 8601; null for one of which no event tells so. */
type Completions = (job: GoneJob) => string | null;

/** The last words of Jobs that go while they are waited for: however many go at a time, their namespace is asked once. */
export class LastWords {
  readonly #api: Pick<KubernetesApi, 'list'>;
  readonly #signal: AbortSignal;
  readonly #asking = new Map<string, Promise<Completions>>();
  readonly #heard = new Map<string, Completions>();

  constructor(api: Pick<KubernetesApi, 'list'>, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  /**
   * When a Job that is not there any more came to its end well; null for one of which nothing tells so. What was heard
   * already counts; else it is asked once more, together with all that went since it was asked last.
   *
   * @throws WindlassFailure as `completionsIn`.
   */
  async of(namespace: string, job: GoneJob): Promise<string | null> {
    await this.#asking.get(namespace)?.catch(() => undefined);
    const known = this.#heard.get(namespace)?.(job) ?? null;
    // What is asked by now began after this one had gone.
    return known ?? (await (this.#asking.get(namespace) ?? this.#ask(namespace)))(job);
  }

  #ask(namespace: string): Promise<Completions> {
    const asking = completionsIn(namespace, this.#api, this.#signal)
      .then((heard) => {
        this.#heard.set(namespace, heard);
        return heard;
      })
      .finally(() => this.#asking.delete(namespace));
    this.#asking.set(namespace, asking);
    return asking;
  }
}

/**
 * When Jobs of a namespace that are not there any more came to their end well, by the events that the Job controller leaves
 * behind. One with a short time to live may be gone before anybody has looked at it. Who may not read events is told of none.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`.
 */
export async function completionsIn(
  namespace: string,
  api: Pick<KubernetesApi, 'list'>,
  signal: AbortSignal,
): Promise<Completions> {
  const fieldSelector = 'involvedObject.kind=Job,reason=Completed';
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
