import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { read } from '../../src/domain/json-fields.ts';
import { failureOf, freshName, namespace, namespaceRef, specOf, Stranger } from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let stranger: Stranger;
let rollout: OwnRollout;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
  stranger = await Stranger.open();
  ns = freshName('unions');
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } });
});
afterAll(async () => {
  await client.delete(namespaceRef(ns));
  await Promise.all([client.close(), stranger.close()]);
});
beforeEach(() => {
  rollout = new OwnRollout();
});
afterEach(async () => {
  await rollout.cleanUp(client);
});

const template = (image = 'main:1', more: object = {}) => ({
  metadata: { labels: { app: 'x' } },
  spec: { nodeSelector: { no: 'node' }, containers: [{ name: 'main', image }], ...more },
});
const selector = { matchLabels: { app: 'x' } };
const object = (apiVersion: string, kind: string, name: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});
const deployment = (name: string, strategy: object, of = template()) =>
  object('apps/v1', 'Deployment', name, { replicas: 0, selector, template: of, ...strategy });
const statefulSet = (name: string, strategy: object) =>
  object('apps/v1', 'StatefulSet', name, {
    replicas: 0,
    serviceName: 'x',
    selector,
    template: template(),
    ...strategy,
  });
const daemonSet = (name: string, strategy: object) =>
  object('apps/v1', 'DaemonSet', name, { selector, template: template(), ...strategy });
const volumes = (volume: object) => ({ volumes: [{ name: 'data', ...volume }] });
const cronJob = (name: string, volume: object) =>
  object('batch/v1', 'CronJob', name, {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: { spec: { template: template('main:1', { restartPolicy: 'Never', ...volumes(volume) }) } },
  });
const service = (name: string, spec: object) =>
  object('v1', 'Service', name, { selector: { app: 'x' }, ports: [{ port: 80 }], ...spec });
const scaler = (name: string, spec: object) =>
  object('autoscaling/v2', 'HorizontalPodAutoscaler', name, {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
    maxReplicas: 3,
    ...spec,
  });
const onMemory = {
  metrics: [
    { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } } },
  ],
};

const engine = () => kubernetesApplyEngine(client, { inventory: rollout.home });
const plan = async (declared: object) => engine().plan(specOf(ns), rollout.context([declared]));
const apply = async (declared: object) => engine().apply(specOf(ns, { wait: false }), rollout.context([declared]));

const CHANGES: readonly [string, object, object, JsonObject][] = [
  [
    'Deployment from a defaulted RollingUpdate to Recreate',
    deployment('a', {}),
    deployment('a', { strategy: { type: 'Recreate' } }),
    { strategy: { type: 'Recreate' } },
  ],
  [
    'Deployment from a declared RollingUpdate to Recreate',
    deployment('b', { strategy: { type: 'RollingUpdate' } }),
    deployment('b', { strategy: { type: 'Recreate' } }),
    { strategy: { type: 'Recreate' } },
  ],
  [
    'Deployment from Recreate back',
    deployment('c', { strategy: { type: 'Recreate' } }),
    deployment('c', {}),
    { strategy: { type: 'RollingUpdate' } },
  ],
  [
    'StatefulSet to OnDelete',
    statefulSet('a', {}),
    statefulSet('a', { updateStrategy: { type: 'OnDelete' } }),
    { updateStrategy: { type: 'OnDelete' } },
  ],
  [
    'StatefulSet from OnDelete back',
    statefulSet('b', { updateStrategy: { type: 'OnDelete' } }),
    statefulSet('b', {}),
    { updateStrategy: { type: 'RollingUpdate' } },
  ],
  [
    'DaemonSet to OnDelete',
    daemonSet('a', {}),
    daemonSet('a', { updateStrategy: { type: 'OnDelete' } }),
    { updateStrategy: { type: 'OnDelete' } },
  ],
  [
    'volume that the server made an emptyDir',
    deployment('d', {}, template('main:1', volumes({}))),
    deployment('d', {}, template('main:1', volumes({ configMap: { name: 'x' } }))),
    { template: { spec: { volumes: [{ configMap: { name: 'x' } }] } } },
  ],
  [
    'the same volume in a CronJob',
    cronJob('a', {}),
    cronJob('a', { secret: { secretName: 'x' } }),
    { jobTemplate: { spec: { template: { spec: { volumes: [{ secret: { secretName: 'x' } }] } } } } },
  ],
  ['Service from NodePort to ClusterIP', service('a', { type: 'NodePort' }), service('a', {}), { type: 'ClusterIP' }],
  [
    'Service from LoadBalancer with fields of its own to ClusterIP',
    service('b', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: false }),
    service('b', { type: 'ClusterIP' }),
    { type: 'ClusterIP' },
  ],
  [
    'autoscaler from the default metric to another',
    scaler('a', {}),
    scaler('a', onMemory),
    { metrics: [{ resource: { name: 'memory' } }] },
  ],
];

describe('a change from one member of a union to another', () => {
  test.each(CHANGES)('is made: %s', async (_what, before, after, wanted) => {
    await apply(before);
    expect((await plan(after))[0]?.action).toBe('update');
    await apply(after);
    const { apiVersion, kind, metadata } = after as { apiVersion: string; kind: string; metadata: { name: string } };
    expect(await client.get({ apiVersion, kind, name: metadata.name, namespace: ns })).toMatchObject({ spec: wanted });
    expect((await plan(after))[0]?.action).toBe('unchanged');
  });

  test('is told in the plan, and takes the default over without changing a value', async () => {
    await apply(deployment('told', {}));
    const after = deployment('told', { strategy: { type: 'Recreate' } }, template('main:2'));
    const [change] = await plan(after);
    expect(change?.detail).toEqual(
      expect.arrayContaining([
        'spec.strategy.type: "RollingUpdate" -> "Recreate"',
        'spec.template.spec.containers[main].image: "main:1" -> "main:2"',
        'spec.strategy.rollingUpdate: a default that stands in the way of what is declared: taken over first, so that it goes',
      ]),
    );
    await apply(after);
    const live = await client.get({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'told', namespace: ns });
    // One for the strategy and the image together: what was applied before changed nothing.
    expect(live?.metadata.generation).toBe(2);
    expect(read(live?.spec, 'strategy', 'rollingUpdate')).toBeUndefined();
  });

  test.each([
    ['strategy', deployment('s1', {}), deployment('s1', { strategy: { type: 'Recreate' } })],
    [
      'volume',
      deployment('s2', {}, template('main:1', volumes({ emptyDir: {} }))),
      deployment('s2', {}, template('main:1', volumes({ configMap: { name: 'x' } }))),
    ],
  ])('which belongs to somebody else is made with force alone: %s', async (_what, theirs, ours) => {
    await stranger.create(`/apis/apps/v1/namespaces/${ns}/deployments`, theirs);
    const context = () => rollout.context([ours]);
    const [change] = await engine().plan(specOf(ns), context());
    expect(change?.detail).toContainEqual(expect.stringMatching(/belongs to stranger: refused unless force is set$/));
    expect((await failureOf(apply(ours))).type).toBe('OwnershipConflict');
    await engine().apply(specOf(ns, { wait: false, force: true }), context());
    const { name } = (ours as { metadata: { name: string } }).metadata;
    const live = await client.get({ apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: ns });
    expect(read(live?.spec, 'strategy', 'rollingUpdate') === undefined).toBe(name === 's1');
    expect((await engine().plan(specOf(ns), context()))[0]?.action).toBe('unchanged');
  });

  test('is refused as before where the declaration itself is wrong, with nothing taken', async () => {
    await apply(deployment('wrong', {}));
    const wrong = deployment('wrong', { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 2 } } });
    const failure = await failureOf(plan(wrong));
    expect(failure.type).toBe('InvalidManifest');
    expect(failure.message).toContain('spec.strategy.rollingUpdate');
    const live = await client.get({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'wrong', namespace: ns });
    expect(read(live?.spec, 'strategy', 'type')).toBe('RollingUpdate');
  });
});

describe('empty values that the server or others fill', () => {
  const path = (kind: string, name: string) => () => `/api/v1/namespaces/${ns}/${kind}/${name}`;
  const deployments = (name: string) => () => `/apis/apps/v1/namespaces/${ns}/deployments/${name}`;
  const filled: readonly [string, object, (() => string) | null, object][] = [
    [
      'labels',
      { ...deployment('e1', {}), metadata: { name: 'e1', labels: {} } },
      deployments('e1'),
      { metadata: { labels: { a: 'b' } } },
    ],
    [
      'annotations',
      { ...deployment('e2', {}), metadata: { name: 'e2', annotations: {} } },
      deployments('e2'),
      { metadata: { annotations: { a: 'b' } } },
    ],
    [
      'annotations that are null',
      { ...deployment('e3', {}), metadata: { name: 'e3', annotations: null } },
      deployments('e3'),
      { metadata: { annotations: { a: 'b' } } },
    ],
    [
      'finalizers',
      { ...deployment('e4', {}), metadata: { name: 'e4', finalizers: [] } },
      deployments('e4'),
      { metadata: { finalizers: [] } },
    ],
    [
      'annotations of pods',
      deployment('e5', {}, { ...template(), metadata: { labels: { app: 'x' }, annotations: {} } as never }),
      deployments('e5'),
      { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
    ],
    [
      'data',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'e6' }, data: {} },
      path('configmaps', 'e6'),
      { data: { a: 'b' } },
    ],
    [
      'the selector of a Job',
      object('batch/v1', 'Job', 'e7', {
        suspend: true,
        selector: {},
        template: template('main:1', { restartPolicy: 'Never' }),
      }),
      null,
      {},
    ],
    [
      'the volume and annotations of a claim',
      {
        ...object('v1', 'PersistentVolumeClaim', 'e8', {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '1Mi' } },
          volumeName: '',
        }),
        metadata: { name: 'e8', annotations: {} },
      },
      path('persistentvolumeclaims', 'e8'),
      { metadata: { annotations: { a: 'b' } } },
    ],
    [
      'ports and addresses',
      service('e9', { type: 'NodePort', clusterIP: '', ports: [{ port: 80, nodePort: 0 }] }),
      null,
      {},
    ],
  ];

  test.each(filled)('are no difference: %s', async (_what, declared, at, change) => {
    await apply(declared);
    if (at !== null) await stranger.edit(at(), change);
    expect((await plan(declared))[0]?.action).toBe('unchanged');
    const [finding] = await engine().verify(specOf(ns, { wait: false }), rollout.context([declared]));
    expect(finding?.holds).toBe(true);
  });

  const job = (name: string, of: object, spec: object = {}) =>
    object('batch/v1', 'Job', name, {
      suspend: true,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main:1' }], ...of } },
      ...spec,
    });
  const running = { suspend: false, selector: {} };
  const sized = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
  const claim = (name: string, more: object) =>
    object('v1', 'PersistentVolumeClaim', name, { ...sized, volumeMode: 'Filesystem', ...more });
  const claims = (volumeClaimTemplates: object[]) => ({ ...statefulSet('f2', {}).spec, volumeClaimTemplates });
  const fixed = (flag: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'f4' },
    immutable: true,
    data: { flag },
  });
  const declaredBefore: readonly [string, object, object][] = [
    [
      'the node selector of a Job',
      job('f1', { nodeSelector: { disk: 'ssd' } }, running),
      job('f1', { nodeSelector: {} }, running),
    ],
    [
      'claim templates',
      object('apps/v1', 'StatefulSet', 'f2', claims([{ metadata: { name: 'data' }, spec: sized }])),
      object('apps/v1', 'StatefulSet', 'f2', claims([])),
    ],
    ['the class of a claim', claim('f3', { storageClassName: 'fast' }), claim('f3', { storageClassName: '' })],
    ['data that cannot change', fixed('set'), fixed('')],
  ];

  test.each(declaredBefore)('are a change where they take away what was declared: %s', async (_what, before, after) => {
    await apply(before);
    const [change] = await plan(after);
    expect(change).toMatchObject({ action: 'replace', destructive: true });
    const [finding] = await engine().verify(specOf(ns, { wait: false }), rollout.context([after]));
    expect(finding?.holds).toBe(false);
  });
});

describe('status', () => {
  test('is a field like any other where it is no subresource, and not where it is one', async () => {
    const group = `${ns}.test`;
    const definition = (plural: string, kind: string, subresources: object) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            ...subresources,
            schema: { openAPIV3Schema: { type: 'object', properties: { status: { type: 'string' } } } },
          },
        ],
      },
    });
    const definitions = [
      definition('gauges', 'Gauge', {}),
      definition('meters', 'Meter', { subresources: { status: {} } }),
    ];
    const objects = (status: string) => [
      namespace(ns),
      ...definitions,
      ...['Gauge', 'Meter'].map((kind) => ({ apiVersion: `${group}/v1`, kind, metadata: { name: 'tank' }, status })),
    ];
    try {
      await engine().apply(specOf(ns, { wait: false, force: true }), rollout.context(objects('planned')));
      const retired = await engine().plan(specOf(ns), rollout.context(objects('retired')));
      expect(retired.map(({ what, action }) => `${what}: ${action}`).slice(3)).toEqual([
        `Gauge ${ns}/tank: update`,
        `Meter ${ns}/tank: unchanged`,
      ]);
      expect(retired[3]?.detail).toEqual(['status: "planned" -> "retired"']);
      await engine().apply(specOf(ns, { wait: false }), rollout.context(objects('retired')));
      const live = await client.get({ apiVersion: `${group}/v1`, kind: 'Gauge', name: 'tank', namespace: ns });
      expect(live?.status).toBe('retired');
    } finally {
      for (const { apiVersion, kind, metadata } of definitions) await client.delete({ apiVersion, kind, ...metadata });
    }
  });
});
