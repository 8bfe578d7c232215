import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
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
  ns = freshName('inventory');
  rollout = new OwnRollout();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rollout.cleanUp(client);
  await client.delete(namespaceRef(ns));
});

const engine = (of = rollout) => kubernetesApplyEngine(client, { inventory: of.home });
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner' } };
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
};
const partOf = async (kind: string, name: string) => {
  const object = await client.get({ apiVersion: 'v1', kind, namespace: ns, name });
  return object?.metadata.labels?.['applyset.kubernetes.io/part-of'];
};

describe('the inventory of a rollout', () => {
  test('is an ApplySet: a marked parent that says where members are, and members that say whose they are', async () => {
    await engine().apply(specOf(ns), rollout.context([namespace(ns), configMap('a'), account, role]));
    const { id } = rollout.inventory;
    expect(id).toMatch(/^applyset-[\w-]{43}-v1$/);
    expect((await rollout.parent(client))?.metadata).toMatchObject({
      namespace: 'default',
      name: `windlass.inventory.test.${rollout.name}.cluster`,
      labels: { 'applyset.kubernetes.io/id': id },
      annotations: {
        'applyset.kubernetes.io/tooling': 'windlass/v1',
        'applyset.kubernetes.io/contains-group-kinds':
          'ConfigMap,Namespace,Role.rbac.authorization.k8s.io,ServiceAccount',
        'applyset.kubernetes.io/additional-namespaces': ns,
      },
    });
    expect([await partOf('ConfigMap', 'a'), await partOf('ServiceAccount', 'runner')]).toEqual([id, id]);
  });

  test('is written before the first object, so that what a broken apply leaves behind is found', async () => {
    const applying = jest.spyOn(client, 'apply').mockRejectedValue(new Error('the worker is gone'));
    await expect(engine().apply(specOf(ns), rollout.context([namespace(ns), configMap('a')]))).rejects.toThrow();
    expect(applying).toHaveBeenCalled();
    expect((await rollout.parent(client))?.metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Namespace',
      'applyset.kubernetes.io/additional-namespaces': ns,
    });
  });

  test('grows with the steps of its rollout, and forgets nothing by an apply', async () => {
    await engine().apply(specOf(ns), rollout.context([namespace(ns), configMap('a')]));
    await Promise.all([
      engine().apply(specOf(ns), rollout.context([account])),
      engine().apply(specOf(ns), rollout.context([role])),
    ]);
    expect((await rollout.parent(client))?.metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds':
        'ConfigMap,Namespace,Role.rbac.authorization.k8s.io,ServiceAccount',
    });
  });

  test('is neither written nor read when nothing is to be done', async () => {
    const set = () => rollout.context([namespace(ns), configMap('a')], { fence: rollout.fence(1) });
    await engine().apply(specOf(ns), set());
    const before = (await rollout.parent(client))?.metadata.resourceVersion;
    const [reads, merges] = [jest.spyOn(client, 'get'), jest.spyOn(client, 'merge')];
    const { changes } = await engine().apply(specOf(ns), set());
    expect(changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    expect(reads.mock.calls.filter(([{ namespace: of }]) => of === 'default')).toEqual([]);
    expect(merges).not.toHaveBeenCalled();
    expect((await rollout.parent(client))?.metadata.resourceVersion).toBe(before);
  });

  test('of another rollout is not robbed of an object, though both write as one field manager', async () => {
    await engine().apply(specOf(ns), rollout.context([namespace(ns), configMap('a')]));
    const other = new OwnRollout();
    try {
      const plan = await engine(other).plan(specOf(ns), other.context([configMap('a')]));
      expect(plan[0]?.detail?.at(-1)).toContain(`another inventory (${rollout.inventory.id}): refused unless force`);
      await expect(engine(other).apply(specOf(ns), other.context([configMap('a')]))).rejects.toMatchObject({
        type: 'OwnershipConflict',
      });
      expect(await partOf('ConfigMap', 'a')).toBe(rollout.inventory.id);
      expect(await other.parent(client)).toBeNull();
      await engine(other).apply(specOf(ns, { force: true }), other.context([configMap('a')]));
      expect(await partOf('ConfigMap', 'a')).toBe(other.inventory.id);
    } finally {
      await other.cleanUp(client);
    }
  });

  test('that another tool keeps is left alone, and so is the cluster', async () => {
    const { ref } = rollout.inventory;
    await client.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: ref.name,
        namespace: 'default',
        annotations: { 'applyset.kubernetes.io/tooling': 'kubectl/v1.32' },
      },
    });
    await expect(engine().apply(specOf(ns), rollout.context([namespace(ns)]))).rejects.toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('kubectl') as unknown,
    });
    expect(await client.get(namespaceRef(ns))).toBeNull();
  });
});
