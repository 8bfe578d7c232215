import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { veleroBackup } from '../../src/domain/kinds/velero-backup.ts';
import { veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import { veleroRestore } from '../../src/domain/kinds/velero-restore.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { killServer, labReset, labUp, readLabEnv, startServer } from '../../src/lab/index.ts';
import { s3Client, type S3Connection } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { BACKUP, BACKUP_OF } from '../../src/velero/backup/objects.ts';
import { veleroBackupEngine } from '../../src/velero/backup/backup-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { veleroRestoreEngine } from '../../src/velero/restore/restore-engine.ts';
import { RESTORE } from '../../src/velero/restore/judge.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

// A lab of its own: nobody else's restores may be cut off.
const parent = mkdtempSync(join(tmpdir(), 'windlass-restore-'));
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const OBJECTS = 300;
let api: KubernetesClient;
let store: S3Connection;

beforeAll(async () => {
  await labUp({ dir });
  const env = { ...readLabEnv(dir) };
  store = labStore(env);
  api = await openLabCluster(env);
  await s3Client(store).makeBucket('shop', store.region);
});

afterAll(async () => {
  await api.close();
  await labReset(dir);
});

test('Velero killed in the middle of a restore: it is asked for anew, and everything is back', async () => {
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await Promise.all(
    Array.from({ length: OBJECTS }, (_, index) =>
      api.apply({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `settings-${index}`, namespace: 'shop' },
        data: { index: String(index) },
      }),
    ),
  );
  const location = { name: 'shop', bucket: 'shop', objectStore: 'objects', validationFrequency: '1s' };
  await veleroLocationEngine(api, store).apply(veleroLocation.parse(location), engineContext());
  const reader = bucketReader(store);
  const selection = { name: 'shop', objectStore: 'objects', includedNamespaces: ['shop'], storageLocation: 'shop' };
  const kinds = (signal: AbortSignal) => api.discovery.namespacedKinds(signal);
  const allKinds = (signal: AbortSignal) => api.discovery.keptKinds(signal);
  await veleroBackupEngine({ api, reader, kinds, allKinds }).apply(veleroBackup.parse(selection), engineContext());
  const [backup] = await api.list(BACKUP, { namespace: 'velero', labelSelector: `${BACKUP_OF}=shop` });
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
  await until(async () => (await api.get({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' })) === null);

  const underWay = Promise.withResolvers<undefined>();
  const context = engineContext({
    progress: (state) => {
      if ((state as { phase?: unknown }).phase === 'InProgress') underWay.resolve(undefined);
    },
  });
  const engine = veleroRestoreEngine(api, reader);
  const spec = veleroRestore.parse({
    name: 'shop',
    objectStore: 'objects',
    backup: backup!.metadata.name,
    allowUnproven: true,
  });
  const applied = engine.apply(spec, context);
  await underWay.promise;
  await killServer(dir, 'velero');
  await startServer(dir, 'velero');
  const { findings } = await applied;

  expect(findings).toMatchObject([{ holds: true }]);
  expect((await engine.verify(spec, context)).map(({ holds }) => holds)).toEqual([true, true]);
  const restores = await api.list(RESTORE, { namespace: 'velero' });
  const phases = restores.map(({ status }) => (status as { phase: string }).phase).sort();
  expect(phases).toEqual(['Completed', 'Failed']);
  const back = await api.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'shop' });
  expect(back.filter(({ metadata }) => metadata.name.startsWith('settings-'))).toHaveLength(OBJECTS);
});
