import type { EvidenceHow } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { read, readList, readText } from '../../domain/json-fields.ts';
import { PodsByLabel } from './selector.ts';

const SIMULATOR = 'kwok.x-k8s.io/node';
/** Names and annotations of nodes are enough; their status is long. */
const ONLY_METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Tells workloads whose pods really run from those whose pods are only acted. */
export class Simulation {
  /** By namespace. */
  readonly #pods: ReadonlyMap<string, PodsByLabel>;
  readonly #simulatedNodes: ReadonlySet<string>;

  private constructor(pods: ReadonlyMap<string, PodsByLabel>, simulatedNodes: ReadonlySet<string>) {
    this.#pods = pods;
    this.#simulatedNodes = simulatedNodes;
  }

  /** Reads the nodes, and the pods of the workloads' namespaces, once. What may not be read is taken as real. */
  static async read(
    workloads: readonly KubernetesObject[],
    client: KubernetesClient,
    signal: AbortSignal,
  ): Promise<Simulation> {
    const namespaces = [...new Set(workloads.flatMap(({ metadata }) => metadata.namespace ?? []))];
    if (namespaces.length === 0) return new Simulation(new Map(), new Set());
    const [nodes, ...pods] = await Promise.all([
      allowed(client.readJson('/api/v1/nodes', { accept: ONLY_METADATA, signal }), null),
      ...namespaces.map((namespace) =>
        allowed(client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, signal }), []),
      ),
    ]);
    const simulated = readList(nodes, 'items').filter(
      (node) => read(node, 'metadata', 'annotations', SIMULATOR) !== undefined,
    );
    return new Simulation(
      new Map(namespaces.map((namespace, index) => [namespace, new PodsByLabel(pods[index] ?? [])])),
      new Set(simulated.flatMap((node) => readText(node, 'metadata', 'name') ?? [])),
    );
  }

  how(workload: KubernetesObject): EvidenceHow {
    const pods = this.#pods.get(workload.metadata.namespace ?? '')?.of(workload) ?? [];
    return pods.some((pod) => this.#isSimulated(pod)) ? 'simulated' : 'real';
  }

  /** On a simulated node; or, where nodes may not be read, running without a container that anybody started. */
  #isSimulated(pod: KubernetesObject): boolean {
    if (this.#simulatedNodes.has(readText(pod, 'spec', 'nodeName') ?? '')) return true;
    return readList(pod, 'status', 'containerStatuses').some(
      (status) => read(status, 'state', 'running') !== undefined && (readText(status, 'containerID') ?? '') === '',
    );
  }
}

async function allowed<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return otherwise;
    throw error;
  }
}
