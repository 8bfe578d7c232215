import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { kubernetesRecreate, type KubernetesRecreateSpec } from '../../src/domain/kinds/kubernetes-recreate.ts';
import type { KubernetesObject, ObjectRef } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { readList, readText } from '../../src/domain/json-fields.ts';
import { intentRef } from '../../src/kubernetes/playbooks/intent.ts';
import { kubernetesRecreateEngine } from '../../src/kubernetes/recreate/recreate-engine.ts';
import { judge } from '../../src/kubernetes/status/judge.ts';
import { contextOf, failureOf, freshName, namespace, namespaceRef } from '../kubernetes/cluster.ts';
import { failingApi, Killed, type Kill } from '../kubernetes/failing-api.ts';
import { until } from '../support/poll.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
const namespaces: string[] = [];
const classes: string[] = [];

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(async () => {
  await client.close();
});
afterEach(async () => {
  await Promise.all(namespaces.splice(0).map((ns) => client.delete(namespaceRef(ns))));
  for (const name of classes.splice(0))
    await client.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name });
});

/** A namespace of its own for each scene, so that many can be played at once. */
async function scene(): Promise<string> {
  const ns = freshName('recreate');
  namespaces.push(ns);
  await client.apply(namespace(ns));
  return ns;
}

const QUICK = { 'windlass.dev/ready-after': '20ms' };
const template = (labels: Record<string, string>, image = 'db:1') => ({
  metadata: { labels, annotations: QUICK },
  spec: { containers: [{ name: 'main', image }] },
});
const statefulSet = (more: object = {}, storage = '1Gi', storageClassName = 'standard') => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    replicas: 1,
    serviceName: 'db',
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { app: 'db' } },
    template: template({ app: 'db' }),
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
      },
    ],
    ...more,
  },
});
const deployment = (labels: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 1, selector: { matchLabels: labels }, template: template(labels) },
});
const job = (image: string) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work' },
  spec: {
    template: {
      metadata: { annotations: { ...QUICK, 'windlass.dev/complete-after': '20ms' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] },
    },
  },
});
const service = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'db' },
  spec: { selector: { app: 'db' }, ports: [{ port: 5432 }], ...spec },
});

const specOf = (ns: string, playbook: string, more: object = {}) =>
  kubernetesRecreate.parse({ playbook, manifests: ['set.yaml'], namespace: ns, readyWithin: '60s', ...more });
const engine = (api = client) => kubernetesRecreateEngine(api);
const list = (ns: string, apiVersion: string, kind: string) => client.list({ apiVersion, kind }, { namespace: ns });

/** Makes an object and waits until it is ready. */
async function standing(ns: string, object: object): Promise<KubernetesObject> {
  const { metadata, ...rest } = object as KubernetesObject;
  const made = await client.apply({ ...rest, metadata: { ...metadata, namespace: ns } });
  const ref = { apiVersion: made.apiVersion, kind: made.kind, name: metadata.name, namespace: ns };
  return until(async () => {
    const now = await client.get(ref);
    return now !== null && judge(now).state === 'ready' ? now : null;
  });
}

interface Play {
  readonly before: object;
  readonly after: object;
  readonly playbook: KubernetesRecreateSpec['playbook'];
  readonly more?: object;
}

/** What is there in the end, without what differs from one run to the next; `old` says which uids were there before. */
async function finalState(ns: string, { after, playbook }: Play, old: ReadonlySet<string>): Promise<Json> {
  const { apiVersion, kind, metadata } = after as KubernetesObject;
  const ref: ObjectRef = { apiVersion, kind, name: metadata.name, namespace: ns };
  const stays = async (of: string, version: string) =>
    (await list(ns, version, of))
      .filter((object) => object.metadata.deletionTimestamp === undefined)
      .map((object) => `${old.has(object.metadata.uid ?? '') ? 'old' : 'new'} ${of}`)
      .sort();
  const object = await client.get(ref);
  const intent = (await client.get(intentRef({ playbook, object: ref })))?.metadata.annotations?.[
    'windlass.dev/recreate'
  ];
  return {
    isOld: old.has(object?.metadata.uid ?? ''),
    status: object === null ? 'absent' : judge(object).state,
    images: readList(object?.spec, 'template', 'spec', 'containers').map((one) => readText(one, 'image') ?? ''),
    pods: kind === 'Service' ? [] : await stays('Pod', 'v1'),
    claims: await stays('PersistentVolumeClaim', 'v1'),
    replicaSets: await stays('ReplicaSet', 'apps/v1'),
    stage: intent === undefined ? null : (JSON.parse(intent) as { stage: string }).stage,
  };
}

/**
 * Plays a playbook in a namespace of its own; killed once if asked to, and then run again. How many writes a run takes
 * depends on how quick the cluster is, so that one may end before the write at which it was to be killed.
 */
async function play(scenario: Play, kill?: Kill): Promise<{ state: Json; writes: number; killed: boolean }> {
  const ns = await scene();
  await standing(ns, scenario.before);
  const all = await Promise.all(
    [
      ['v1', 'Pod'],
      ['v1', 'PersistentVolumeClaim'],
      ['apps/v1', 'ReplicaSet'],
      ['apps/v1', 'StatefulSet'],
      ['apps/v1', 'Deployment'],
      ['batch/v1', 'Job'],
      ['v1', 'Service'],
    ].map(([apiVersion = '', kind = '']) => list(ns, apiVersion, kind)),
  );
  const old = new Set(all.flat().map((object) => object.metadata.uid ?? ''));
  const spec = specOf(ns, scenario.playbook, scenario.more);
  const { api, writes } = failingApi(client, kill);
  let told: Json | undefined;
  const first = engine(api).apply(spec, contextOf([scenario.after], { progress: (state) => (told = state) }));
  const killed = await first.then(
    () => false,
    (error: unknown) => {
      if (error instanceof Killed) return true;
      throw error;
    },
  );
  if (kill !== undefined && killed) {
    // Every other one comes back with what it had told.
    const resume = kill.at % 2 === 0 && told !== undefined ? { resume: told } : {};
    await engine().apply(spec, contextOf([scenario.after], resume));
  }
  const context = contextOf([scenario.after]);
  expect((await engine().plan(spec, context)).map(({ action }) => action)).toEqual(['unchanged']);
  expect((await engine().verify(spec, context)).every(({ holds }) => holds)).toBe(true);
  // Pods of what went are gone by and by.
  const state = await until(async () => {
    const now = await finalState(ns, scenario, old);
    const again = await finalState(ns, scenario, old);
    return JSON.stringify(now) === JSON.stringify(again) && now;
  });
  return { state, writes: writes(), killed };
}

/** What each run comes to that is killed, the first write and the one after it at the least. */
async function playKilled(scenario: Play, writes: number): Promise<readonly { kill: Kill; state: Json }[]> {
  const played = await Promise.all(everyKill(writes).map(async (kill) => ({ kill, ...(await play(scenario, kill)) })));
  expect(played.filter(({ kill, killed }) => kill.at <= 2 && !killed)).toEqual([]);
  return played.map(({ kill, state }) => ({ kill, state }));
}

/** Killed before the first write, and after each; to the cluster, before a write is the same as after the one before. */
function everyKill(writes: number): readonly Kill[] {
  return [{ at: 1, when: 'before' }, ...Array.from({ length: writes }, (_, n): Kill => ({ at: n + 1, when: 'after' }))];
}

const PLAYS: readonly (readonly [string, Play, object])[] = [
  [
    'a StatefulSet with fresh volumes',
    { before: statefulSet(), after: statefulSet(), playbook: 'fresh-volumes', more: { token: 'monday' } },
    {
      isOld: false,
      pods: ['new Pod'],
      claims: ['new PersistentVolumeClaim'],
      stage: 'removed',
    },
  ],
  [
    'a StatefulSet around its pods',
    { before: statefulSet(), after: statefulSet({ podManagementPolicy: 'OrderedReady' }), playbook: 'orphan' },
    {
      isOld: false,
      pods: ['old Pod'],
      claims: ['old PersistentVolumeClaim'],
      stage: 'removed',
    },
  ],
  [
    'a Deployment with another selector',
    { before: deployment({ app: 'web' }), after: deployment({ app: 'web', tier: 'front' }), playbook: 'selector' },
    { isOld: false, pods: ['new Pod'], replicaSets: ['new ReplicaSet'], stage: 'removed' },
  ],
  [
    'a Job of another template',
    { before: job('work:1'), after: job('work:2'), playbook: 'rerun', more: { token: 'again' } },
    { isOld: false, pods: ['new Pod'], stage: 'removed' },
  ],
  [
    'a Service that becomes headless',
    { before: service({}), after: service({ clusterIP: 'None' }), playbook: 'service' },
    { isOld: false, stage: 'removed' },
  ],
];

describe.each(PLAYS)('%s', (_, scenario, expected) => {
  test('ends the same wherever the worker is killed and however it comes back', async () => {
    const undisturbed = await play(scenario);
    expect(undisturbed.state).toMatchObject({ status: 'ready', ...expected });
    expect(undisturbed.writes).toBeGreaterThan(1);
    const states = await playKilled(scenario, undisturbed.writes);
    expect(states).toEqual(states.map(({ kill }) => ({ kill, state: undisturbed.state })));
  });
});

describe('the plan', () => {
  test('of fresh volumes names every object that goes, and what becomes of the data', async () => {
    const ns = await scene();
    const two = statefulSet({ replicas: 2 });
    await standing(ns, two);
    const plan = await engine().plan(specOf(ns, 'fresh-volumes', { token: 'monday' }), contextOf([two]));
    expect(plan).toMatchObject([
      { action: 'replace', what: `StatefulSet ${ns}/db`, destructive: true },
      { action: 'delete', what: `PersistentVolumeClaim ${ns}/data-db-0`, destructive: true },
      { action: 'delete', what: `PersistentVolumeClaim ${ns}/data-db-1`, destructive: true },
    ]);
    expect(plan[1]?.detail).toEqual([expect.stringMatching(/^its volume pvc-\S+ and all data on it are deleted/)]);
    expect(await list(ns, 'v1', 'PersistentVolumeClaim')).toHaveLength(2);
  });

  test('of what the API server takes in place is an update, and of what is as declared nothing', async () => {
    const ns = await scene();
    await standing(ns, deployment({ app: 'web' }));
    const wider = { ...deployment({ app: 'web' }), metadata: { name: 'web', labels: { team: 'data' } } };
    const spec = specOf(ns, 'selector');
    expect(await engine().plan(spec, contextOf([wider]))).toMatchObject([{ action: 'update', destructive: false }]);
    expect(await engine().plan(spec, contextOf([deployment({ app: 'web' })]))).toMatchObject([{ action: 'unchanged' }]);
  });

  test('on an empty cluster makes the object, and does not make it again afterwards', async () => {
    const ns = await scene();
    const spec = specOf(ns, 'fresh-volumes', { token: 'monday' });
    expect(await engine().plan(spec, contextOf([statefulSet()]))).toMatchObject([{ action: 'create' }]);
    await engine().apply(spec, contextOf([statefulSet()]));
    expect(await engine().plan(spec, contextOf([statefulSet()]))).toMatchObject([{ action: 'unchanged' }]);
    const later = await engine().plan(specOf(ns, 'fresh-volumes', { token: 'tuesday' }), contextOf([statefulSet()]));
    expect(later.map(({ action }) => action)).toEqual(['replace', 'delete']);
  });

  test('refuses what a playbook cannot do', async () => {
    const ns = await scene();
    await standing(ns, statefulSet());
    const other = { selector: { matchLabels: { app: 'x' } }, template: template({ app: 'x' }) };
    expect(await failureOf(engine().plan(specOf(ns, 'orphan'), contextOf([statefulSet(other)])))).toMatchObject({
      type: 'ExpectationFailed',
      message: expect.stringContaining('would not adopt its pods'),
    });
    const shrunk = engine().plan(specOf(ns, 'expand'), contextOf([statefulSet({}, '500Mi')]));
    expect((await failureOf(shrunk)).message).toMatch(/would shrink from 1Gi to 500Mi/);
    const grown = engine().plan(specOf(ns, 'expand'), contextOf([statefulSet({}, '2Gi')]));
    expect((await failureOf(grown)).message).toMatch(/Storage class standard does not let volumes grow/);
    const moved = engine().plan(specOf(ns, 'expand'), contextOf([statefulSet({}, '1Gi', 'fast')]));
    expect((await failureOf(moved)).message).toMatch(/takes a copy of the data/);
    expect((await failureOf(engine().plan(specOf(ns, 'selector'), contextOf([statefulSet()])))).type).toBe(
      'InvalidRollout',
    );
  });
});

test('volumes of a StatefulSet grow, and its pods stay, wherever the worker is killed', async () => {
  const storageClass = freshName('growing');
  classes.push(storageClass);
  await client.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: storageClass },
    provisioner: 'lab.windlass.dev/simulated',
    allowVolumeExpansion: true,
  });
  const scenario: Play = {
    before: statefulSet({}, '1Gi', storageClass),
    after: statefulSet({}, '2Gi', storageClass),
    playbook: 'expand',
  };
  const undisturbed = await play(scenario);
  expect(undisturbed.state).toMatchObject({ isOld: false, pods: ['old Pod'], status: 'ready' });
  const states = await playKilled(scenario, undisturbed.writes);
  expect(states).toEqual(states.map(({ kill }) => ({ kill, state: undisturbed.state })));
  const claims = (await Promise.all(namespaces.map((ns) => list(ns, 'v1', 'PersistentVolumeClaim')))).flat();
  expect(new Set(claims.map((claim) => readText(claim, 'spec', 'resources', 'requests', 'storage')))).toEqual(
    new Set(['2Gi']),
  );
});

describe('volumes in another storage class', () => {
  const VOLUME = { apiVersion: 'v1', kind: 'PersistentVolume' } as const;
  const copy = { image: 'tools:1' };
  let fast: string;

  beforeEach(async () => {
    fast = freshName('fast');
    classes.push(fast);
    await client.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: fast },
      provisioner: 'lab.windlass.dev/simulated',
    });
  });
  afterEach(async () => {
    // What was moved away from is kept for good.
    for (const { metadata, ...volume } of await client.list(VOLUME))
      if (namespaces.includes(readText(volume.spec, 'claimRef', 'namespace') ?? ''))
        await client.delete({ ...VOLUME, name: metadata.name });
  });

  const volumesOf = async (ns: string) =>
    (await client.list(VOLUME))
      .filter((volume) => readText(volume, 'spec', 'claimRef', 'namespace') === ns)
      .map((volume) => ({
        class: readText(volume, 'spec', 'storageClassName'),
        claim: readText(volume, 'spec', 'claimRef', 'name'),
        phase: readText(volume, 'status', 'phase'),
        policy: readText(volume, 'spec', 'persistentVolumeReclaimPolicy'),
        marked: volume.metadata.labels?.['windlass.dev/move'] !== undefined,
      }))
      .sort((a, b) => ((a.class ?? '') < (b.class ?? '') ? -1 : 1));
  /** A client whose Jobs do not come to their end in the second that they are given. */
  const slowCopies = (): KubernetesClient =>
    new Proxy(client, {
      get: (target, property) => {
        if (property !== 'apply') return bound(target, property);
        return (object: KubernetesObject, options?: object) => {
          if (object.kind !== 'Job') return client.apply(object, options);
          const text = JSON.stringify({ ...object, spec: { ...(object.spec as object), activeDeadlineSeconds: 1 } });
          const slow = text.replace('"labels":', '"annotations":{"windlass.dev/complete-after":"1h"},"labels":');
          return client.apply(JSON.parse(slow) as KubernetesObject, options);
        };
      },
    });
  const bound = (target: KubernetesClient, property: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, property, target);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  };
  const moved = () => [
    { class: fast, claim: 'data-db-0', phase: 'Bound', policy: 'Delete', marked: false },
    { class: 'standard', claim: 'data-db-0', phase: 'Released', policy: 'Retain', marked: false },
  ];

  test('get their data copied and keep the names of their claims, wherever the worker is killed', async () => {
    const scenario: Play = {
      before: statefulSet(),
      after: statefulSet({}, '1Gi', fast),
      playbook: 'move',
      more: { copy },
    };
    const undisturbed = await play(scenario);
    expect(undisturbed.state).toMatchObject({
      status: 'ready',
      pods: ['new Pod'],
      claims: ['new PersistentVolumeClaim'],
    });
    const states = await playKilled(scenario, undisturbed.writes);
    expect(states).toEqual(states.map(({ kill }) => ({ kill, state: undisturbed.state })));
    for (const ns of namespaces) {
      expect(await volumesOf(ns)).toEqual(moved());
      expect(await list(ns, 'batch/v1', 'Job')).toEqual([]);
    }
  });

  test('of a single claim move while nobody uses it, and are refused while somebody does', async () => {
    const ns = await scene();
    const claim = (storageClassName: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-db-0', labels: { app: 'db' } },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
    });
    await standing(ns, claim('standard'));
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'reader', annotations: QUICK },
      spec: {
        containers: [{ name: 'main', image: 'reader:1' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }],
      },
    };
    await standing(ns, pod);
    const spec = specOf(ns, 'move', { copy });
    const used = await failureOf(engine().apply(spec, contextOf([claim(fast)])));
    expect(used).toMatchObject({ type: 'ExpectationFailed', message: expect.stringContaining('reader') });
    await client.delete({ apiVersion: 'v1', kind: 'Pod', name: 'reader', namespace: ns });
    await until(async () => (await list(ns, 'v1', 'Pod')).length === 0);
    expect(await engine().plan(spec, contextOf([claim(fast)]))).toMatchObject([
      {
        action: 'replace',
        what: `PersistentVolumeClaim ${ns}/data-db-0`,
        destructive: true,
        detail: [expect.stringContaining(`standard -> ${fast}`), expect.stringContaining('old volume is kept')],
      },
    ]);
    const { findings } = await engine().apply(spec, contextOf([claim(fast)]));
    expect(findings).toMatchObject([{ holds: true }]);
    expect(await volumesOf(ns)).toEqual(moved());
    expect(await engine().plan(spec, contextOf([claim(fast)]))).toMatchObject([{ action: 'unchanged' }]);
  });

  test('stay as they are when the copy fails, and are copied anew by a retry', async () => {
    const ns = await scene();
    await standing(ns, statefulSet());
    const spec = specOf(ns, 'move', { copy });
    const failure = await failureOf(engine(slowCopies()).apply(spec, contextOf([statefulSet({}, '1Gi', fast)])));
    expect(failure).toMatchObject({ type: 'Stalled' });
    expect(await volumesOf(ns)).toMatchObject([
      { class: fast },
      { class: 'standard', phase: 'Bound', policy: 'Retain' },
    ]);
    await engine().apply(spec, contextOf([statefulSet({}, '1Gi', fast)]));
    await until(async () => JSON.stringify(await volumesOf(ns)) === JSON.stringify(moved()));
  });

  test('are not moved where that would lose them', async () => {
    const ns = await scene();
    const policy = { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' } };
    await standing(ns, statefulSet(policy));
    const plan = engine().plan(specOf(ns, 'move', { copy }), contextOf([statefulSet(policy, '1Gi', fast)]));
    expect((await failureOf(plan)).message).toContain('would be deleted with it');
  });
});

test('nothing is deleted once the right to act has run out', async () => {
  const ns = await scene();
  const before = await standing(ns, statefulSet());
  const fence = { token: 1, deadline: Date.now() - 1, lock: 'lock/test/cluster' };
  const spec = specOf(ns, 'fresh-volumes', { token: 'monday' });
  const failure = await failureOf(engine().apply(spec, contextOf([statefulSet()], { fence })));
  expect(failure.type).toBe('FenceLost');
  const after = await client.get({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: ns, name: 'db' });
  expect(after?.metadata.uid).toBe(before.metadata.uid);
});
