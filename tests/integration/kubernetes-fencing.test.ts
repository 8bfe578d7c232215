import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { configMap, freshName, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let rollout: OwnRollout;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(async () => {
  await client.close();
});
beforeEach(() => {
  ns = freshName('fencing');
  rollout = new OwnRollout();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rollout.cleanUp(client);
  await client.delete(namespaceRef(ns));
});

const engine = () => kubernetesApplyEngine(client, { inventory: rollout.home });
const apply = (objects: readonly object[], token: number, deadline?: number) =>
  engine().apply(specOf(ns), rollout.context(objects, { fence: rollout.fence(token, deadline) }));
const names = async () => {
  const objects = await client.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: ns });
  return objects.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt');
};

test('a holder whose token is lower than one that the cluster has seen writes nothing', async () => {
  await apply([namespace(ns), configMap('a')], 7);
  expect(await rollout.token(client)).toBe('7');
  await expect(apply([configMap('b')], 6)).rejects.toMatchObject({
    type: 'FenceLost',
    options: { facts: { token: 6, seen: 7 } },
  });
  expect(await names()).toEqual(['a']);
  expect(await rollout.token(client)).toBe('7');
});

test('the same holder goes on with its token, and a later one raises it', async () => {
  await apply([namespace(ns)], 7);
  await Promise.all([apply([configMap('a')], 7), apply([configMap('b')], 7)]);
  await apply([configMap('c')], 9);
  expect(await names()).toEqual(['a', 'b', 'c']);
  expect(await rollout.token(client)).toBe('9');
});

test('a holder that is overtaken while it applies stops before its next batch', async () => {
  const many = Array.from({ length: 200 }, (_, index) => configMap(`c${String(index).padStart(3, '0')}`));
  await apply([namespace(ns)], 1);
  const real = client.apply.bind(client);
  let overtaken: Promise<unknown> | undefined;
  jest.spyOn(client, 'apply').mockImplementation(async (object, options) => {
    // Another rollout of the same target comes in, which writes a single object.
    overtaken ??= client.merge(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: `windlass.lock.${rollout.name}.cluster` },
      { metadata: { annotations: { 'windlass.dev/fence-token': '2' } } },
    );
    await overtaken;
    return real(object, options);
  });
  await expect(apply(many, 1)).rejects.toMatchObject({ type: 'FenceLost' });
  const written = await names();
  expect(written.length).toBeGreaterThan(0);
  expect(written.length).toBeLessThanOrEqual(64);
  expect(await rollout.token(client)).toBe('2');
});

test('a holder whose lease ran out writes nothing, not even its token', async () => {
  await expect(apply([namespace(ns)], 1, Date.now() - 1)).rejects.toMatchObject({ type: 'FenceLost' });
  expect(await client.get(namespaceRef(ns))).toBeNull();
  expect(await rollout.token(client)).toBeUndefined();
});
