import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { kubernetesPrune } from '../../src/domain/kinds/kubernetes-prune.ts';
import { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { kubernetesPruneEngine } from '../../src/kubernetes/prune/prune-engine.ts';
import { filesOf } from '../kubernetes/bundle-files.ts';
import {
  configMap,
  deployment,
  freshName,
  namespace,
  namespaceRef,
  specOf,
  Stranger,
  type Attempt,
} from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let stranger: Stranger;
let rollout: OwnRollout;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
  stranger = await Stranger.open();
});
afterAll(async () => {
  await Promise.all([client.close(), stranger.close()]);
});
beforeEach(() => {
  ns = freshName('prune');
  rollout = new OwnRollout();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await rollout.cleanUp(client);
  await client.delete(namespaceRef(ns));
});

const spec = (more: object = {}) => ({ ...kubernetesPrune.parse({}), ...more });

/** Applies each set as a step of its own. */
async function apply(...steps: (readonly object[])[]): Promise<void> {
  for (const objects of steps)
    await kubernetesApplyEngine(client, { inventory: rollout.home }).apply(
      specOf(ns, { wait: false }),
      rollout.context(objects),
    );
}

/** A prune of a bundle whose steps declare these sets. */
function prune(...steps: (readonly object[])[]) {
  const files = steps.map((objects, index) => [
    `step-${String(index)}.yaml`,
    objects.map((object) => stringify(object)).join('---\n'),
  ]);
  const declaredBy = steps.map((_, index) => ({ manifests: [`step-${String(index)}.yaml`], namespace: ns }));
  const engine = kubernetesPruneEngine(client, { inventory: rollout.home, declaredBy });
  const context = (attempt: Attempt = {}): EngineContext => ({
    ...rollout.context([], attempt),
    files: filesOf(Object.fromEntries(files) as Record<string, string>),
  });
  return {
    plan: async (more: object = {}) => engine.plan(spec(more), context()),
    apply: async (more: object = {}, attempt: Attempt = {}) => engine.apply(spec(more), context(attempt)),
    verify: async (more: object = {}) => engine.verify(spec(more), context()),
  };
}

/**
 * The deletions that the server accepted, in their order. It refuses one of an object that was written to since it was
 * looked at, as a Deployment's status is while its pods start: that one is looked at, and asked for, again.
 */
async function acceptedOf({ calls, results }: jest.MockedFunction<KubernetesClient['delete']>['mock']) {
  const answers = await Promise.allSettled(results.map(async ({ value }) => value as Promise<boolean>));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
  for (const reason of refused)
    expect(reason).toMatchObject({ type: 'TargetBusy', options: { facts: { status: 409 } } });
  return calls
    .filter((_, index) => answers[index]?.status === 'fulfilled')
    .map(([{ kind }, options]) => [kind, options?.propagation]);
}

const get = (kind: string, name: string, apiVersion = 'v1') => client.get({ apiVersion, kind, name, namespace: ns });
const deletions = (changes: readonly { readonly action: string; readonly what: string }[]) =>
  changes.filter(({ action }) => action === 'delete').map(({ what }) => what);
const claim = (name: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
});

/** A definition of a kind that the test alone has. */
function topics() {
  const group = `${freshName('g')}.example.com`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `topics.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Topic', plural: 'topics', singular: 'topic', listKind: 'TopicList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
  return { group, definition };
}

describe('what no step declares any more', () => {
  test('is deleted, the workload before what it mounts, and nothing else is', async () => {
    await apply([namespace(ns), configMap('stays'), configMap('goes'), deployment('web', 1)]);
    const bundle = prune([namespace(ns), configMap('stays')]);
    const plan = await bundle.plan();
    expect(plan).toEqual([
      { action: 'delete', what: `ConfigMap ${ns}/goes`, destructive: true, detail: ['no step declares it any more'] },
      { action: 'delete', what: `Deployment ${ns}/web`, destructive: true, detail: ['no step declares it any more'] },
    ]);
    expect(await get('ConfigMap', 'goes')).not.toBeNull();

    const deleting = jest.spyOn(client, 'delete');
    const { changes, findings } = await bundle.apply();
    expect(changes).toEqual(plan);
    expect(findings).toMatchObject([{ holds: true, observed: { left: [] } }]);
    expect(await acceptedOf(deleting.mock)).toEqual([
      ['Deployment', 'Foreground'],
      // It owns nothing: a dead webhook of something else must not keep it.
      ['ConfigMap', 'Background'],
    ]);
    expect(await get('Deployment', 'web', 'apps/v1')).toBeNull();
    expect(await client.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: ns })).toEqual([]);
    expect(await get('ConfigMap', 'goes')).toBeNull();
    expect(await get('ConfigMap', 'stays')).not.toBeNull();
    expect((await rollout.parent(client))?.metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Namespace',
    });
    expect(await bundle.plan()).toEqual([]);
  });

  test('is an operator only after the custom resources that it finalizes, and their definition after both', async () => {
    const { group, definition } = topics();
    const topic = { apiVersion: `${group}/v1`, kind: 'Topic', name: 'orders', namespace: ns };
    const metadata = { name: topic.name, finalizers: [`${group}/operator`] };
    const { apiVersion, kind } = topic;
    await apply([namespace(ns), definition, deployment('operator', 1), { apiVersion, kind, metadata }]);

    // The operator: it takes its finalizer away as long as its Deployment is there.
    const operator = jest.spyOn(client, 'delete').mockImplementation(async (ref, options) => {
      const deleted = await KubernetesClient.prototype.delete.call(client, ref, options);
      if (ref.kind === 'Topic' && (await get('Deployment', 'operator', 'apps/v1')) !== null)
        await stranger.edit(`/apis/${group}/v1/namespaces/${ns}/topics/orders`, { metadata: { finalizers: null } });
      return deleted;
    });
    const { findings } = await prune([namespace(ns)]).apply({ allow: ['CustomResourceDefinition'], goneWithin: '20s' });
    expect(findings.every(({ holds }) => holds)).toBe(true);
    expect((await acceptedOf(operator.mock)).map(([gone]) => gone)).toEqual([
      'Topic',
      'Deployment',
      'CustomResourceDefinition',
    ]);
  });

  test('waits in the foreground for what it owns, and for nothing where it owns nothing, so that no dead webhook keeps it', async () => {
    // A custom resource that nobody acts on, of a kind that the garbage collector knows already.
    const kind = { apiVersion: 'velero.io/v1', kind: 'VolumeSnapshotLocation' };
    const custom = (name: string) => ({ ...kind, metadata: { name }, spec: { provider: 'none' } });
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 2,
      },
    };
    await apply([namespace(ns), custom('alone'), custom('owner'), scaler]);
    const owner = await client.get({ ...kind, name: 'owner', namespace: ns });
    const { uid } = owner!.metadata;
    const ownerReferences = [{ ...kind, name: 'owner', uid, blockOwnerDeletion: true }];
    const made = deployment('made', 0);
    const owned = { ...made, metadata: { ...made.metadata, ownerReferences } };
    await stranger.create(`/apis/apps/v1/namespaces/${ns}/deployments`, owned);

    const deleting = jest.spyOn(client, 'delete');
    await prune([namespace(ns)]).apply({ goneWithin: '90s' });
    const named = deleting.mock.calls.map(([ref, options]) => [`${ref.kind} ${ref.name}`, options?.propagation]);
    expect(Object.fromEntries(named)).toMatchObject({
      'VolumeSnapshotLocation alone': 'Background',
      'VolumeSnapshotLocation owner': 'Foreground',
      'HorizontalPodAutoscaler web': 'Background',
    });
    expect(await get('Deployment', 'made', 'apps/v1')).toBeNull();
  });

  test('is what neither step declares: an object that moved between steps keeps its uid', async () => {
    await apply([namespace(ns), configMap('moves')], [configMap('other')]);
    const uid = (await get('ConfigMap', 'moves'))?.metadata.uid;
    const steps = [[namespace(ns)], [configMap('other'), configMap('moves')]];
    expect(await prune(...steps).plan()).toEqual([]);
    await apply(...steps);
    const { changes } = await prune(...steps).apply();
    expect(changes).toEqual([]);
    expect((await get('ConfigMap', 'moves'))?.metadata.uid).toBe(uid);
  });

  test('is not what somebody else made, though it carries the label', async () => {
    await apply([namespace(ns), configMap('a')]);
    const copied = {
      ...configMap('copied').metadata,
      labels: { 'applyset.kubernetes.io/part-of': rollout.inventory.id },
    };
    await stranger.create(`/api/v1/namespaces/${ns}/configmaps`, { ...configMap('copied'), metadata: copied });
    expect(await prune([namespace(ns), configMap('a')]).plan()).toEqual([]);
  });

  test('is kept while another object owns it', async () => {
    await apply([namespace(ns), configMap('owner'), configMap('owned')]);
    const owner = await get('ConfigMap', 'owner');
    const uid = owner?.metadata.uid;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    await stranger.edit(`/api/v1/namespaces/${ns}/configmaps/owned`, { metadata: { ownerReferences } });
    const plan = await prune([namespace(ns), configMap('owner')]).plan();
    expect(plan).toMatchObject([{ action: 'unchanged', what: `ConfigMap ${ns}/owned` }]);
    expect(plan[0]?.detail?.[0]).toContain('another object owns it');
  });
});

describe('the cap', () => {
  test('refuses a prune of more, lists what it would have been, and deletes nothing', async () => {
    const many = Array.from({ length: 4 }, (_, index) => configMap(`c${String(index)}`));
    await apply([namespace(ns), ...many]);
    const bundle = prune([namespace(ns)]);
    for (const work of [bundle.plan({ max: 3 }), bundle.apply({ max: 3 })])
      await expect(work).rejects.toMatchObject({
        type: 'PruneRefused',
        message: expect.stringContaining(`ConfigMap ${ns}/c3`) as unknown,
        options: { facts: { max: 3, deletes: many.map(({ metadata }) => `ConfigMap ${ns}/${metadata.name}`) } },
      });
    expect(await get('ConfigMap', 'c0')).not.toBeNull();
    expect(deletions((await bundle.apply({ max: 4 })).changes)).toHaveLength(4);
    expect(await get('ConfigMap', 'c0')).toBeNull();
  });
});

describe('the never-delete list', () => {
  test('keeps namespaces and claims, and says so, until `allow` names them', async () => {
    await apply([namespace(ns), configMap('a'), claim('data'), claim('more')]);
    const bundle = prune();
    const kept = await bundle.plan();
    expect(kept.map(({ action, what }) => `${action} ${what}`).sort()).toEqual([
      `delete ConfigMap ${ns}/a`,
      `unchanged Namespace ${ns}`,
      `unchanged PersistentVolumeClaim ${ns}/data`,
      `unchanged PersistentVolumeClaim ${ns}/more`,
    ]);
    const applied = await bundle.apply({ allow: [`PersistentVolumeClaim ${ns}/data`] });
    expect(deletions(applied.changes)).toEqual([`ConfigMap ${ns}/a`, `PersistentVolumeClaim ${ns}/data`]);
    expect(applied.findings[0]?.holds).toBe(true);
    expect(await get('PersistentVolumeClaim', 'data')).toBeNull();
    expect(await get('PersistentVolumeClaim', 'more')).not.toBeNull();
    expect(await client.get(namespaceRef(ns))).toMatchObject({ status: { phase: 'Active' } });
    // What is kept is still found by the next prune.
    expect((await rollout.parent(client))?.metadata.annotations).toMatchObject({
      'applyset.kubernetes.io/contains-group-kinds': 'Namespace,PersistentVolumeClaim',
      'applyset.kubernetes.io/additional-namespaces': ns,
    });
    expect(deletions((await bundle.apply({ allow: ['Namespace', 'PersistentVolumeClaim'] })).changes)).toHaveLength(2);
    expect(await client.get(namespaceRef(ns))).toBeNull();
  });

  test('keeps a namespace that steps declare objects in, whatever `allow` says', async () => {
    await apply([namespace(ns), configMap('a')]);
    const plan = await prune([configMap('a')]).plan({ allow: ['Namespace'] });
    expect(plan).toMatchObject([{ action: 'unchanged', what: `Namespace ${ns}` }]);
  });

  test('keeps a definition while objects of its kind are left that do not go too', async () => {
    const group = `${ns}.test`;
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const widget = (name: string) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name } });
    try {
      await apply([namespace(ns), crd, widget('ours')]);
      const theirs = `/apis/${group}/v1/namespaces/${ns}/widgets`;
      await stranger.create(theirs, widget('theirs'));
      const bundle = prune([namespace(ns)]);
      const plan = await bundle.plan();
      expect(deletions(plan)).toEqual([`Widget ${ns}/ours`]);
      expect(plan.at(-1)?.detail?.[0]).toContain('1 objects of its kind are left');
      await client.delete({ apiVersion: `${group}/v1`, kind: 'Widget', namespace: ns, name: 'theirs' });
      const { changes } = await bundle.apply();
      expect(deletions(changes)).toEqual([`CustomResourceDefinition widgets.${group}`, `Widget ${ns}/ours`]);
      expect(await client.get({ ...crd, name: `widgets.${group}` })).toBeNull();
    } finally {
      await client.delete({ ...crd, name: `widgets.${group}` });
    }
  });
});

describe('a prune that does not go smoothly', () => {
  test('killed midway goes on where it stopped, and tells what both attempts did', async () => {
    await apply([namespace(ns), configMap('a'), deployment('web', 1)]);
    const bundle = prune([namespace(ns)]);
    const stop = new AbortController();
    let told: EngineContext['resume'];
    const real = client.delete.bind(client);
    jest.spyOn(client, 'delete').mockImplementation(async (ref, options) => {
      const done = await real(ref, options);
      stop.abort(new Error('the worker is gone'));
      return done;
    });
    const progress: Attempt['progress'] = (state) => (told = state);
    await expect(bundle.apply({}, { signal: stop.signal, progress })).rejects.toThrow('the worker is gone');
    jest.restoreAllMocks();
    expect(told).toMatchObject({ deleted: [`Deployment ${ns}/web`] });
    expect(await get('ConfigMap', 'a')).not.toBeNull();
    const { changes } = await bundle.apply({}, { resume: told ?? null });
    expect(deletions(changes).sort()).toEqual([`ConfigMap ${ns}/a`, `Deployment ${ns}/web`]);
    expect(await get('Deployment', 'web', 'apps/v1')).toBeNull();
    expect(await get('ConfigMap', 'a')).toBeNull();
  });

  test('deletes an object that changed since it was looked at only after looking again', async () => {
    await apply([namespace(ns), configMap('a'), configMap('b')]);
    const steps = [[namespace(ns)]];
    const real = client.delete.bind(client);
    const seen: string[] = [];
    jest.spyOn(client, 'delete').mockImplementation(async (ref, options) => {
      const path = `/api/v1/namespaces/${ns}/configmaps/${ref.name}`;
      seen.push(`${ref.name} ${options?.resourceVersion ?? ''}`);
      // Somebody writes to one, and takes the other over for good, just before.
      if (ref.name === 'a' && seen.filter((text) => text.startsWith('a ')).length === 1)
        await stranger.edit(path, { data: { a: 'touched' } });
      if (ref.name === 'b')
        await stranger.edit(path, { metadata: { labels: { 'applyset.kubernetes.io/part-of': 'applyset-other-v1' } } });
      return real(ref, options);
    });
    await prune(...steps).apply();
    expect(new Set(seen.filter((text) => text.startsWith('a '))).size).toBe(2);
    expect(await get('ConfigMap', 'a')).toBeNull();
    expect(await get('ConfigMap', 'b')).not.toBeNull();
  });

  test('whose lock was taken over deletes nothing', async () => {
    await apply([namespace(ns), configMap('a')]);
    await kubernetesApplyEngine(client, { inventory: rollout.home }).apply(
      specOf(ns),
      rollout.context([configMap('later')], { fence: rollout.fence(5) }),
    );
    const work = prune([namespace(ns), configMap('later')]).apply({}, { fence: rollout.fence(4) });
    await expect(work).rejects.toMatchObject({ type: 'FenceLost' });
    expect(await get('ConfigMap', 'a')).not.toBeNull();
  });

  test('says what holds an object that does not go', async () => {
    await apply([namespace(ns), { ...configMap('a'), metadata: { name: 'a', finalizers: ['windlass.test/hold'] } }]);
    const path = `/api/v1/namespaces/${ns}/configmaps/a`;
    try {
      await expect(prune([namespace(ns)]).apply({ goneWithin: '1s' })).rejects.toMatchObject({
        type: 'NotReadyInTime',
        message: expect.stringContaining('held by windlass.test/hold') as unknown,
      });
    } finally {
      await stranger.edit(path, { metadata: { finalizers: null } });
    }
  });
});
