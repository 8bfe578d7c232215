import { z } from 'zod';
import { name } from './common.ts';
import { stepKind } from './descriptor.ts';
import { namespacesRead, type KindRight } from './rights.ts';

const address = z
  .union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' })
  .describe('An address outside of the cluster, in place of pods.');

const end = z
  .strictObject({
    namespace: name.optional().describe('Where the pods are.'),
    labels: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe('Labels that the pods have; all pods of the namespace when empty.'),
    address: address.optional(),
  })
  .refine(
    ({ namespace, labels, address: outside }) =>
      outside === undefined ? namespace !== undefined : namespace === undefined && Object.keys(labels).length === 0,
    'needs a namespace (and labels), or an address alone',
  );
export type FlowEndSpec = z.output<typeof end>;

const flow = z.strictObject({
  from: end,
  to: end,
  port: z.int().min(1).max(65_535).describe('Of the pod that is reached, behind every Service.'),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  expect: z.enum(['allowed', 'denied']),
});
export type FlowSpec = z.output<typeof flow>;

/**
 * `network.flows`: what NetworkPolicies let pass, held against a table.
 *
 * @internal exported for its tests
 */
export const networkFlows = z.strictObject({
  flows: z.array(flow).min(1).max(1_000).describe('Which connections must be allowed, and which denied.'),
});
export type NetworkFlowsSpec = z.output<typeof networkFlows>;

export const networkFlowsKind = stepKind(networkFlows)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: {
    others: ({ flows }) => {
      const ends = flows.flatMap(({ from, to }) => [from.namespace, to.namespace]);
      const namespaces = [...new Set(ends.filter((namespace) => namespace !== undefined))];
      return [
        ...namespacesRead(namespaces),
        ...namespaces.flatMap((namespace): readonly KindRight[] => [
          { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace, verbs: ['list'] },
          { apiVersion: 'v1', kind: 'Pod', namespace, verbs: ['list'] },
        ]),
      ];
    },
  },
  byHand: false,
  proves: false,
  drifts: 'claim',
  docs: { page: 'steps/security.md', summary: 'a table of connections that the network policies must allow or deny' },
});
