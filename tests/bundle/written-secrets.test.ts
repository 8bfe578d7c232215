import { describe, expect, test } from '@jest/globals';
import { readManifests } from '../../src/bundle/checks/manifests.ts';
import { writtenSecrets } from '../../src/bundle/checks/written-secrets.ts';
import type { JsonObject } from '../../src/domain/json.ts';

const VALUE = 'hunter2';
const deployment = (...env: readonly object[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { template: { spec: { initContainers: [{ env }] } } },
});
const secret = (more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });
const configMap = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', data });
const secretsIn = (object: object) => {
  const found = writtenSecrets(object as JsonObject);
  for (const { message } of found) expect(message).not.toContain(VALUE);
  return found;
};
const placesOf = (object: object) => secretsIn(object).map(({ at }) => at.join('.'));
/** The messages of problems and of notes, as a rollout is refused for them. */
const readFile = (text: string) => {
  const { problems, notes } = readManifests(text, ({ line }, message) => ({ file: 'a', line, column: 1, message }));
  const all = [...problems, ...notes].map(({ message }) => message);
  expect(all.join('\n')).not.toContain(VALUE);
  return { problems: problems.map(({ message }) => message), notes: notes.map(({ message }) => message) };
};

describe('a value that is written down', () => {
  test.each([
    [
      'a variable',
      deployment({ name: 'DB_PASSWORD', value: VALUE }),
      'spec.template.spec.initContainers.0.env.0.value',
    ],
    ['a number', deployment({ name: 'DB_PASSWORD', value: 12345 }), 'spec.template.spec.initContainers.0.env.0.value'],
    [
      'a large number',
      deployment({ name: 'API_KEY', value: 2n ** 60n }),
      'spec.template.spec.initContainers.0.env.0.value',
    ],
    ['data of a Secret', secret({ data: { a: VALUE } }), 'data'],
    ['a misspelt field of a Secret', secret({ strindData: { a: VALUE } }), 'strindData'],
    [
      'a Secret in something else',
      { apiVersion: 'example.com/v1', kind: 'Bundle', spec: { objects: [secret({ stringData: { a: VALUE } })] } },
      'spec.objects.0.stringData',
    ],
    [
      'a copy of a Secret in its annotation',
      secret({ metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } }),
      'metadata.annotations.kubectl.kubernetes.io/last-applied-configuration',
    ],
    [
      'a copy of a workload in its annotation',
      {
        metadata: {
          annotations: {
            'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(
              deployment({ name: 'TOKEN', value: VALUE }),
            ),
          },
        },
      },
      'metadata.annotations.kubectl.kubernetes.io/last-applied-configuration',
    ],
    ['a value below status', secret({ status: { p: VALUE } }), 'status'],
    ['a value below type', secret({ type: { p: VALUE } }), 'type'],
    [
      'a value indented into metadata',
      secret({ metadata: { name: 's', stringData: { p: VALUE } } }),
      'metadata.stringData',
    ],
    [
      'a value indented into annotations',
      secret({ metadata: { name: 's', annotations: { stringData: { p: VALUE } } } }),
      'metadata.annotations',
    ],
    ...['secret', 'Secrets', 'SECRET', ' Secret '].map(
      (kind) => [`kind ${JSON.stringify(kind)}`, secret({ kind, data: { p: VALUE } }), 'data'] as const,
    ),
    ...['core/v1', 'v1 ', 'v2', 'V1', '/v1'].map(
      (apiVersion) =>
        [`version ${JSON.stringify(apiVersion)}`, secret({ apiVersion, data: { p: VALUE } }), 'data'] as const,
    ),
    ['a Secret without a version', { spec: { kind: 'Secret', stringData: { p: VALUE } } }, 'spec.stringData'],
    ['stringData of a ConfigMap', { ...configMap({}), stringData: { p: VALUE } }, 'stringData'],
    [
      'a list of Secrets in something else, whose items leave out their kind',
      { spec: { objects: { apiVersion: 'v1', kind: 'SecretList', items: [{ metadata: {}, data: { p: VALUE } }] } } },
      'spec.objects.items.0.data',
    ],
    [
      'a list of Secrets whose items are a mapping',
      { apiVersion: 'v1', kind: 'SecretList', items: { p: VALUE } },
      'items',
    ],
    [
      'a list of Secrets with a value beside its items',
      { apiVersion: 'v1', kind: 'SecretList', items: [], stringData: { p: VALUE } },
      'stringData',
    ],
    [
      'a value that another one hides in a merge',
      secret({ '<<': [{ stringData: {} }, { stringData: { p: VALUE } }], stringData: {} }),
      'stringData',
    ],
    ['a key of a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', data: { DB_PASSWORD: VALUE } }, 'data.DB_PASSWORD'],
    [
      'a private key as base64',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        binaryData: { 'tls.key': Buffer.from('-----BEGIN PRIVATE KEY-----').toString('base64') },
      },
      'binaryData.tls.key',
    ],
  ])('is found: %s', (_what, object, place) => {
    expect(placesOf(object)).toEqual([place]);
  });

  test.each([
    'yes',
    'no',
    'true',
    'False',
    '0',
    '1',
    'on',
    'OFF',
    '',
    '$(OTHER)',
    '${OTHER}',
    '<password>',
    'jwt,priv-key=/certs/token.pem,ttl=10m',
  ])('is none: %j, though the name ends so', (value) => {
    expect(placesOf(deployment({ name: 'ALLOW_EMPTY_PASSWORD', value }))).toEqual([]);
    expect(placesOf({ apiVersion: 'v1', kind: 'ConfigMap', data: { MYSQL_RANDOM_ROOT_PASSWORD: value } })).toEqual([]);
  });

  test('is none: the token by which the members of an etcd tell their cluster from others', () => {
    expect(placesOf(deployment({ name: 'ETCD_INITIAL_CLUSTER_TOKEN', value: 'etcd-cluster' }))).toEqual([]);
    expect(placesOf(deployment({ name: 'CLUSTER_TOKEN', value: 'etcd-cluster' }))).not.toEqual([]);
  });

  test('is a note only where no more than the name of a key of a ConfigMap says so', () => {
    for (const key of ['DB_PASSWORD', 'adminPassword', 'admin.password', 'api-key', 'rootToken']) {
      expect(secretsIn(configMap({ [key]: VALUE }))).toMatchObject([{ at: ['data', key], certain: false }]);
      expect(secretsIn(deployment({ name: key, value: VALUE }))).toMatchObject([{ certain: true }]);
    }
    expect(secretsIn({ ...configMap({}), stringData: { p: VALUE } })).toMatchObject([{ certain: true }]);
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { adminPassword: ${VALUE} }\n`;
    expect(readFile(text)).toEqual({ problems: [], notes: [expect.stringContaining('adminPassword')] });
  });

  test.each([
    ...['$DB_PASSWORD', '/run/secrets/db', '@DB_PASSWORD@', 'file:/a', 'env:A', 'vault:secret/data/db#password'],
    ...['ref:a', 'ref+vault://a', 'arn:aws:secretsmanager:x', 'xxxx', '****', 'null', 'None'],
  ])('is none: %j, a reference or no value, under a key of a ConfigMap', (value) => {
    expect(placesOf(configMap({ DB_PASSWORD: value, adminPassword: value }))).toEqual([]);
  });

  test('is none: a limit, or the name of a Secret', () => {
    expect(
      placesOf(configMap({ MAX_TOKEN: '4096', maxToken: 12, DB_SECRET: 'shop-db-secret', tlsSecret: 'tls' })),
    ).toEqual([]);
    expect(placesOf(configMap({ MAX_TOKEN: VALUE, DB_SECRET: VALUE, DB_TOKEN: '4096' }))).toHaveLength(3);
  });

  test('is none: what names a Secret and holds nothing of it', () => {
    const reference = { apiVersion: 'v1', kind: 'Secret', name: 'a' };
    expect(placesOf({ spec: { ref: reference, from: [{ kind: 'Secret', name: 'a', valuesKey: 'b' }] } })).toEqual([]);
    expect(placesOf({ apiVersion: 'example.com/v1', kind: 'Secret', data: { a: VALUE } })).toEqual([]);
    const ownerReferences = [{ ...reference, uid: 'u', controller: true }];
    const metadata = { name: 's', labels: { a: 'b' }, annotations: { data: 'c' }, finalizers: ['d'], ownerReferences };
    expect(placesOf(secret({ metadata }))).toEqual([]);
  });

  test.each([
    [
      'hidden by a merge',
      'kind: Secret\n<<: { stringData: { p: hunter2 } }\nstringData: {}\n',
      'a Secret with its values',
    ],
    [
      'hidden by a merge of an alias that merges',
      'x-a: &a { stringData: { p: hunter2 } }\nx-b: &b { <<: *a, stringData: {} }\nkind: Secret\n<<: [*b]\nstringData: {}\n',
      'a Secret with its values',
    ],
    [
      'beside the items of a list',
      'kind: List\nitems: []\nstringData: { p: hunter2 }\n',
      'stringData of a list is applied nowhere',
    ],
    [
      'in the metadata of a list',
      'kind: List\nmetadata: { data: { p: hunter2 } }\nitems: []\n',
      'metadata.data of a list',
    ],
    ['in a Secret without a name', 'kind: Secret\nstringData: { p: hunter2 }\n', 'a Secret with its values'],
  ])('is refused in a file: %s', (_what, text, message) => {
    expect(readFile(`apiVersion: v1\n${text}`).problems).toContainEqual(expect.stringContaining(message));
  });

  test('is none: a Secret that is filled later, a reference, the name of a file', () => {
    expect(placesOf(secret({ type: 'Opaque', immutable: true, data: {}, stringData: null }))).toEqual([]);
    const valueFrom = { secretKeyRef: { name: 's', key: 'a' } };
    expect(placesOf(deployment({ name: 'PASSWORD', valueFrom }, { name: 'PASSWORD_FILE', value: '/a' }))).toEqual([]);
  });
});
