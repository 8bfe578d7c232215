import { z } from 'zod';
import { duration, name, objectName, quantity } from './common.ts';
import { stepKind } from './descriptor.ts';
import { INVENTORY, type KindRight, waiting } from './rights.ts';

const headroom = z.union(
  [z.string().regex(/^(0|[1-9]\d?)%$/), z.strictObject({ cpu: quantity.optional(), memory: quantity.optional() })],
  { error: 'must be a share of what the nodes offer, such as 20%, or amounts: { cpu: "2", memory: 4Gi }' },
);

const toCapacity = z.strictObject({
  headroom: headroom
    .default('20%')
    .describe('What of CPU and memory stays unrequested on the nodes that its pods fit.'),
  min: z.int().min(0).default(1).describe('Fewer than this is an error, and nothing is changed.'),
  max: z.int().min(1).optional().describe('Never more than this.'),
});

const workload = z
  .strictObject({
    apiVersion: z.string().min(1).default('apps/v1'),
    kind: z.string().min(1).default('Deployment').describe('Any kind that has the subresource scale.'),
    name: objectName,
    replicas: z.int().min(0).optional(),
    atLeast: z.int().min(1).optional().describe('Raised to this number where there are fewer; more stay as they are.'),
    toCapacity: toCapacity.optional().describe('As many as fit into what the nodes have left.'),
  })
  .refine(
    ({ replicas, atLeast, toCapacity }) =>
      [replicas, atLeast, toCapacity].filter((one) => one !== undefined).length === 1,
    { error: 'needs one of replicas, atLeast and toCapacity' },
  );

/**
 * `kubernetes.scale`: how many replicas workloads have, in numbers or by what the cluster has left.
 *
 * @internal exported for its tests
 */
export const kubernetesScale = z.strictObject({
  namespace: name.describe('Where the workloads are.'),
  workloads: z.array(workload).min(1),
  wait: z.boolean().default(true).describe('Wait until every workload is ready with its new replicas.'),
  readyWithin: duration.default('5m'),
});
export type KubernetesScaleSpec = z.output<typeof kubernetesScale>;
export type ScaledWorkload = KubernetesScaleSpec['workloads'][number];
export type CapacityRule = z.output<typeof toCapacity>;

export const kubernetesScaleKind = stepKind(kubernetesScale)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: {
    inventory: INVENTORY,
    others: ({ namespace, workloads, wait }) => [
      ...workloads.flatMap(({ apiVersion, kind, name }): readonly KindRight[] => [
        { apiVersion, kind, namespace, names: [name], verbs: ['get'] },
        { apiVersion, kind, namespace, names: [name], verbs: ['get', 'patch'], subresource: 'scale' },
        ...(wait ? [{ apiVersion, kind, namespace, verbs: ['list', 'watch'] } as const] : []),
      ]),
      {
        ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace, verbs: ['list'] },
        without: 'whether an autoscaler sets the replicas back',
      },
      ...(wait ? waiting([namespace]) : []),
      ...(workloads.some(({ toCapacity }) => toCapacity !== undefined)
        ? (['Node', 'Pod'] as const).map((kind): KindRight => ({ apiVersion: 'v1', kind, verbs: ['list'] }))
        : []),
    ],
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/kubernetes.md', summary: 'scales by number or to capacity' },
});
