import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { kubernetesScale } from '../../src/domain/kinds/kubernetes-scale.ts';
import { isOpen, takes, unconsidered } from '../../src/kubernetes/scale/eligible.ts';
import { afterPlacing, binFit, headroomFit, type Room } from '../../src/kubernetes/scale/fit.ts';
import { ownersOfReplicas } from '../../src/kubernetes/scale/owners.ts';
import { requestsOfPod } from '../../src/kubernetes/scale/requests.ts';

const container = (requests: JsonObject, more: JsonObject = {}) => ({ name: 'c', resources: { requests }, ...more });

describe('what a pod requests', () => {
  test('is the sum of its containers, or its hungriest init container if that is more', () => {
    const spec = {
      initContainers: [container({ cpu: '2', memory: '1Gi' })],
      containers: [container({ cpu: '500m', memory: '1Gi' }), container({ cpu: '250m', memory: '1Gi' })],
    };
    expect(requestsOfPod(spec)).toEqual({ cpu: 2, memory: 2 * 2 ** 30, pods: 1 });
  });

  test('counts sidecars beside the containers, and beside the init containers after them', () => {
    const sidecar = container({ cpu: '1' }, { restartPolicy: 'Always' });
    const work = [container({ cpu: '1' })];
    expect(requestsOfPod({ initContainers: [sidecar], containers: work }).cpu).toBe(2);
    expect(requestsOfPod({ initContainers: [sidecar, container({ cpu: '4' })], containers: work }).cpu).toBe(5);
    expect(requestsOfPod({ initContainers: [container({ cpu: '4' }), sidecar], containers: work }).cpu).toBe(4);
  });

  test('takes a limit for a request where there is none, and adds the overhead', () => {
    const spec = { containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }], overhead: { cpu: '100m' } };
    expect(requestsOfPod(spec).cpu).toBeCloseTo(1.1);
  });

  test('is what is requested for the pod as a whole, where it is', () => {
    expect(requestsOfPod({ resources: { requests: { cpu: '3' } }, containers: [container({ cpu: '1' })] }).cpu).toBe(3);
  });
});

describe('how many pods fit', () => {
  const room = (node: string, cpu: number, memory: number, pods = 100): Room => ({
    node,
    offered: { cpu, memory, pods },
    free: { cpu, memory, pods },
  });
  const pod = { cpu: 2, memory: 1, pods: 1 };

  test('is told node by node: what is left over on two nodes makes no room for a pod', () => {
    expect(binFit([room('a', 3, 10), room('b', 3, 10)], pod)).toBe(2);
  });

  test('is bounded by whatever runs out first, pods included', () => {
    expect(binFit([room('a', 100, 3), room('b', 100, 100, 2)], pod)).toBe(5);
    expect(binFit([room('a', 100, 100)], { ...pod, 'example.com/gpu': 1 })).toBe(0);
  });

  test('leaves the headroom, and room for pods that wait for a node', () => {
    const rooms = [room('a', 10, 100), room('b', 10, 100)];
    expect(headroomFit(rooms, pod, { cpu: 4 }, {})).toBe(8);
    expect(headroomFit(rooms, pod, { cpu: 4 }, { cpu: 3 })).toBe(6);
    expect(headroomFit(rooms, pod, { cpu: 400 }, {})).toBe(0);
  });

  test('is not thrown off by floating-point amounts', () => {
    expect(binFit([{ node: 'a', offered: {}, free: { cpu: 0.3 } }], { cpu: 0.1 })).toBe(3);
  });

  test('is what is left after another workload was placed', () => {
    const left = afterPlacing([room('a', 4, 100), room('b', 4, 100)], pod, 3);
    expect(binFit(left, pod)).toBe(1);
    expect(binFit(afterPlacing([], pod, 3), pod)).toBe(0);
  });
});

describe('a node', () => {
  const node = (spec: JsonObject = {}, labels = {}, ready = 'True'): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'one', labels },
    spec,
    status: { conditions: [{ type: 'Ready', status: ready }] },
  });

  test('is open while it is ready and not cordoned', () => {
    expect(isOpen(node())).toBe(true);
    expect(isOpen(node({ unschedulable: true }))).toBe(false);
    expect(isOpen(node({}, {}, 'Unknown'))).toBe(false);
  });

  test('takes pods that tolerate its taints', () => {
    const tainted = node({ taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] });
    expect(takes(tainted, {})).toBe(false);
    expect(takes(tainted, { tolerations: [{ operator: 'Exists' }] })).toBe(true);
    expect(takes(tainted, { tolerations: [{ key: 'gpu', value: 'yes' }] })).toBe(true);
    expect(takes(tainted, { tolerations: [{ key: 'gpu', value: 'no' }] })).toBe(false);
    expect(takes(tainted, { tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }] })).toBe(false);
    expect(takes(node({ taints: [{ key: 'gpu', effect: 'PreferNoSchedule' }] }), {})).toBe(true);
  });

  test('takes pods that its labels and name fit', () => {
    const required = (...nodeSelectorTerms: JsonObject[]) => ({
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
    });
    const labelled = node({}, { zone: 'a', cores: '16' });
    expect(takes(labelled, { nodeSelector: { zone: 'a' } })).toBe(true);
    expect(takes(labelled, { nodeSelector: { zone: 'b' } })).toBe(false);
    expect(takes(labelled, { nodeName: 'two' })).toBe(false);
    const zoneB = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] };
    const large = { matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['8'] }] };
    expect(takes(labelled, required(zoneB))).toBe(false);
    expect(takes(labelled, required(zoneB, large))).toBe(true);
    expect(
      takes(labelled, required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['one'] }] })),
    ).toBe(true);
    expect(takes(labelled, required({}))).toBe(false);
  });

  test('is chosen by rules that are said where they are not looked at', () => {
    expect(unconsidered({ containers: [] })).toEqual([]);
    expect(unconsidered({ affinity: { podAntiAffinity: {} }, topologySpreadConstraints: [{}] })).toEqual([
      'pod anti-affinity',
      'topology spread constraints',
    ]);
  });
});

test('who else has set the replicas is said, with what follows from it', () => {
  const owned = (manager: string, operation: string) => ({
    manager,
    operation,
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  });
  const managedFields = [
    owned('windlass', 'Apply'),
    owned('windlass', 'Update'),
    owned('argocd', 'Apply'),
    owned('kubectl', 'Update'),
  ];
  const lines = ownersOfReplicas({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', managedFields },
  });
  expect(lines).toEqual([
    expect.stringMatching(/manifest of kubernetes.apply declares replicas too/),
    expect.stringMatching(/^argocd .* applies again$/),
    'kubectl has set replicas',
  ]);
});

test('a workload needs either a number or a rule', () => {
  const spec = (workload: object) =>
    kubernetesScale.safeParse({ namespace: 'data', workloads: [{ name: 'web', ...workload }] }).success;
  expect(spec({ replicas: 0 })).toBe(true);
  expect(spec({ toCapacity: {} })).toBe(true);
  expect(spec({ toCapacity: { headroom: { cpu: '2', memory: '4Gi' } } })).toBe(true);
  expect(spec({})).toBe(false);
  expect(spec({ atLeast: 2 })).toBe(true);
  expect(spec({ atLeast: 0 })).toBe(false);
  expect(spec({ replicas: 1, toCapacity: {} })).toBe(false);
  expect(spec({ replicas: 1, atLeast: 1 })).toBe(false);
  expect(spec({ toCapacity: { headroom: '100%' } })).toBe(false);
});
