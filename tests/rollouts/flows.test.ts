import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import type { FlowSpec } from '../../src/domain/kinds/network-flows.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { readPolicy, type PolicyRule } from '../../src/domain/network/policy.ts';
import { findingOf } from '../../src/kubernetes/flows/flows-engine.ts';
import { podEnd, type NetworkState } from '../../src/kubernetes/flows/pods.ts';
import { loadFlagship, objectsOf, workloadsOf } from './flagship.ts';

// The flagship's table of flows against the policies that it declares, by the function that answers for the cluster. On a lab the step
// audit/flows asks the same of what the API server has.

let lab: LoadedRollout;
let objects: readonly KubernetesObject[];
beforeAll(async () => {
  lab = await loadFlagship('lab');
  objects = objectsOf(lab);
});

const flowsOf = ({ bundle }: LoadedRollout): readonly FlowSpec[] =>
  bundle.phases.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'network.flows' ? step.with.flows : [])));
const policiesOf = (declared: readonly KubernetesObject[]) => declared.filter(({ kind }) => kind === 'NetworkPolicy');

/** What a cluster would hold once everything runs: a pod of each workload. */
function stateOf(declared: readonly KubernetesObject[], without?: KubernetesObject): NetworkState {
  const pods = workloadsOf(declared).map(({ object, namespace, labels, pod }) =>
    podEnd(
      {
        ...{ apiVersion: 'v1', kind: 'Pod', spec: pod },
        metadata: { name: object.metadata.name, namespace, labels: labels as Record<string, string> },
      },
      { 'kubernetes.io/metadata.name': namespace },
    ),
  );
  const names = new Set(flowsOf(lab).flatMap(({ from, to }) => [from.namespace ?? [], to.namespace ?? []].flat()));
  return {
    policies: policiesOf(declared)
      .filter((policy) => policy !== without)
      .map((policy) => readPolicy(policy)),
    pods: Map.groupBy(pods, ({ namespace }) => namespace),
    namespaceLabels: new Map([...names].map((name) => [name, { 'kubernetes.io/metadata.name': name }])),
  };
}

/** What in a table the policies do not bear out. */
const faultsIn = (flows: readonly FlowSpec[], state: NetworkState): readonly string[] =>
  flows
    .map((flow) => findingOf(flow, state, 'the manifests', '2026-01-01T00:00:00Z'))
    .flatMap((finding) =>
      finding.kind === 'network-flow' && !finding.holds
        ? [JSON.stringify(finding.about), ...finding.observed.faults]
        : [],
    );

/** Whether a rule lets questions about names pass, and nothing else. */
const isOfNames = (peers: PolicyRule['peers'], ports: PolicyRule['ports']) =>
  peers?.every((peer) => 'pods' in peer && JSON.stringify(peer).includes('"k8s-app":"kube-dns"')) === true &&
  ports?.every(({ port }) => port === 53) === true;

describe('the table of flows', () => {
  test.each(['lab', 'compose', 'production'])('is what the policies of %s say, in every line', async (environment) => {
    const loaded = await loadFlagship(environment);
    expect(faultsIn(flowsOf(loaded), stateOf(objectsOf(loaded)))).toEqual([]);
  });

  test('has a line for each policy: taken away, the table no longer holds', () => {
    const idle = policiesOf(objects).filter((policy) => faultsIn(flowsOf(lab), stateOf(objects, policy)).length === 0);
    // These say beside their workload what holds without them: nobody calls two of them, and vmagent only itself.
    const needless = ['data-platform/superset-worker', 'data-platform/superset-beat', 'victoria-metrics/vmagent'];
    expect(idle.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`)).toEqual(needless);
  });

  test('asks no question twice, and as many that are to be refused as that are to pass', () => {
    const flows = flowsOf(lab);
    expect(flows.length).toBeGreaterThanOrEqual(85);
    const asked = flows.map(({ from, to, port, protocol }) => JSON.stringify({ from, to, port, protocol }));
    expect(asked.filter((one, at) => asked.indexOf(one) !== at)).toEqual([]);
    const denied = flows.filter(({ expect: answer }) => answer === 'denied').length;
    expect(Math.min(denied, flows.length - denied)).toBeGreaterThan(flows.length / 3);
  });

  test('closes every namespace of the rollout in both directions', () => {
    const namespaces = objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    const { policies } = stateOf(objects);
    for (const direction of ['ingress', 'egress'] as const) {
      const closed = policies.filter(
        ({ pods, rules }) =>
          JSON.stringify(pods) === '{}' &&
          (rules[direction]?.every(({ peers, ports }) => isOfNames(peers, ports)) ?? false),
      );
      expect(closed.map(({ namespace }) => namespace).sort()).toEqual([...namespaces].sort());
    }
  });
});
