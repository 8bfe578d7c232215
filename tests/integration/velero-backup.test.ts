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
import { textAt } from '../../src/velero/values.ts';
import { newestGood } from '../../src/velero/backup/good.ts';
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
  return {
    api,
    reader: bucketReader(store),
    kinds: (signal) => api.discovery.namespacedKinds(signal),
    allKinds: (signal) => api.discovery.keptKinds(signal),
  };
}

function context(run: string) {
  const { owner } = engineContext();
  return engineContext({ owner: { ...owner, run } });
}

function backups(labelSelector = `${BACKUP_OF}=${name}`) {
  return api.list(BACKUP, { namespace: 'velero', labelSelector });
}

/** Namespaces that `keptKind` has made. */
const kept: string[] = [];

/** A kind that Velero cannot know yet, with one object, in a namespace of its own. */
async function keptKind(at: string): Promise<{ readonly plural: string }> {
  kept.push(at);
  const group = `${at}.example.com`;
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `kepts.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Kept', plural: 'kepts', singular: 'kept' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: at } });
  await api.apply(definition);
  const one = { apiVersion: `${group}/v1`, kind: 'Kept', metadata: { name: 'one', namespace: at } };
  await until(() =>
    api.apply(one).then(
      () => true,
      () => false,
    ),
  );
  // Times are in whole seconds: what is of the same second as the backup does not count.
  const made = await api.get({ apiVersion: one.apiVersion, kind: 'Kept', namespace: at, name: 'one' });
  await until(() =>
    Promise.resolve(Date.now() > Date.parse(textAt(made?.metadata, 'creationTimestamp') ?? '') + 2_000),
  );
  return { plural: `kepts.${group}` };
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
  for (const at of [name, ...kept]) await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: at });
  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  for (const at of kept) await api.delete({ ...crd, name: `kepts.${at}.example.com` });
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

  test('that lacks what was asked for and is there is Completed to Velero, never good here, and made anew by a retry', async () => {
    const engine = veleroBackupEngine(tools());
    const failing = async (made: VeleroBackupSpec): Promise<readonly string[] | null> => {
      const failure: unknown = await engine.apply(made, context('lacks')).then(
        () => null,
        (error: unknown) => error,
      );
      if (failure === null) return null;
      expect(failure).toMatchObject({ type: 'BackupFailed' });
      const found = await backups(`${BACKUP_OF}=${made.name}`);
      expect(found.map((backup) => backupStatus(backup).phase)).toContain('Completed');
      // What Velero says of it counts for nobody any more.
      expect(newestGood(found)).toBeNull();
      return (failure as WindlassFailure).options.facts?.['faults'] as string[];
    };
    const resources = { includedResources: ['configmaps', 'widgets.example.com'] };
    expect(await failing(spec({ name: `${name}-res`, ...resources }))).toEqual([
      'resource widgets.example.com was asked for, and the cluster knows none of that name',
    ]);
    // Velero looks which kinds there are every 5 minutes: should it do so just now, another kind is as young.
    const tried = [`${name}-res`];
    for (let told: readonly string[] | null = null; told === null;) {
      const made = `${name}-new${String(tried.length)}`;
      tried.push(made);
      const { plural } = await keptKind(made);
      // Too short a time to wait until it looks again.
      const young = spec({ name: made, includedNamespaces: [made], within: '2m' });
      told = await failing(young);
      if (told === null) continue;
      expect(told).toEqual([expect.stringMatching(`^none of 1 ${plural} is in it: Velero`) as unknown]);
      await expect(engine.plan(young, context('lacks'))).resolves.toMatchObject([{ action: 'create' }]);
    }
    for (const one of tried)
      for (const made of await backups(`${BACKUP_OF}=${one}`))
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
