import { describe, expect, test } from '@jest/globals';
import { writtenSecrets } from '../../src/bundle/checks/written-secrets.ts';

const VALUE = 'hunter2';
const deployment = (...env: readonly object[]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { template: { spec: { initContainers: [{ env }] } } },
});
const secret = (more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });
const placesOf = (object: object) => {
  const found = writtenSecrets(object);
  for (const { message } of found) expect(message).not.toContain(VALUE);
  return found.map(({ at }) => at.join('.'));
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

  test.each(['yes', 'no', 'true', 'False', '0', '1', 'on', 'OFF', '', '$(OTHER)', '${OTHER}', '<password>'])(
    'is none: %j, though the name ends so',
    (value) => {
      expect(placesOf(deployment({ name: 'ALLOW_EMPTY_PASSWORD', value }))).toEqual([]);
      expect(placesOf({ apiVersion: 'v1', kind: 'ConfigMap', data: { MYSQL_RANDOM_ROOT_PASSWORD: value } })).toEqual(
        [],
      );
    },
  );

  test('is none: a Secret that is filled later, a reference, the name of a file', () => {
    expect(placesOf(secret({ type: 'Opaque', immutable: true, data: {}, stringData: null }))).toEqual([]);
    const valueFrom = { secretKeyRef: { name: 's', key: 'a' } };
    expect(placesOf(deployment({ name: 'PASSWORD', valueFrom }, { name: 'PASSWORD_FILE', value: '/a' }))).toEqual([]);
  });
});
