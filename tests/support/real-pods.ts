import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { POD_SCENARIOS } from './pod-scenarios.ts';
import type { PodScenario, PodScenarioName } from './pod-scenarios.ts';
import { until } from './poll.ts';
import { freshName } from './settings.ts';

/** What was seen of one pod: each state that differs from the one before, and its events. */
export interface Seen {
  readonly pod: Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata' | 'spec'>;
  /** Its status, and when it is being deleted since. */
  readonly states: readonly JsonObject[];
  readonly events: readonly JsonObject[];
}

const EVENT_FIELDS = ['type', 'reason', 'message', 'count', 'lastTimestamp', 'eventTime', 'involvedObject'];
/** What tells of the run instead of the scenario. */
const OF_THE_RUN = new Set(['uid', 'resourceVersion', 'managedFields', 'creationTimestamp', 'containerID', 'imageID']);

/** The pods of all scenarios on a real node, made at once in a namespace of their own, and all that is seen of them. */
export class RealPods {
  readonly namespace = freshName();
  readonly #client: KubernetesClient;
  readonly #states = new Map<string, KubernetesObject[]>();
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /** Makes the namespace and every pod. @returns the pods as they were made */
  async start(): Promise<Map<PodScenarioName, KubernetesObject>> {
    const { namespace } = this;
    await this.#client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' };
    await until(() => this.#client.get(account));
    this.#watching = this.#watch();
    const made = Object.entries<PodScenario>(POD_SCENARIOS).map(async ([name, { pod, others = [] }]) => {
      for (const other of others) await this.#apply(other, {});
      return [name as PodScenarioName, await this.#apply(pod, { name })] as const;
    });
    return new Map(await Promise.all(made));
  }

  /** The latest state of a pod, as soon as it is as wanted. */
  podThat(name: PodScenarioName, isAsWanted: (pod: KubernetesObject) => boolean): Promise<KubernetesObject> {
    return until(() => {
      const latest = this.#states.get(name)?.at(-1);
      return latest !== undefined && isAsWanted(latest) ? latest : undefined;
    });
  }

  /** Everything that was seen of a pod so far, without what differs from run to run. */
  async seen(name: PodScenarioName): Promise<Seen> {
    const events = await this.#client.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: this.namespace });
    const seen = this.#states.get(name) ?? [];
    const states = seen.map(({ metadata, status }) => {
      const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
      return this.#clean({ deletionTimestamp, deletionGracePeriodSeconds, status }) as JsonObject;
    });
    const [first] = seen;
    if (first === undefined) throw new Error(`pod ${name} was not seen`);
    const { apiVersion, kind, metadata, spec = null } = first;
    return {
      pod: this.#clean({ apiVersion, kind, metadata, spec }),
      states: states.filter((state, index) => JSON.stringify(state) !== JSON.stringify(states[index - 1])),
      events: events
        .filter((event) => (event['involvedObject'] as JsonObject)['name'] === name)
        .toSorted((a, b) => timeOf(a) - timeOf(b))
        .map((event) => this.#clean(Object.fromEntries(EVENT_FIELDS.map((field) => [field, event[field] ?? null])))),
    };
  }

  /** Looks no longer. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  #apply(object: JsonObject, metadata: JsonObject): Promise<KubernetesObject> {
    const { metadata: given, ...rest } = object as JsonObject & { metadata?: JsonObject };
    return this.#client.apply({
      ...rest,
      metadata: { ...given, ...metadata, namespace: this.namespace },
    } as unknown as KubernetesObject);
  }

  async #watch(): Promise<void> {
    const pods = { apiVersion: 'v1', kind: 'Pod' };
    const { namespace } = this;
    const { signal } = this.#stop;
    try {
      for await (const { object } of this.#client.watch(pods, { namespace, signal })) {
        const states = this.#states.get(object.metadata.name) ?? [];
        this.#states.set(object.metadata.name, [...states, object]);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Names and addresses of this run are replaced by such as every run may have. */
  #clean<T>(value: T): T {
    const text = JSON.stringify(value, (key, inner: unknown) => (OF_THE_RUN.has(key) ? undefined : inner));
    return JSON.parse(
      text
        .replaceAll(this.namespace, 'real')
        .replaceAll(/\b198\.1[89]\.\d+\.1\b/g, '192.0.2.1')
        .replaceAll(/\b198\.1[89]\.\d+\.(\d+)\b/g, '192.0.2.$1')
        .replaceAll(
          /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
          '00000000-0000-0000-0000-000000000000',
        )
        .replaceAll(/\b[0-9a-f]{64}\b/g, '0'.repeat(64)),
    ) as T;
  }
}

function timeOf(event: KubernetesObject): number {
  const { firstTimestamp, eventTime } = event as { firstTimestamp?: string; eventTime?: string };
  return Date.parse(firstTimestamp ?? eventTime ?? '');
}
