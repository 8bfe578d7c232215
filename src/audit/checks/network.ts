import { read } from '../../domain/json-fields.ts';
import { matchesLabels } from '../../domain/label-selector.ts';
import { faultIn, type Check } from '../check.ts';
import { WORKLOAD_KINDS } from '../workloads.ts';

/** Whether pods are kept apart. */
export const NETWORK_CHECKS: readonly Check[] = [
  {
    id: 'network-namespace-open',
    severity: 'medium',
    claim: 'every namespace with pods has a NetworkPolicy',
    mend: 'Apply a policy that denies ingress and egress of all pods by default, and allow what is needed beside it.',
    stands: ['CIS 5.3.2', 'C-0260', 'PY 1204'],
    needs: ['Namespace', 'NetworkPolicy', ...WORKLOAD_KINDS],
    find: (world) =>
      world
        .of('Namespace')
        .filter(({ metadata: { name } }) => world.workloadsIn(name).length > 0 && world.policiesIn(name).length === 0)
        .map((namespace) => ({
          ...faultIn(namespace, 'has pods and no NetworkPolicy'),
          namespace: namespace.metadata.name,
        })),
  },
  {
    id: 'network-pod-open',
    severity: 'medium',
    claim: 'every pod is isolated by a NetworkPolicy, in both directions',
    mend: 'Apply a policy that denies ingress and egress of all pods of the namespace by default.',
    stands: ['C-0260', 'KL non-isolated-pod', 'KS networkpolicy-targets-pod'],
    needs: ['NetworkPolicy', ...WORKLOAD_KINDS],
    *find(world) {
      for (const { object, namespace, labels, spec } of world.workloads) {
        const policies = world.policiesIn(namespace);
        // A namespace without any is told once; what has its node's network no policy isolates.
        if (policies.length === 0 || read(spec, 'hostNetwork') === true) continue;
        const selecting = policies.filter(({ pods }) => matchesLabels(pods, labels));
        const open = (['ingress', 'egress'] as const).filter((way) =>
          selecting.every(({ rules }) => rules[way] === undefined),
        );
        if (open.length > 0) yield faultIn(object, `no policy isolates its ${open.join(' and ')}`);
      }
    },
  },
  {
    id: 'network-policy-idle',
    severity: 'low',
    claim: 'every NetworkPolicy selects pods',
    mend: 'Correct the labels of its podSelector, or delete it.',
    stands: ['KL dangling-networkpolicy', 'PY 1200'],
    needs: ['NetworkPolicy', ...WORKLOAD_KINDS],
    find: (world) =>
      world.of('NetworkPolicy').flatMap((policy) => {
        const { namespace = '' } = policy.metadata;
        const selector = read(policy, 'spec', 'podSelector') ?? {};
        // A default for whatever pods may come selects all of them.
        if (Object.keys(selector as object).length === 0) return [];
        const idle = !world.workloadsIn(namespace).some(({ labels }) => matchesLabels(selector, labels));
        return idle ? [faultIn(policy, 'selects no pod')] : [];
      }),
  },
];
