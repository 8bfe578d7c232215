import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { veleroBackup, type VeleroBackupSpec } from '../../src/domain/kinds/velero-backup.ts';
import { credentialsRef, locationRef, veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import { scheduleRef, veleroSchedule } from '../../src/domain/kinds/velero-schedule.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { backupStatus } from '../../src/velero/backup/status.ts';
import { veleroBackupEngine } from '../../src/velero/backup/backup-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { veleroScheduleEngine } from '../../src/velero/schedule/schedule-engine.ts';
import { BACKUP, BACKUP_OF } from '../../src/velero/backup/objects.ts';
import type { BackupTools } from '../../src/velero/backup/tools.ts';
import { SCHEDULE_LABEL } from '../../src/velero/schedule/objects.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';
import { patient } from '../velero/patient.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const store = labStore();
const name = freshName();
const location = veleroLocation.parse({ name, bucket: name, objectStore: 'objects', validationFrequency: '1s' });
const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
let api: KubernetesClient;

function spec(more: object = {}): VeleroBackupSpec {
  return veleroBackup.parse({
    name,
    objectStore: 'objects',
    includedNamespaces: [name],
    storageLocation: name,
    ...more,
  });
}

function tools(): BackupTools {
  return { api, reader: bucketReader(store), kinds: (signal) => api.discovery.namespacedKinds(signal) };
}

function context(run: string) {
  const { owner } = engineContext();
  return engineContext({ owner: { ...owner, run } });
}

function backups(labelSelector = `${BACKUP_OF}=${name}`) {
  return api.list(BACKUP, { namespace: 'velero', labelSelector });
}

beforeAll(async () => {
  api = await openLabCluster();
  await s3Client(store).makeBucket(name, store.region);
  await api.apply(namespace);
  await api.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kept', namespace: name },
    data: { a: '1' },
  });
  await veleroLocationEngine(api, store).apply(location, engineContext());
});

afterAll(async () => {
  await api.delete(scheduleRef(veleroSchedule.parse({ name, schedule: '@daily', includedNamespaces: [name] })));
  await api.delete(locationRef(location));
  await api.delete(credentialsRef(location));
  for (const made of [...(await backups()), ...(await backups(`${SCHEDULE_LABEL}=${name}`))])
    await api.delete({ ...BACKUP, namespace: 'velero', name: made.metadata.name });
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await api.close();
});

describe('velero.backup on the lab’s Velero', () => {
  test('makes one backup for a run, judges it good, and finds it again', async () => {
    const engine = patient(veleroBackupEngine(tools()));
    expect(await engine.plan(spec(), context('one'))).toMatchObject([{ action: 'create' }]);
    const applied = await engine.apply(spec(), context('one'));
    expect(applied.changes).toMatchObject([{ action: 'create', what: `Backup velero/${name}` }]);
    expect(applied.findings).toMatchObject([{ holds: true, observed: { phase: 'Completed', errors: 0 } }]);

    // A retry of the same run, and another run while it is young, make no second one.
    await engine.apply(spec(), context('one'));
    expect((await engine.apply(spec(), context('two'))).changes).toMatchObject([{ action: 'unchanged' }]);
    expect((await backups()).filter((backup) => backupStatus(backup).phase === 'Completed')).toHaveLength(1);
    // Asked to hold something else, it is another backup.
    expect(await engine.plan(spec({ excludedResources: ['secrets'] }), context('one'))).toMatchObject([
      { action: 'create' },
    ]);
  });

  test('of a namespace that does not exist is Completed to Velero, and not good here', async () => {
    const engine = patient(veleroBackupEngine(tools()));
    const nothing = spec({ name: `${name}-no`, includedNamespaces: [`${name}-gone`] });
    const failure: unknown = await engine.apply(nothing, context('one')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WindlassFailure);
    expect((failure as WindlassFailure).summary()).toMatchObject({ type: 'BackupFailed', retryable: false });
    for (const made of await backups(`${BACKUP_OF}=${name}-no`))
      await api.delete({ ...BACKUP, namespace: 'velero', name: made.metadata.name });
  });

  test('to a location that does not exist says so and makes none', async () => {
    const engine = patient(veleroBackupEngine(tools()));
    const failure: unknown = await engine
      .apply(spec({ name: `${name}-lost`, storageLocation: 'no-such-place' }), context('one'))
      .catch((error: unknown) => error);
    expect((failure as WindlassFailure).summary()).toMatchObject({
      type: 'NotFound',
      object: 'BackupStorageLocation velero/no-such-place',
    });
    expect(await backups(`${BACKUP_OF}=${name}-lost`)).toEqual([]);
  });
});

describe('velero.schedule on the lab’s Velero', () => {
  test('is enabled, is planned as unchanged then, and the backups it makes are found as evidence', async () => {
    const schedule = veleroSchedule.parse({
      name,
      schedule: '@every 5s',
      includedNamespaces: [name],
      storageLocation: name,
    });
    const engine = veleroScheduleEngine(api);
    const applied = await engine.apply(schedule, context('one'));
    expect(applied.changes).toMatchObject([{ action: 'create' }]);
    expect(await engine.plan(schedule, context('one'))).toMatchObject([{ action: 'unchanged' }]);
    await until(async () => {
      const [, , freshness] = await engine.verify(schedule, context('one'));
      return freshness?.holds === true && JSON.stringify(freshness.observed).includes('ageSeconds');
    });
    const paused = { ...schedule, paused: true };
    expect(await engine.plan(paused, context('one'))).toMatchObject([
      { action: 'update', detail: ['spec.paused: false -> true'] },
    ]);
    expect((await engine.apply(paused, context('one'))).findings.map(({ holds }) => holds)).toEqual([true, true, true]);
  });
});
