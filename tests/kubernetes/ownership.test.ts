import { describe, expect, test } from '@jest/globals';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { isAsApplied } from '../../src/kubernetes/plan/ownership.ts';

/** As a real API server answered the apply of `declaredDeployment`, defaults and all. */
const liveDeployment = live(
  'apps/v1',
  'Deployment',
  {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          volumes: [{ name: 'scratch', emptyDir: {} }],
          containers: [
            {
              name: 'main',
              image: 'web:1',
              command: ['serve'],
              ports: [{ containerPort: 80, protocol: 'TCP' }],
              env: [
                { name: 'A', value: '1' },
                { name: 'B', value: '2' },
              ],
              resources: { limits: { cpu: '1', memory: '1Gi' } },
              terminationMessagePath: '/dev/termination-log',
              imagePullPolicy: 'IfNotPresent',
            },
          ],
          restartPolicy: 'Always',
        },
      },
    },
  },
  {
    'f:spec': {
      'f:selector': {},
      'f:template': {
        'f:metadata': { 'f:labels': { 'f:app': {} } },
        'f:spec': {
          'f:containers': {
            'k:{"name":"main"}': {
              '.': {},
              'f:name': {},
              'f:image': {},
              'f:command': {},
              'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
              'f:env': {
                'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} },
                'k:{"name":"B"}': { '.': {}, 'f:name': {}, 'f:value': {} },
              },
              'f:resources': { 'f:limits': { 'f:cpu': {}, 'f:memory': {} } },
            },
          },
          'f:volumes': { 'k:{"name":"scratch"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} } },
        },
      },
    },
  },
);

const container = {
  name: 'main',
  image: 'web:1',
  command: ['serve'],
  ports: [{ containerPort: 80 }],
  env: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
  resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
};

function deployment(change: JsonObject = {}, more: JsonObject = {}): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'one', namespace: 'data' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ ...container, ...change }], volumes: [{ name: 'scratch', emptyDir: {} }] },
      },
      ...more,
    },
  };
}

describe('whether applying would change anything', () => {
  test('no, when every declared field is ours and has its value, whatever defaults the server added', () => {
    expect(isAsApplied(deployment(), liveDeployment)).toBe(true);
  });

  test.each<[string, KubernetesObject]>([
    ['a value differs', deployment({ image: 'web:2' })],
    ['an atomic list differs', deployment({ command: ['serve', '--fast'] })],
    ['a field is new', deployment({ workingDir: '/' })],
    ['a field that we own is gone', deployment({ command: null })],
    ['an item of a keyed list is gone', deployment({ env: [{ name: 'A', value: '1' }] })],
    ['an item of a keyed list is new', deployment({ env: [...container.env, { name: 'C', value: '3' }] })],
    ['a keyed list has another order', deployment({ env: [...container.env].reverse() })],
    [
      'a value of a keyed list differs',
      deployment({
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '3' },
        ],
      }),
    ],
    ['a default that we do not own is declared', deployment({}, { replicas: 1 })],
    ['a quantity differs', deployment({ resources: { limits: { cpu: '1100m', memory: '1Gi' } } })],
    ['a label is declared', { ...deployment(), metadata: { name: 'one', namespace: 'data', labels: { a: 'b' } } }],
  ])('yes or perhaps, when %s', (_what, declared) => {
    expect(isAsApplied(declared, liveDeployment)).toBe(false);
  });

  test('no, for empty maps and lists, which are owned or not but never stored', () => {
    const { metadata, ...rest } = configMap({ a: '1' });
    const declared = { ...rest, metadata: { ...metadata, annotations: {}, finalizers: [] }, data: { a: '1', b: null } };
    const owned = { 'f:metadata': { 'f:annotations': {} }, 'f:data': { 'f:a': {} } };
    expect(isAsApplied(declared, live('v1', 'ConfigMap', { data: { a: '1' } }, owned))).toBe(true);
    const theirs = live('v1', 'ConfigMap', { data: { a: '1' } }, owned, { annotations: { by: 'others' } });
    expect(isAsApplied(declared, theirs)).toBe(false);
  });

  test('perhaps, when somebody else changed a field, since then it is ours no more', () => {
    const data = { data: { a: '2', b: '1' } };
    const declared = configMap({ a: '1', b: '1' });
    expect(isAsApplied(declared, live('v1', 'ConfigMap', data, { 'f:data': { 'f:b': {} } }))).toBe(false);
  });

  test('perhaps, when we never applied the object', () => {
    const bare = { ...configMap({ a: '1' }), metadata: { name: 'one', namespace: 'data' } };
    expect(isAsApplied(configMap({ a: '1' }), bare)).toBe(false);
  });

  test('perhaps, when it was applied in another version', () => {
    expect(isAsApplied({ ...deployment(), apiVersion: 'apps/v2' }, liveDeployment)).toBe(false);
  });

  test('no, for an object that declares nothing but its name, of which no entry is kept', () => {
    const account: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'one', namespace: 'data' },
    };
    expect(isAsApplied(account, { ...account, metadata: { ...account.metadata, uid: 'u' } })).toBe(true);
  });

  test('perhaps, for such an object that declared more before', () => {
    const account: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'one', namespace: 'data' },
    };
    expect(
      isAsApplied(account, live('v1', 'ServiceAccount', {}, { 'f:metadata': { 'f:labels': { 'f:a': {} } } })),
    ).toBe(false);
  });

  test('no, for the null timestamp that generators write', () => {
    const declared = {
      ...configMap({ a: '1' }),
      metadata: { name: 'one', namespace: 'data', creationTimestamp: null },
    };
    expect(isAsApplied(declared, live('v1', 'ConfigMap', { data: { a: '1' } }, { 'f:data': { 'f:a': {} } }))).toBe(
      true,
    );
  });

  test('text that looks like a quantity is compared as text where people choose it', () => {
    const owned = { 'f:data': { 'f:a': {} } };
    expect(isAsApplied(configMap({ a: '1000m' }), live('v1', 'ConfigMap', { data: { a: '1' } }, owned))).toBe(false);
    const widget = (cpu: string) => ({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'one', namespace: 'data' },
      spec: { limits: { cpu } },
    });
    const stored = live(
      'example.com/v1',
      'Widget',
      { spec: { limits: { cpu: '1' } } },
      { 'f:spec': { 'f:limits': { 'f:cpu': {} } } },
    );
    expect(isAsApplied(widget('1'), stored)).toBe(true);
    expect(isAsApplied(widget('1000m'), stored)).toBe(false);
  });

  test('no, for defaults inside values that are owned as a whole, and perhaps for anything else in them', () => {
    const env = (valueFrom: JsonObject) => deployment({ env: [{ name: 'A', valueFrom }] });
    const fields = {
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"main"}': {
                '.': {},
                'f:name': {},
                'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:valueFrom': { 'f:fieldRef': {} } } },
              },
            },
          },
        },
      },
    };
    const only = (object: KubernetesObject): KubernetesObject => {
      const env =
        ((((object.spec as JsonObject).template as JsonObject).spec as JsonObject).containers as JsonObject[])[0]
          ?.env ?? null;
      return { ...object, spec: { template: { spec: { containers: [{ name: 'main', env }] } } } };
    };
    const stored = (fieldRef: JsonObject) =>
      live('apps/v1', 'Deployment', { spec: only(env({ fieldRef })).spec ?? null }, fields);
    const declared = only(env({ fieldRef: { fieldPath: 'metadata.name' } }));
    expect(isAsApplied(declared, stored({ apiVersion: 'v1', fieldPath: 'metadata.name' }))).toBe(true);
    expect(isAsApplied(declared, stored({ apiVersion: 'v2', fieldPath: 'metadata.name' }))).toBe(false);
    expect(isAsApplied(declared, stored({ fieldPath: 'metadata.name', other: 1 }))).toBe(false);
    expect(isAsApplied(declared, stored({ apiVersion: 'v1', fieldPath: 'metadata.uid' }))).toBe(false);
  });

  test('the text of a Secret is compared with the data it became', () => {
    const secret = (value: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'one', namespace: 'data' },
      stringData: { a: value },
    });
    const stored = live('v1', 'Secret', { data: { a: 'MQ==' } }, { 'f:stringData': { 'f:a': {} } });
    expect(isAsApplied(secret('1'), stored)).toBe(true);
    expect(isAsApplied(secret('2'), stored)).toBe(false);
  });

  test('sets are compared item by item', () => {
    const owned = { 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a"': {}, 'v:"b"': {} } } };
    const declared = (finalizers: Json): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'one', namespace: 'data', finalizers },
    });
    const stored = live('v1', 'ConfigMap', {}, owned, { finalizers: ['x', 'a', 'b'] });
    expect(isAsApplied(declared(['a', 'b']), stored)).toBe(true);
    expect(isAsApplied(declared(['a']), stored)).toBe(false);
    expect(isAsApplied(declared(['a', 'c']), stored)).toBe(false);
  });
});

function configMap(data: JsonObject): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'data' }, data };
}

function live(
  apiVersion: string,
  kind: string,
  rest: JsonObject,
  fieldsV1: JsonObject,
  meta: JsonObject = {},
): KubernetesObject {
  const managedFields = [
    {
      manager: 'kube-controller-manager',
      operation: 'Update',
      apiVersion,
      subresource: 'status',
      fieldsV1: { 'f:status': {} },
    },
    { manager: 'windlass', operation: 'Update', apiVersion, fieldsV1: { 'f:spec': {} } },
    { manager: 'windlass', operation: 'Apply', apiVersion, fieldsV1 },
  ];
  return {
    apiVersion,
    kind,
    metadata: { name: 'one', namespace: 'data', uid: 'u', resourceVersion: '7', managedFields, ...meta },
    ...rest,
  };
}
