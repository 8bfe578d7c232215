import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { kubernetesAdopt } from '../../src/domain/kinds/kubernetes-adopt.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { kubernetesAdoptEngine } from '../../src/kubernetes/adopt/adopt-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { ByHand } from '../kubernetes/by-hand.ts';
import { configMap, deployment, freshName, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let hand: ByHand;
let rollout: OwnRollout;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
  hand = await ByHand.open();
});
afterAll(async () => {
  await Promise.all([client.close(), hand.close()]);
});
beforeEach(() => {
  ns = freshName('adopt');
  rollout = new OwnRollout();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rollout.cleanUp(client);
  await client.delete(namespaceRef(ns));
});

interface Taken {
  readonly object: string;
  readonly fields: readonly string[];
}
const spec = (take: readonly Taken[] = []) => ({
  ...kubernetesAdopt.parse({ manifests: ['set.yaml'], namespace: ns, take }),
  secrets: {},
});
const adopt = () => kubernetesAdoptEngine(client, { inventory: rollout.home });
const applyPlan = async (objects: readonly object[]) =>
  kubernetesApplyEngine(client, { inventory: rollout.home }).plan(specOf(ns), rollout.context(objects));
const changed = (changes: readonly { readonly action: string; readonly what: string }[]) =>
  changes.filter(({ action }) => action !== 'unchanged').map(({ action, what }) => `${action} ${what}`);

const COLLECTIONS: Readonly<Record<string, string>> = {
  ConfigMap: 'api/v1/namespaces/NS/configmaps',
  Secret: 'api/v1/namespaces/NS/secrets',
  Service: 'api/v1/namespaces/NS/services',
  ServiceAccount: 'api/v1/namespaces/NS/serviceaccounts',
  Deployment: 'apis/apps/v1/namespaces/NS/deployments',
  Namespace: 'api/v1/namespaces',
};
const collection = (kind: string) => `/${(COLLECTIONS[kind] ?? '').replace('NS', ns)}`;
const path = (kind: string, name: string) => `${collection(kind)}/${name}`;

interface Made {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}
const makeByHand = (objects: readonly Made[]) => hand.apply(ns, objects);
async function read({ apiVersion, kind, metadata }: Made): Promise<KubernetesObject> {
  const where = kind === 'Namespace' ? {} : { namespace: ns };
  const found = await client.get({ apiVersion, kind, name: metadata.name, ...where });
  if (found === null) throw new Error(`${kind} ${metadata.name} is gone`);
  return found;
}
const managers = ({ metadata }: KubernetesObject) =>
  (metadata.managedFields as { manager: string; operation: string }[]).map(({ manager }) => manager);

/** Ten of each kind but one: 50 objects in all. */
function platform(): Made[] {
  const names = Array.from({ length: 10 }, (_, index) => `part-${String(index)}`);
  return [
    namespace(ns),
    ...names.slice(1).map((name) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: { key: Buffer.from(name).toString('base64') },
    })),
    ...names.map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })),
    ...names.map((name) => ({ ...configMap(name, { a: '1', b: '2' }), metadata: { name, labels: { app: name } } })),
    ...names.map((name) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
    })),
    ...names.map((name) => deployment(name, 2)),
  ];
}

describe('a platform of 50 objects that was made by hand', () => {
  const label = (kind: string, index: number) => `${kind} ${ns}/part-${String(index)}`;
  const edits = async () => {
    await hand.patch('kubectl-edit', path('ConfigMap', 'part-1'), { data: { a: 'edited' } });
    await hand.scale(path('Deployment', 'part-2'), 5);
    await hand.patch('kubectl-label', path('Service', 'part-3'), { metadata: { labels: { team: 'data' } } });
    const image = { spec: { template: { spec: { containers: [{ name: 'main', image: 'web:2' }] } } } };
    await hand.patch('kubectl-set', path('Deployment', 'part-4'), image);
    await hand.patch('kubectl-edit', path('ConfigMap', 'part-5'), { data: { b: null, mine: 'yes' } });
  };
  /** As made, but with the image that somebody set, and without what the team took away. */
  const manifests = () =>
    platform().map((object) => {
      if (object.kind === 'Deployment' && object.metadata.name === 'part-4')
        return deployment('part-4', 2, {}, 'web:2');
      const rest = object.metadata.name === 'part-5' && object.kind === 'ConfigMap';
      return rest ? { ...configMap('part-5', { a: '1' }), metadata: object.metadata } : object;
    });

  test('is adopted, its edited fields only where they are named, and then planned as unchanged', async () => {
    await makeByHand(platform());
    await edits();
    const set = () => rollout.context(manifests(), { fence: rollout.fence(1) });
    const before = await Promise.all(manifests().map(read));

    const refused = await adopt().plan(spec(), set());
    expect(refused).toHaveLength(50);
    expect(refused.find(({ what }) => what === label('ConfigMap', 1))?.detail).toEqual(
      expect.arrayContaining([
        'data.a: "edited" -> "1"',
        '.data.a belongs to kubectl-edit: refused unless take names it',
        'the annotation of client-side apply goes',
      ]),
    );
    expect(refused.find(({ what }) => what === label('Deployment', 4))?.detail).toContain(
      '.spec.template.spec.containers[name="main"].image belongs to kubectl-set too, with the same value: shared',
    );
    await expect(adopt().apply(spec(), set())).rejects.toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('.spec.replicas to kubectl') as unknown,
    });
    // Controllers write status meanwhile; nobody else may have written anything.
    const owners = (objects: readonly KubernetesObject[]) =>
      objects.map(({ metadata }) =>
        (metadata.managedFields as JsonObject[]).filter((entry) => entry.subresource !== 'status'),
      );
    expect(owners(await Promise.all(manifests().map(read)))).toEqual(owners(before));
    expect(await rollout.parent(client)).toBeNull();

    const take = [
      { object: label('ConfigMap', 1), fields: ['data.a'] },
      { object: 'Deployment', fields: ['spec.replicas', '.spec.template'] },
    ];
    const plan = await adopt().plan(spec(take), set());
    expect(plan.filter(({ destructive }) => destructive).map(({ what }) => what)).toEqual([
      label('ConfigMap', 1),
      label('Deployment', 2),
    ]);
    const { findings } = await adopt().apply(spec(take), set());
    expect(findings).toMatchObject([{ holds: true, observed: { adopted: 50, absent: 0 } }]);

    expect(changed(await adopt().plan(spec(take), set()))).toEqual([]);
    expect(changed(await applyPlan(manifests()))).toEqual([]);
    const after = await Promise.all(manifests().map(read));
    expect(after.filter((object) => managers(object).includes('kubectl-client-side-apply'))).toEqual([]);
    expect(JSON.stringify(after.map(({ metadata }) => metadata.annotations ?? {}))).not.toContain('last-applied');
    const uids = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.uid);
    expect(uids(after)).toEqual(uids(before));
    // What nobody declares stays, and its owner with it.
    const service = after.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'part-3');
    expect(service?.metadata.labels).toMatchObject({ team: 'data' });
    expect(after.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'part-5')?.data).toEqual({
      a: '1',
      mine: 'yes',
    });
    // No pod was restarted, but for those whose image somebody had set before.
    const revisions = after
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision']);
    expect(revisions).toEqual(['1', '1', '1', '1', '2', '1', '1', '1', '1', '1']);
  });
});

describe('an object that was made by hand', () => {
  test('keeps what it had and nobody declares now', async () => {
    const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bare' } };
    await makeByHand([namespace(ns), configMap('a', { a: '1', old: 'kept' }), configMap('bare')]);
    await adopt().apply(spec(), rollout.context([namespace(ns), configMap('a'), bare]));
    const object = await read(configMap('a'));
    expect(managers(await read(bare))).toEqual(['windlass']);
    expect((await read(bare)).data).toEqual({ a: '1' });
    expect(object.data).toEqual({ a: '1', old: 'kept' });
    expect(managers(object)).toEqual(['windlass']);
    expect(changed(await applyPlan([namespace(ns), configMap('a')]))).toEqual([]);
    // From here on a change of the manifest is a change like any other.
    const plan = await applyPlan([namespace(ns), configMap('a', { a: '2' })]);
    expect(plan[1]).toMatchObject({ action: 'update', detail: ['data.a: "1" -> "2"'] });
    const old = await applyPlan([namespace(ns), configMap('a', { a: '1', old: 'declared' })]);
    expect(old[1]).toMatchObject({ action: 'update', detail: ['data.old: "kept" -> "declared"'] });
  });

  test('that somebody writes to in between is looked at again, and what they wrote is not taken', async () => {
    await makeByHand([namespace(ns), configMap('a', { a: '1', b: '2' })]);
    const declared = [namespace(ns), configMap('a', { a: '1', b: '2' })];
    const merge = client.merge.bind(client);
    jest.spyOn(client, 'merge').mockImplementation(async (...call) => {
      if (call[0].name === 'a') await hand.patch('kubectl-edit', path('ConfigMap', 'a'), { data: { b: 'edited' } });
      return merge(...call);
    });
    await expect(adopt().apply(spec(), rollout.context(declared))).rejects.toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('.data.b to kubectl-edit') as unknown,
    });
    expect((await read(configMap('a'))).data).toEqual({ a: '1', b: 'edited' });
    jest.restoreAllMocks();
    const take = [{ object: 'ConfigMap', fields: ['data'] }];
    await adopt().apply(spec(take), rollout.context(declared));
    expect((await read(configMap('a'))).data).toEqual({ a: '1', b: '2' });
  });

  test('as one member of a union is taken over as another: what client-side apply has of defaults goes with it', async () => {
    const web = deployment('web', 0);
    const recreated = (name: string) => {
      const { spec: before, ...rest } = deployment(name, 0);
      return { ...rest, spec: { ...before, strategy: { type: 'Recreate' } } };
    };
    await makeByHand([namespace(ns), web, deployment('edited', 0)]);
    const surge = { spec: { strategy: { rollingUpdate: { maxSurge: 2 } } } };
    await hand.patch('kubectl-edit', path('Deployment', 'edited'), surge);
    const set = () => rollout.context([namespace(ns), recreated('web'), recreated('edited')]);

    const [, plan, refused] = await adopt().plan(spec(), set());
    expect(plan).toMatchObject({
      action: 'update',
      destructive: false,
      detail: expect.arrayContaining([
        'spec.strategy.type: "RollingUpdate" -> "Recreate"',
        'spec.strategy.rollingUpdate: a value of kubectl-client-side-apply that stands in the way of what is declared: taken over first, so that it goes',
      ]) as unknown,
    });
    expect(refused?.detail).toContain(
      '.spec.strategy.rollingUpdate.maxSurge belongs to kubectl-edit: refused unless take names it',
    );
    await expect(adopt().apply(spec(), set())).rejects.toMatchObject({ type: 'OwnershipConflict' });

    const take = [{ object: `Deployment ${ns}/edited`, fields: ['spec.strategy'] }];
    const { findings } = await adopt().apply(spec(take), set());
    expect(findings).toMatchObject([{ holds: true }]);
    for (const name of ['web', 'edited'])
      expect((await read(recreated(name)))['spec']).toMatchObject({ strategy: { type: 'Recreate' } });
    expect(changed(await applyPlan([namespace(ns), recreated('web'), recreated('edited')]))).toEqual([]);
  });

  test('and is not there is no hindrance', async () => {
    await makeByHand([namespace(ns)]);
    const plan = await adopt().plan(spec(), rollout.context([namespace(ns), configMap('later')]));
    expect(plan[1]).toEqual({
      action: 'unchanged',
      what: `ConfigMap ${ns}/later`,
      destructive: false,
      detail: ['it is not there: nothing to adopt'],
    });
  });

  test('is not adopted by a holder that lost its lock', async () => {
    await makeByHand([namespace(ns), configMap('a')]);
    const declared = [namespace(ns), configMap('a')];
    const before = await read(configMap('a'));
    const context = rollout.context(declared, { fence: rollout.fence(1, Date.now() - 1) });
    await expect(adopt().apply(spec(), context)).rejects.toMatchObject({ type: 'FenceLost' });
    expect(await read(configMap('a'))).toEqual(before);
  });
});
