import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { fieldAt } from '../values.ts';

/** All types but ExternalName, which nobody routes. */
const ROUTED_TYPES = ['LoadBalancer', 'NodePort', 'ClusterIP'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

/**
 * Fields of a Service that let traffic in from outside, or that only a type which does so may have: with one of them a
 * Service of type ClusterIP is refused (`ValidateService` in pkg/apis/core/validation of Kubernetes).
 */
const OUTWARD = [
  'allocateLoadBalancerNodePorts',
  'externalIPs',
  'externalTrafficPolicy',
  'healthCheckNodePort',
  'loadBalancerClass',
  'loadBalancerIP',
  'loadBalancerSourceRanges',
] as const;
/** What `loadBalancerSourceRanges` was before it was a field; read still, and refused alike. */
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** What a drill changes in Services, as paths below the object. */
export const CHANGED_IN_SERVICES: readonly (readonly string[])[] = [
  ...['type', ...OUTWARD].map((field) => ['spec', field]),
  ['spec', 'ports', '*', 'nodePort'],
  ['metadata', 'annotations', SOURCE_RANGES],
];

/**
 * The most ports that one Service of these namespaces has.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function mostPorts(
  api: Pick<KubernetesApi, 'list'>,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const kind = { apiVersion: 'v1', kind: 'Service' };
  const lists = await Promise.all(namespaces.map((namespace) => api.list(kind, { namespace, signal })));
  return Math.max(
    0,
    ...lists.flat().map(({ spec }) => {
      const ports = fieldAt(spec, 'ports');
      return Array.isArray(ports) ? ports.length : 0;
    }),
  );
}

/**
 * Rules that make of every Service one that is reached within its cluster alone.
 *
 * A merge patch cannot name an item of a list, and Velero keeps node ports that somebody asked for. So they are set to 0,
 * which means none, for each port by its number; the condition, that the port has a protocol, says that there is one.
 *
 * @param ports the most that one Service has.
 */
export function harmlessServices(ports: number): readonly JsonObject[] {
  const inside = JSON.stringify({
    metadata: { annotations: { [SOURCE_RANGES]: null } },
    spec: { type: 'ClusterIP', ...Object.fromEntries(OUTWARD.map((field) => [field, null])) },
  });
  return [
    ...ROUTED_TYPES.map((value) => ({
      conditions: { groupResource: 'services', matches: [{ path: '/spec/type', value }] },
      mergePatches: [{ patchData: inside }],
    })),
    ...Array.from({ length: ports }, (_, at) => `/spec/ports/${String(at)}`).flatMap((port) =>
      PROTOCOLS.map((value) => ({
        conditions: { groupResource: 'services', matches: [{ path: `${port}/protocol`, value }] },
        patches: [{ operation: 'add', path: `${port}/nodePort`, value: '0' }],
      })),
    ),
  ];
}
