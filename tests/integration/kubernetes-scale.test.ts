import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { kubernetesScale } from '../../src/domain/kinds/kubernetes-scale.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesScaleEngine } from '../../src/kubernetes/scale/scale-engine.ts';
import { contextOf, deployment, failureOf, freshName, namespace, namespaceRef } from '../kubernetes/cluster.ts';
import { until } from '../support/poll.ts';
import { told } from '../support/told.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(async () => {
  await client.close();
});
beforeEach(async () => {
  ns = freshName('scale');
  await client.apply(namespace(ns));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await client.delete(namespaceRef(ns));
});

const engine = () => kubernetesScaleEngine(client);
const specOf = (...workloads: object[]) => kubernetesScale.parse({ namespace: ns, workloads, readyWithin: '60s' });
const web = () => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: ns, name: 'web' });
/** A Deployment made by somebody who leaves its replicas to others. */
async function make(template: object = {}): Promise<void> {
  const { spec, metadata, ...rest } = deployment('web', 1);
  const pod = { ...spec.template.spec, ...template };
  await client.apply({
    ...rest,
    metadata: { ...metadata, namespace: ns },
    spec: { selector: spec.selector, template: { ...spec.template, spec: pod } },
  });
}

describe('a named number of replicas', () => {
  test('is planned, set and waited for, with before and after as evidence; again it is unchanged', async () => {
    await make();
    const spec = specOf({ name: 'web', replicas: 3 });
    expect(await engine().plan(spec, contextOf(''))).toEqual([
      { action: 'update', what: `Deployment ${ns}/web`, destructive: false, detail: ['replicas: 1 -> 3'] },
    ]);
    const { changes, findings } = await engine().apply(spec, contextOf(''));
    expect(changes).toMatchObject([{ action: 'update', detail: ['replicas: 1 -> 3'] }]);
    expect(told(findings)).toMatchObject([
      { subject: `Deployment ${ns}/web`, holds: true, how: 'simulated', observed: { before: 1, after: 3 } },
    ]);
    expect((await client.get(web()))?.status).toMatchObject({ availableReplicas: 3 });
    const writes = jest.spyOn(client, 'merge');
    expect((await engine().apply(spec, contextOf(''))).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(writes).not.toHaveBeenCalled();
    expect(await engine().verify(spec, contextOf(''))).toMatchObject([{ holds: true }]);
    expect(await engine().verify(specOf({ name: 'web', replicas: 2 }), contextOf(''))).toMatchObject([
      { holds: false },
    ]);
  });

  test('at least is raised where there are fewer, and left where somebody has made more', async () => {
    await make();
    const spec = specOf({ name: 'web', atLeast: 2 });
    expect(await engine().plan(spec, contextOf(''))).toMatchObject([{ detail: ['replicas: 1 -> 2'] }]);
    await engine().apply(spec, contextOf(''));
    expect((await client.get(web()))?.spec).toMatchObject({ replicas: 2 });
    await engine().apply(specOf({ name: 'web', replicas: 3 }), contextOf(''));
    expect(await engine().plan(spec, contextOf(''))).toMatchObject([{ action: 'unchanged' }]);
    expect(await engine().verify(spec, contextOf(''))).toMatchObject([{ holds: true }]);
  });

  test('of an interrupted attempt is told from before that attempt', async () => {
    await make();
    const spec = specOf({ name: 'web', replicas: 2 });
    const told: Json[] = [];
    jest.spyOn(client, 'watch').mockImplementationOnce(() => {
      throw new Error('killed while it waited');
    });
    const killed = engine().apply(spec, contextOf('', { progress: (state) => told.push(state) }));
    await expect(killed).rejects.toThrow('killed');
    const { changes, findings } = await engine().apply(spec, contextOf('', { resume: told.at(-1) ?? null }));
    expect(changes).toMatchObject([{ action: 'update', detail: ['replicas: 1 -> 2'] }]);
    expect(findings).toMatchObject([{ observed: { before: 1, after: 2 } }]);
  });

  test('of none destroys what runs, and says so', async () => {
    await make();
    const plan = await engine().plan(specOf({ name: 'web', replicas: 0 }), contextOf(''));
    expect(plan).toMatchObject([{ action: 'update', destructive: true }]);
    await engine().apply(specOf({ name: 'web', replicas: 0 }), contextOf(''));
    await until(async () => (await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: ns })).length === 0);
  });

  test('is refused for what an autoscaler or another controller scales, and nothing is touched', async () => {
    await make();
    const replicaSet = await until(
      async () => (await client.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, { namespace: ns }))[0],
    );
    const owned = specOf({ kind: 'ReplicaSet', name: replicaSet.metadata.name, replicas: 2 });
    expect(await failureOf(engine().plan(owned, contextOf('')))).toMatchObject({
      type: 'OwnershipConflict',
      options: { facts: { controlledBy: 'Deployment web' } },
    });
    await client.apply({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'auto', namespace: ns },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5 },
    });
    expect(await failureOf(engine().apply(specOf({ name: 'web', replicas: 2 }), contextOf('')))).toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining(`HorizontalPodAutoscaler ${ns}/auto`),
    });
    expect((await client.get(web()))?.spec).toMatchObject({ replicas: 1 });
  });

  test('of something that is not there, or cannot be scaled, is refused by name', async () => {
    expect(await failureOf(engine().plan(specOf({ name: 'nothing', replicas: 2 }), contextOf('')))).toMatchObject({
      type: 'NotFound',
      options: { facts: { objects: [`Deployment ${ns}/nothing`] } },
    });
    await client.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: ns } });
    const spec = specOf({ apiVersion: 'v1', kind: 'ConfigMap', name: 'one', replicas: 2 });
    expect((await failureOf(engine().plan(spec, contextOf('')))).type).toBe('WrongUsage');
  });

  test('is not set once the right to act has run out', async () => {
    await make();
    const fence = { token: 1, deadline: Date.now() - 1, lock: 'lock/test/cluster' };
    const failure = await failureOf(engine().apply(specOf({ name: 'web', replicas: 2 }), contextOf('', { fence })));
    expect(failure.type).toBe('FenceLost');
    expect((await client.get(web()))?.spec).toMatchObject({ replicas: 1 });
  });
});

describe('as many replicas as the cluster has room for', () => {
  /** A node of 32 cores that takes the pods of this test alone; and daemons that others of this cluster want on every node, which ask for little. */
  const node = () => ({ apiVersion: 'v1', kind: 'Node', name: ns });
  const pod = (cpu: string) => ({
    nodeSelector: { 'windlass.dev/test': ns },
    tolerations: [{ key: 'windlass.dev/test', operator: 'Exists' }],
    containers: [{ name: 'main', image: 'web:1', resources: { requests: { cpu, memory: '1Gi' } } }],
  });

  beforeEach(async () => {
    await client.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: ns, labels: { 'windlass.dev/test': ns }, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
      spec: { taints: [{ key: 'windlass.dev/test', value: ns, effect: 'NoSchedule' }] },
    });
    await until(async () => JSON.stringify((await client.get(node()))?.status ?? {}).includes('"True"'));
    // A new node carries the taint not-ready until the controller has seen that it is.
    await until(async () => !JSON.stringify((await client.get(node()))?.spec ?? {}).includes('not-ready'));
  });
  afterEach(async () => {
    await client.delete(node());
  });

  test('keeps the headroom free, counts its own pods as gone, and is then as it should be', async () => {
    await make(pod('5'));
    const spec = specOf({ name: 'web', toCapacity: { headroom: '20%' } });
    const { changes, findings } = await engine().apply(spec, contextOf(''));
    expect(changes).toMatchObject([
      { action: 'update', detail: ['replicas: 1 -> 5', 'room for 5 on 1 nodes (6 without the headroom)'] },
    ]);
    expect(told(findings)).toMatchObject([
      {
        holds: true,
        observed: {
          before: 1,
          after: 5,
          capacity: { fit: 5, nodes: 1, free: { cpu: expect.closeTo(32, 0) }, headroom: { cpu: 6.4 } },
        },
      },
    ]);
    expect(await engine().plan(spec, contextOf(''))).toMatchObject([{ action: 'unchanged' }]);
    expect(await engine().verify(spec, contextOf(''))).toMatchObject([{ holds: true }]);
  });

  test('leaves room for pods that wait for one of its nodes, and none for those that wait for others', async () => {
    await make(pod('5'));
    const waiting = (name: string, spec: object) =>
      client.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: ns },
        spec: { ...spec, schedulingGates: [{ name: 'windlass.dev/test' }] },
      });
    await waiting('here', pod('10'));
    await waiting('elsewhere', { containers: pod('30').containers });
    const spec = specOf({ name: 'web', toCapacity: { headroom: { cpu: '1' } } });
    expect(await engine().plan(spec, contextOf(''))).toMatchObject([
      { detail: ['replicas: 1 -> 4', 'room for 4 on 1 nodes (6 without the headroom)'] },
    ]);
  });

  test('is bounded by the most that is wanted, and refused below the least', async () => {
    await make(pod('5'));
    const most = specOf({ name: 'web', toCapacity: { headroom: { cpu: '1' }, max: 2 } });
    expect(await engine().plan(most, contextOf(''))).toMatchObject([
      { detail: ['replicas: 1 -> 2', 'room for 6 on 1 nodes, at most 2 wanted'] },
    ]);
    const least = specOf({ name: 'web', toCapacity: { headroom: '0%', min: 7 } });
    expect(await failureOf(engine().apply(least, contextOf('')))).toMatchObject({
      type: 'ExpectationFailed',
      options: { facts: { fit: 6, min: 7 } },
    });
    expect((await client.get(web()))?.spec).toMatchObject({ replicas: 1 });
  });

  test('cannot be told for pods that request nothing', async () => {
    await make();
    const spec = specOf({ name: 'web', toCapacity: {} });
    expect((await failureOf(engine().plan(spec, contextOf('')))).message).toMatch(/request neither CPU nor memory/);
  });
});
