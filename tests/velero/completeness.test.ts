import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KeptKind, KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { completenessOf } from '../../src/velero/backup/completeness.ts';
import type { BackupTools } from '../../src/velero/backup/tools.ts';

const { signal } = new AbortController();
const KINDS: readonly KeptKind[] = [
  kept('v1', 'ConfigMap', 'configmaps', ['cm']),
  kept('v1', 'Secret', 'secrets'),
  kept('example.com/v1', 'Kept', 'kepts.example.com'),
  kept('v1', 'Event', 'events'),
  kept('velero.io/v1', 'Backup', 'backups.velero.io'),
  { ...kept('v1', 'Namespace', 'namespaces'), namespaced: false },
  { ...kept('example.com/v1', 'Wide', 'wides.example.com'), namespaced: false },
];

function kept(apiVersion: string, kind: string, resource: string, short: readonly string[] = []): KeptKind {
  const plural = resource.split('.')[0] ?? '';
  return { apiVersion, kind, resource, namespaced: true, names: [plural, resource, ...short] };
}

function made(kind: string, name: string, at: string, more: JsonObject = {}): KubernetesObject {
  const apiVersion = KINDS.find((one) => one.kind === kind)?.apiVersion ?? 'v1';
  const namespace = kind === 'Wide' ? {} : { namespace: 'data' };
  return { apiVersion, kind, metadata: { name, ...namespace, creationTimestamp: at, ...more } };
}

const BEFORE = '2026-01-01T00:00:00Z';
const AFTER = '2026-01-01T00:01:01Z';

/** What is lacking in a backup of one minute past midnight. */
async function lacking(spec: JsonObject, held: JsonObject, there: readonly KubernetesObject[], denied?: string) {
  const list: KubernetesApi['list'] = ({ kind }, { namespace } = {}) =>
    kind === denied
      ? Promise.reject(new WindlassFailure('AccessDenied', 'no', { next: 'ask' }))
      : Promise.resolve(
          there.filter((one) => one.kind === kind && (namespace === undefined || one.metadata.namespace === namespace)),
        );
  const file = gzipSync(JSON.stringify(held));
  const tools = {
    api: { list },
    reader: { read: (_: string, key: string) => Promise.resolve(key.includes('resource-list') ? file : null) },
    allKinds: () => Promise.resolve(KINDS),
  } as unknown as BackupTools;
  const backup = {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'b', namespace: 'velero', creationTimestamp: '2026-01-01T00:01:00Z' },
    spec: { includedNamespaces: ['data'], ...spec },
  };
  return completenessOf(tools, { backup, place: { bucket: 'b', prefix: '' } }, signal);
}

const HELD = { 'v1/Namespace': ['data'], 'v1/ConfigMap': ['data/a'] };

test('a backup that holds what was there when it was asked for, and still is, lacks nothing', async () => {
  const there = [
    made('ConfigMap', 'a', BEFORE),
    made('ConfigMap', 'made-since', AFTER),
    made('ConfigMap', 'going', BEFORE, { deletionTimestamp: AFTER }),
    made('ConfigMap', 'left-out', BEFORE, { labels: { 'velero.io/exclude-from-backup': 'true' } }),
    made('Event', 'told', BEFORE),
    made('Backup', 'b', BEFORE),
    made('Wide', 'w', BEFORE),
    made('ConfigMap', 'elsewhere', BEFORE, { namespace: 'other' }),
  ];
  expect(await lacking({}, HELD, there)).toEqual({ faults: [], unknown: [], notLooked: [] });
});

test('a kind of which the backup holds none is told from an object that it lacks', async () => {
  const there = ['a', 'b'].map((name) => made('ConfigMap', name, BEFORE)).concat(made('Kept', 'one', BEFORE));
  expect(await lacking({}, HELD, there)).toEqual({
    faults: [
      'ConfigMap data/b is not in it',
      'none of 1 kepts.example.com is in it: Velero knows kinds by its last look, every 5 minutes, and this one may be younger',
    ],
    unknown: ['kepts.example.com'],
    notLooked: [],
  });
  // Not asked for.
  expect((await lacking({ excludedResources: ['kepts', 'cm'] }, HELD, there)).faults).toEqual([]);
  expect((await lacking({ includedResources: ['secrets'] }, HELD, there)).faults).toEqual([]);
});

test('a namespace or pattern that matched nothing, and a resource that nobody knows, are told', async () => {
  const spec = {
    includedNamespaces: ['da*', 'shop-?', 'gone', '[ab]x'],
    includedResources: ['cm', 'widgets.example.com'],
  };
  expect((await lacking(spec, HELD, [])).faults).toEqual([
    'no namespace shop-? is in it',
    'no namespace gone is in it',
    'no namespace [ab]x is in it',
    'resource widgets.example.com was asked for, and the cluster knows none of that name',
  ]);
});

test('objects in no namespace count where they were asked for', async () => {
  const there = [made('Wide', 'w', BEFORE)];
  expect((await lacking({ includeClusterResources: true }, HELD, there)).unknown).toEqual(['wides.example.com']);
});

test('of what the user may not list nothing is claimed', async () => {
  expect(await lacking({}, HELD, [], 'Secret')).toEqual({ faults: [], unknown: [], notLooked: ['secrets'] });
});
