import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { differences } from '../../src/kubernetes/plan/diff.ts';
import { isAsApplied, ownFields } from '../../src/kubernetes/plan/ownership.ts';
import {
  configMap,
  contextOf,
  deployment,
  freshName,
  namespace,
  namespaceRef,
  specOf,
  Stranger,
} from '../kubernetes/cluster.ts';
import { told } from '../support/told.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const APART = { statusApart: true };

let client: KubernetesClient;
let stranger: Stranger;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
  stranger = await Stranger.open();
});
afterAll(async () => {
  await Promise.all([client.close(), stranger.close()]);
});
beforeEach(() => {
  ns = freshName('apply');
});
afterEach(async () => {
  jest.restoreAllMocks();
  await client.delete(namespaceRef(ns));
});

const engine = () => kubernetesApplyEngine(client);
const read = (kind: string, name: string, apiVersion = 'v1') => client.get({ apiVersion, kind, name, namespace: ns });
const exists = async () => (await client.get(namespaceRef(ns))) !== null;

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

async function versions(kinds: readonly [apiVersion: string, kind: string][]): Promise<string[]> {
  const lists = await Promise.all(
    kinds.map(([apiVersion, kind]) => client.list({ apiVersion, kind }, { namespace: ns })),
  );
  return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion ?? ''}`);
}

const service = (name: string, port: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port }] },
});
const secret = (value: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'login' },
  stringData: { password: value },
});

describe('a set with its own namespace', () => {
  const set = () => [
    deployment('web', 2),
    service('web', 80),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner' } },
    ...['a', 'b', 'c', 'd'].map((name) => configMap(name)),
    secret('hunter2'),
    namespace(ns),
  ];

  test('is planned as created, touches nothing by that, and is then applied until it is ready', async () => {
    const plan = await engine().plan(specOf(ns), contextOf(set()));
    expect(plan.map(({ action }) => action)).toEqual(Array(9).fill('create'));
    expect(plan[0]?.what).toBe(`Deployment ${ns}/web`);
    expect(await exists()).toBe(false);

    const progress: Json[] = [];
    const applied = await engine().apply(specOf(ns), contextOf(set(), { progress: (state) => progress.push(state) }));
    expect(applied.changes).toEqual(plan);
    expect(told(applied.findings)).toMatchObject([
      { subject: '9 objects', holds: true },
      { subject: `Deployment ${ns}/web`, claim: 'ready: 2 of 2 replicas available', holds: true, how: 'simulated' },
    ]);
    expect(progress.at(-1)).toMatchObject({ stage: 'wait', applied: 9, of: 9, ready: 9 });
    const web = await read('Deployment', 'web', 'apps/v1');
    expect(web?.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'windlass', operation: 'Apply' }),
    );
    expect(JSON.stringify([plan, applied, progress])).not.toContain('hunter2');
  });

  test('applied again costs neither a write nor a dry run, and stays as it is', async () => {
    await engine().apply(specOf(ns), contextOf(set()));
    const kinds: [string, string][] = [
      ['v1', 'ConfigMap'],
      ['v1', 'Service'],
      ['v1', 'Secret'],
      ['v1', 'ServiceAccount'],
      ['apps/v1', 'Deployment'],
    ];
    const before = await versions(kinds);
    const writes = jest.spyOn(client, 'apply');
    const applied = await engine().apply(specOf(ns), contextOf(set()));
    expect(applied.changes.map(({ action }) => action)).toEqual(Array(9).fill('unchanged'));
    expect(writes).not.toHaveBeenCalled();
    expect(await versions(kinds)).toEqual(before);
    expect((await engine().verify(specOf(ns), contextOf(set()))).every(({ holds }) => holds)).toBe(true);
  });

  test('an object that somebody deleted is made again, and only that', async () => {
    await engine().apply(specOf(ns), contextOf(set()));
    await client.delete({ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', namespace: ns });
    const findings = await engine().verify(specOf(ns), contextOf(set()));
    expect(told(findings)[0]).toMatchObject({
      claim: '8 of 9 as declared',
      holds: false,
      observed: { differing: [`ConfigMap ${ns}/b`] },
    });
    const { changes } = await engine().apply(specOf(ns), contextOf(set()));
    expect(changes.filter(({ action }) => action !== 'unchanged').map(({ what }) => what)).toEqual([
      `ConfigMap ${ns}/b`,
    ]);
    expect(await read('ConfigMap', 'b')).not.toBeNull();
  });

  test('what leaves the manifest leaves the object', async () => {
    await engine().apply(specOf(ns), contextOf([namespace(ns), configMap('a', { a: '1', b: '2' })]));
    const smaller = contextOf([namespace(ns), configMap('a', { a: '1' })]);
    const plan = await engine().plan(specOf(ns), smaller);
    expect(plan[1]).toMatchObject({ action: 'update', detail: ['data.b: "2" -> (absent)'] });
    await engine().apply(specOf(ns), smaller);
    expect((await read('ConfigMap', 'a'))?.data).toEqual({ a: '1' });
  });

  test('defaults that the server writes into what is declared are no change', async () => {
    const web = deployment('web', 0);
    const env = [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
    Object.assign(web.spec.template.spec.containers[0]!, { env, resources: { limits: { cpu: '1000m' } } });
    await engine().apply(specOf(ns), contextOf([namespace(ns), web]));
    const before = await versions([['apps/v1', 'Deployment']]);
    const { changes } = await engine().apply(specOf(ns), contextOf([namespace(ns), web]));
    expect(changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    expect(await versions([['apps/v1', 'Deployment']])).toEqual(before);
  });

  test('the value of a Secret changes without being shown', async () => {
    await engine().apply(specOf(ns), contextOf([namespace(ns), secret('hunter2')]));
    const { changes } = await engine().apply(specOf(ns), contextOf([namespace(ns), secret('correct horse')]));
    expect(changes[1]).toEqual({
      action: 'update',
      what: `Secret ${ns}/login`,
      destructive: false,
      detail: ['data.password: *** -> ***'],
    });
    expect((await read('Secret', 'login'))?.data).toEqual({
      password: Buffer.from('correct horse').toString('base64'),
    });
  });
});

describe('what is found unchanged without asking the server', () => {
  test('is never something that the server would change', async () => {
    const container = (more: JsonObject) => ({ name: 'main', image: 'web:1', ...more });
    const ports = fc.constantFrom<JsonObject>(
      {},
      { ports: [{ containerPort: 80 }] },
      { ports: [{ containerPort: 80, protocol: 'UDP' }, { containerPort: 80 }] },
      { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] },
    );
    const env = fc.constantFrom<JsonObject>(
      {},
      { env: [] },
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      {
        env: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
      },
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      { env: [{ name: 'A', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }] },
    );
    const resources = fc.constantFrom<JsonObject>(
      {},
      { resources: {} },
      { resources: { limits: { cpu: '1000m' } } },
      { resources: { limits: { cpu: 1 } } },
      { resources: { limits: { cpu: '1' }, requests: { memory: '1024Mi' } } },
    );
    const labels = fc.constantFrom<JsonObject>(
      {},
      { annotations: {} },
      { annotations: { a: '1' } },
      { labels: { a: '1' } },
    );
    // A PodTemplate has all that a workload has, and no controller that would write in between.
    const workload = fc.tuple(ports, env, resources, labels).map(([portsOf, envOf, resourcesOf, meta]) => ({
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: { name: 'web', namespace: ns, ...meta },
      template: { metadata: meta, spec: { containers: [container({ ...portsOf, ...envOf, ...resourcesOf })] } },
    }));
    await stranger.create('/api/v1/namespaces', namespace(ns));
    let unchanged = 0;
    await fc.assert(
      fc.asyncProperty(workload, workload, async (before, after) => {
        const live = await client.apply(before, { force: true });
        for (const declared of [before, after]) {
          if (!isAsApplied(declared, live)) continue;
          unchanged += 1;
          const dry = await client.apply(declared, { dryRun: true });
          expect(differences(live, dry, APART)).toEqual([]);
          expect(ownFields(dry)?.fields).toEqual(ownFields(live)?.fields);
        }
      }),
      { numRuns: 60 },
    );
    expect(unchanged).toBeGreaterThan(40);
  });
});

describe('fields of somebody else', () => {
  const path = () => `/api/v1/namespaces/${ns}/configmaps/a`;
  const set = (value = '1') => contextOf([namespace(ns), configMap('z'), configMap('a', { a: value })]);

  test('are a conflict that is planned, and refused before anything is touched', async () => {
    await engine().apply(specOf(ns), contextOf([namespace(ns), configMap('a', { a: '1' })]));
    const edited = await stranger.edit(path(), { data: { a: 'edited' } });
    const [, , change] = await engine().plan(specOf(ns), set());
    expect(change).toMatchObject({
      action: 'update',
      detail: ['data.a: "edited" -> "1"', '.data.a belongs to stranger: refused unless force is set'],
    });
    const failure = await failureOf(engine().apply(specOf(ns), set()));
    expect(failure.summary()).toMatchObject({
      type: 'OwnershipConflict',
      object: `ConfigMap ${ns}/a`,
      facts: { conflicts: [{ manager: 'stranger', field: '.data.a' }], applied: 0 },
    });
    expect(await read('ConfigMap', 'z')).toBeNull();
    expect((await read('ConfigMap', 'a'))?.metadata.resourceVersion).toBe(edited.metadata.resourceVersion);
  });

  test('are taken over, and so repaired, where the rollout says so', async () => {
    await engine().apply(specOf(ns), contextOf([namespace(ns), configMap('a', { a: '1' })]));
    await stranger.edit(path(), { data: { a: 'edited', more: 'theirs' } });
    const force = specOf(ns, { force: true });
    const [, , change] = await engine().plan(force, set());
    expect(change?.detail).toContain('.data.a belongs to stranger: taken over');
    await engine().apply(force, set());
    expect((await read('ConfigMap', 'a'))?.data).toEqual({ a: '1', more: 'theirs' });
    expect((await engine().plan(force, set())).map(({ action }) => action)).toEqual(Array(3).fill('unchanged'));
  });

  test('with the value that is declared are shared, once', async () => {
    await stranger.create('/api/v1/namespaces', namespace(ns));
    await stranger.create(`/api/v1/namespaces/${ns}/configmaps`, configMap('a', { a: '1' }));
    const { changes } = await engine().apply(specOf(ns), contextOf([configMap('a', { a: '1' })]));
    expect(changes).toMatchObject([{ action: 'update', detail: ['ownership of fields only, no value changes'] }]);
    expect((await engine().plan(specOf(ns), contextOf([configMap('a', { a: '1' })])))[0]?.action).toBe('unchanged');
  });
});

describe('bad manifests are told all together, and nothing is touched', () => {
  test('unknown fields and wrong types, with file, line and what was meant', async () => {
    const text = `apiVersion: v1
kind: Namespace
metadata: { name: ${ns} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replica: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web, version: 1.1 } }
    spec:
      containers:
        - name: main
          imagePullPolicy: always
          ports: [{ containerPort: "80" }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: a }
dta: { a: "1" }
`;
    for (const work of [engine().plan(specOf(ns), contextOf(text)), engine().apply(specOf(ns), contextOf(text))]) {
      const failure = await failureOf(work);
      expect(failure.type).toBe('InvalidManifest');
      expect(failure.options.facts?.problems).toEqual([
        `set.yaml:9:3 Deployment web: spec.replica: unknown field "replica", did you mean "replicas"?`,
        `set.yaml:12:37 Deployment web: spec.template.metadata.labels.version: a string is expected, a number was found`,
        `set.yaml:16:11 Deployment web: spec.template.spec.containers[0].imagePullPolicy: must be one of "Always", "IfNotPresent", "Never"`,
        `set.yaml:17:21 Deployment web: spec.template.spec.containers[0].ports[0].containerPort: an integer is expected, a string was found`,
        `set.yaml:22:1 ConfigMap a: dta: unknown field "dta", did you mean "data"?`,
      ]);
    }
    expect(await exists()).toBe(false);
  });

  test('a kind that neither the cluster nor the set knows', async () => {
    const widget = { apiVersion: 'nobody.example.com/v1', kind: 'Widget', metadata: { name: 'w' } };
    const failure = await failureOf(engine().apply(specOf(ns), contextOf([namespace(ns), widget])));
    expect(failure.summary()).toMatchObject({
      type: 'UnknownKind',
      object: 'Widget w',
      facts: { kinds: ['nobody.example.com/v1/Widget'] },
    });
    expect(failure.message).toContain('set.yaml:7:1 Widget w');
    expect(await exists()).toBe(false);
  });

  test('a namespace that is nowhere, two objects of one name', async () => {
    const failure = await failureOf(engine().apply(specOf(ns), contextOf([configMap('a'), configMap('a')])));
    expect(failure.type).toBe('InvalidManifest');
    expect(failure.options.facts?.namespaces).toEqual([ns]);
    expect(failure.message).toContain('the same object is declared at set.yaml:1:1');
  });

  test('but not a namespace on a kind without one, which is left out as kubectl leaves it out', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: freshName('role'), namespace: ns },
      rules: [],
    };
    const [change] = await engine().plan(specOf('default'), contextOf([role]));
    expect(change).toMatchObject({ action: 'create', what: `ClusterRole ${role.metadata.name}` });
  });
});

describe('definitions and their objects in one set', () => {
  const group = `${freshName('g')}.example.com`;
  const define = (kind: string, more: object) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.toLowerCase()}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } }, ...more },
            },
          },
        },
      ],
    },
  });
  const definition = define('Widget', { status: { type: 'object', properties: { phase: { type: 'string' } } } });
  const setting = define('Setting', {});
  const widget = (spec: object) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'one' }, spec });
  afterAll(async () => {
    for (const { apiVersion, kind, metadata } of [definition, setting])
      await client.delete({ apiVersion, kind, name: metadata.name });
  });

  test('are checked against each other before anything is touched', async () => {
    const failure = await failureOf(
      engine().apply(specOf(ns), contextOf([namespace(ns), definition, widget({ sise: 1 })])),
    );
    expect(failure.message).toContain('spec.sise: unknown field "sise", did you mean "size"?');
    expect(await exists()).toBe(false);
  });

  test('are applied in one go, the objects after their kind is served', async () => {
    const set = [widget({ size: 1 }), definition, namespace(ns)];
    const spec = specOf(ns, { wait: false });
    expect((await engine().plan(spec, contextOf(set))).map(({ action }) => action)).toEqual([
      'create',
      'create',
      'create',
    ]);
    await engine().apply(spec, contextOf(set));
    expect((await read('Widget', 'one', `${group}/v1`))?.spec).toEqual({ size: 1 });
    expect((await engine().plan(spec, contextOf(set))).map(({ action }) => action)).toEqual(Array(3).fill('unchanged'));
  });

  test('a kind that does not tell whether it is ready is never taken for ready', async () => {
    const spec = specOf(ns, { readyWithin: '1s' });
    const failure = await failureOf(engine().apply(spec, contextOf([widget({ size: 2 }), definition, namespace(ns)])));
    expect(failure.summary()).toMatchObject({
      type: 'NotReadyInTime',
      facts: { notReady: [{ object: `Widget ${ns}/one`, state: 'unknown' }], applied: 3 },
    });
  });

  test('a kind whose schema has no status can tell nothing, and is in force once it is stored', async () => {
    const one = { ...widget({ size: 1 }), kind: 'Setting' };
    const { findings } = await engine().apply(specOf(ns), contextOf([one, setting, namespace(ns)]));
    expect(findings.every(({ holds }) => holds)).toBe(true);
    expect((await read('Setting', 'one', `${group}/v1`))?.spec).toEqual({ size: 1 });
  });
});

describe('what the API server refuses', () => {
  test('a change of immutable fields is planned as a replacement and never carried out', async () => {
    await engine().apply(specOf(ns), contextOf([namespace(ns), deployment('web', 0)]));
    const other = deployment('web', 0);
    other.spec.selector.matchLabels = other.spec.template.metadata.labels = { app: 'other' };
    const [, , change] = await engine().plan(specOf(ns), contextOf([namespace(ns), configMap('a'), other]));
    expect(change).toMatchObject({ action: 'replace', what: `Deployment ${ns}/web`, destructive: true });
    expect(change?.detail?.[0]).toContain('spec.selector');
    const before = await read('Deployment', 'web', 'apps/v1');
    const failure = await failureOf(engine().apply(specOf(ns), contextOf([namespace(ns), configMap('a'), other])));
    expect(failure.summary()).toMatchObject({
      type: 'InvalidManifest',
      retryable: false,
      object: `Deployment ${ns}/web`,
    });
    expect(await read('ConfigMap', 'a')).toBeNull();
    expect((await read('Deployment', 'web', 'apps/v1'))?.metadata.uid).toBe(before?.metadata.uid);
  });

  test('in the middle of a set: what was done, what failed and what was not tried is told, and a retry does the rest', async () => {
    const set = (port: number) => [
      namespace(ns),
      configMap('a'),
      service('s1', port),
      service('s2', port),
      deployment('web', 0),
    ];
    let resume: Json = null;
    const attempt = { progress: (state: Json) => void (resume = state) };
    const failure = await failureOf(engine().apply(specOf(ns), contextOf(set(99_999), attempt)));
    expect(failure.summary()).toMatchObject({
      type: 'InvalidManifest',
      facts: {
        written: [`Namespace ${ns}`, `ConfigMap ${ns}/a`],
        failed: [`Service ${ns}/s1`, `Service ${ns}/s2`],
        notTried: [`Deployment ${ns}/web`],
      },
    });
    const before = await read('ConfigMap', 'a');
    const { changes } = await engine().apply(specOf(ns), contextOf(set(80), { resume }));
    expect(changes.map(({ action }) => action)).toEqual(Array(5).fill('create'));
    expect(changes[1]?.detail).toEqual(['by an earlier attempt of this step']);
    expect((await read('ConfigMap', 'a'))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  });
});

describe('a fence', () => {
  test('that ran out lets nothing be written', async () => {
    const fence = { token: 7, deadline: Date.now() - 1, lock: 'lock/test/cluster' };
    const failure = await failureOf(engine().apply(specOf(ns), contextOf([namespace(ns), configMap('a')], { fence })));
    expect(failure.summary()).toMatchObject({ type: 'FenceLost', facts: { lock: 'lock/test/cluster', applied: 0 } });
    expect(await exists()).toBe(false);
  });

  test('that runs out in the middle stops there', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `c${String(index)}`);
    const fence = { token: 7, deadline: Infinity, lock: 'lock/test/cluster' };
    const written = jest.spyOn(client, 'apply');
    const progress = (): void => {
      if (written.mock.calls.length > 5) fence.deadline = 0;
    };
    const set = [namespace(ns), ...names.map((name) => configMap(name))];
    const failure = await failureOf(engine().apply(specOf(ns), contextOf(set, { fence, progress })));
    expect(failure.type).toBe('FenceLost');
    expect((await client.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: ns })).length).toBeLessThan(30);
  });
});

describe('cancellation', () => {
  test('ends an apply at once, with its own reason, and what was written stays known', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled by an operator');
    const names = Array.from({ length: 60 }, (_, index) => `c${String(index)}`);
    const progress = (state: Json): void => {
      if ((state as { applied: number }).applied >= 10) stop.abort(reason);
    };
    const set = [namespace(ns), ...names.map((name) => configMap(name))];
    await expect(engine().apply(specOf(ns), contextOf(set, { signal: stop.signal, progress }))).rejects.toBe(reason);
    const before = await client.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: ns });
    expect(before.length).toBeLessThan(60);
    const { changes } = await engine().apply(specOf(ns), contextOf(set));
    expect(changes.filter(({ action }) => action === 'create').length).toBeGreaterThan(0);
    expect(await client.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: ns })).toHaveLength(61);
  });
});
