import { readList, readNumber, readText, read } from '../../domain/json-fields.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { FlowEndSpec } from '../../domain/kinds/network-flows.ts';
import { hasLabels } from '../../domain/label-selector.ts';
import type { FlowEnd, PodEnd } from '../../domain/network/flow.ts';
import { readPolicy, type NetworkPolicy, type Protocol } from '../../domain/network/policy.ts';
import type { KubernetesClient } from '../client/client.ts';

/** What the namespaces of a table of flows hold. */
export interface NetworkState {
  readonly policies: readonly NetworkPolicy[];
  /** Running pods and those that will run, by namespace. */
  readonly pods: ReadonlyMap<string, readonly PodEnd[]>;
  readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const NAME_OF_NAMESPACE = 'kubernetes.io/metadata.name';
const ENDED = ['Succeeded', 'Failed'];

/**
 * Reads policies, pods and labels of these namespaces. One that is not there has neither.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function readNetwork(
  namespaces: readonly string[],
  api: KubernetesClient,
  signal: AbortSignal,
): Promise<NetworkState> {
  const read = await Promise.all(
    namespaces.map(async (namespace) => {
      const [object, policies, pods] = await Promise.all([
        api.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { signal }),
        api.list({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }, { namespace, signal }),
        api.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, signal }),
      ]);
      const labels = { ...object?.metadata.labels, [NAME_OF_NAMESPACE]: namespace };
      return { namespace, labels, policies: policies.map((policy) => readPolicy(policy)), pods };
    }),
  );
  return {
    policies: read.flatMap(({ policies }) => policies),
    namespaceLabels: new Map(read.map(({ namespace, labels }) => [namespace, labels])),
    pods: new Map(
      read.map(({ namespace, labels, pods }) => [
        namespace,
        pods.filter((pod) => !ENDED.includes(readText(pod, 'status', 'phase') ?? '')).map((pod) => podEnd(pod, labels)),
      ]),
    ),
  };
}

/** The pods that an end of a flow means, or one that would have its labels where there is none. */
export function endsOf(
  end: FlowEndSpec,
  { pods, namespaceLabels }: NetworkState,
): { ends: readonly FlowEnd[]; pods: number } {
  const { namespace, labels, address } = end;
  if (address !== undefined) return { ends: [{ address }], pods: 0 };
  if (namespace === undefined) return { ends: [], pods: 0 };
  const there = (pods.get(namespace) ?? []).filter((pod) => hasLabels(labels, pod.labels));
  if (there.length > 0) return { ends: there, pods: there.length };
  const imagined: PodEnd = {
    ...{ namespace, name: '', labels, addresses: [], ports: [], hostNetwork: false },
    namespaceLabels: namespaceLabels.get(namespace) ?? {},
  };
  return { ends: [imagined], pods: 0 };
}

/** @internal exported for its tests */
export function podEnd(pod: KubernetesObject, namespaceLabels: Readonly<Record<string, string>>): PodEnd {
  const { name, namespace = '', labels = {} } = pod.metadata;
  const containers = [...readList(pod, 'spec', 'containers'), ...readList(pod, 'spec', 'initContainers')];
  return {
    ...{ namespace, name, labels, namespaceLabels },
    addresses: readList(pod, 'status', 'podIPs').flatMap((one) => readText(one, 'ip') ?? []),
    ports: containers.flatMap((container) =>
      readList(container, 'ports').flatMap((port) => {
        const [called, number] = [readText(port, 'name'), readNumber(port, ['containerPort'], null)];
        return called === undefined || number === null
          ? []
          : [{ name: called, port: number, protocol: (readText(port, 'protocol') ?? 'TCP') as Protocol }];
      }),
    ),
    hostNetwork: read(pod, 'spec', 'hostNetwork') === true,
  };
}
