import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readObject, readText } from '../../domain/json-fields.ts';
import { isOpen, takes } from './eligible.ts';
import { sumOf, type Room } from './fit.ts';
import { amountsOf, minus, requestsOfPod, type Amounts } from './requests.ts';

/** The nodes that take pods and the pods that are on them, read once for a step. */
export class Cluster {
  readonly #nodes: readonly KubernetesObject[];
  readonly #pods: readonly KubernetesObject[];

  private constructor(nodes: readonly KubernetesObject[], pods: readonly KubernetesObject[]) {
    this.#nodes = nodes.filter(isOpen);
    this.#pods = pods.filter((pod) => !['Succeeded', 'Failed'].includes(readText(pod, 'status', 'phase') ?? ''));
  }

  static async read(api: KubernetesApi, signal: AbortSignal): Promise<Cluster> {
    const [nodes, pods] = await Promise.all([
      api.list({ apiVersion: 'v1', kind: 'Node' }, { signal }),
      api.list({ apiVersion: 'v1', kind: 'Pod' }, { signal }),
    ]);
    return new Cluster(nodes, pods);
  }

  /** What the nodes have that take pods of this spec, whose own pods count as gone. */
  rooms(of: JsonObject, isOwn: (pod: KubernetesObject) => boolean): readonly Room[] {
    const used = new Map<string, Amounts[]>();
    for (const pod of this.#pods) {
      const node = readText(pod, 'spec', 'nodeName') ?? '';
      if (isOwn(pod)) continue;
      used.set(node, [...(used.get(node) ?? []), requestsOfPod(readObject(pod, 'spec'))]);
    }
    return this.#takers(of).map((node) => {
      const offered = amountsOf(readObject(node, 'status', 'allocatable'));
      return {
        node: node.metadata.name,
        offered,
        free: minus(offered, sumOf(used.get(node.metadata.name) ?? [])),
      };
    });
  }

  /** What pods of others ask for that have no node yet, where one of these nodes takes them: they are to find room too. */
  pending(of: JsonObject, isOwn: (pod: KubernetesObject) => boolean): Amounts {
    const nodes = this.#takers(of);
    const waiting = this.#pods
      .filter((pod) => readText(pod, 'spec', 'nodeName') === undefined && !isOwn(pod))
      .map((pod) => readObject(pod, 'spec'))
      .filter((spec) => nodes.some((node) => takes(node, spec)));
    return sumOf(waiting.map(requestsOfPod));
  }

  #takers(of: JsonObject): readonly KubernetesObject[] {
    return this.#nodes.filter((node) => takes(node, of));
  }
}
