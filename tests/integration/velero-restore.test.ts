import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import { veleroBackup } from '../../src/domain/kinds/velero-backup.ts';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import { credentialsRef, locationRef, veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import { veleroRestore, type VeleroRestoreSpec } from '../../src/domain/kinds/velero-restore.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { BACKUP, DRILL_VERDICT, RUN_KEY, runKey } from '../../src/velero/backup/objects.ts';
import { compareInventories } from '../../src/velero/drill/compare.ts';
import { takeInventory, type Inventory } from '../../src/velero/drill/inventory.ts';
import { comparedKinds } from '../../src/velero/drill/left-out.ts';
import { veleroBackupEngine } from '../../src/velero/backup/backup-engine.ts';
import { veleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { veleroRestoreEngine } from '../../src/velero/restore/restore-engine.ts';
import { RESTORE } from '../../src/velero/restore/judge.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';
import { drillTools, goodBackupOf } from '../velero/drill-tools.ts';
import { patient, patientDrills } from '../velero/patient.ts';
import { platform } from '../velero/platform.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const store = labStore();
const reader = bucketReader(store);
const name = freshName();
const location = veleroLocation.parse({ name, bucket: name, objectStore: 'objects', validationFrequency: '1s' });
const selection = { objectStore: 'objects', includedNamespaces: [name], storageLocation: name };
let api: KubernetesClient;
/** The backup that a real drill has proven, and what was in the namespace then. */
let proven: string;
let original: Inventory;

function spec(more: object = {}): VeleroRestoreSpec {
  const choice = 'backup' in more ? {} : { latestProvenOf: [`${name}-drill`] };
  const usual = { name, objectStore: 'objects', storageLocation: name, includedNamespaces: [name] };
  return veleroRestore.parse({ ...usual, ...choice, ...more });
}

function kinds(signal: AbortSignal) {
  return api.discovery.namespacedKinds(signal);
}

function context(step: string) {
  return engineContext({ owner: { ...engineContext().owner, rollout: name, step } });
}

/** All that a restore must bring back. */
async function inventory(namespace: string = name): Promise<Inventory> {
  const compared = comparedKinds(await kinds(new AbortController().signal));
  return takeInventory(api, compared, [namespace], new Map([[namespace, name]]), new AbortController().signal);
}

async function dropNamespace(namespace: string): Promise<void> {
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  await until(async () => (await api.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })) === null);
}

async function levelOf(namespace: string = name): Promise<unknown> {
  const settings = await api.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' });
  return (settings?.data as JsonObject | undefined)?.level;
}

const LOGIN = { apiVersion: 'v1', kind: 'Secret', namespace: name, name: 'login' };

beforeAll(async () => {
  api = await openLabCluster();
  await s3Client(store).makeBucket(name, store.region);
  for (const object of platform(name)) await api.apply(object);
  await veleroLocationEngine(api, store).apply(location, engineContext());
  const drill = veleroDrill.parse({ name: `${name}-drill`, within: '2m', ...selection });
  await patientDrills(veleroDrillEngine(drillTools(api, store))).apply(drill, context('drill'));
  const { metadata } = await goodBackupOf(api, `${name}-drill`);
  expect(metadata.annotations?.[DRILL_VERDICT]).toBe('proven');
  proven = metadata.name;
  original = await inventory();
});

afterAll(async () => {
  await api.delete(locationRef(location));
  await api.delete(credentialsRef(location));
  for (const kind of [RESTORE, BACKUP])
    for (const { metadata } of await api.list(kind, { namespace: 'velero' }))
      if (metadata.name.startsWith(name)) await api.delete({ ...kind, namespace: 'velero', name: metadata.name });
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await api.close();
});

describe('velero.restore on the lab’s Velero', () => {
  test('finds nothing to do while all that the backup holds is there', async () => {
    const planned = await veleroRestoreEngine(api, reader).plan(spec(), context('nothing'));
    expect(planned.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    expect(planned[0]).toMatchObject({ what: `restore of Backup velero/${proven}` });
  });

  test('brings a deleted namespace back, object for object, and does it once', async () => {
    await dropNamespace(name);
    const engine = patient(veleroRestoreEngine(api, reader));
    const planned = await engine.plan(spec(), context('deleted'));
    expect(planned.every(({ action, destructive }) => action === 'create' && !destructive)).toBe(true);
    expect(planned.map(({ what }) => what)).toEqual(
      expect.arrayContaining([`Namespace ${name}`, `ConfigMap ${name}/settings`, `Deployment ${name}/api`]),
    );
    expect(planned[0]?.detail?.join('; ')).toContain('proven by a drill at 20');

    const { changes, findings } = await engine.apply(spec(), context('deleted'));
    expect(changes).toEqual(
      expect.arrayContaining([{ action: 'create', what: `ConfigMap ${name}/settings`, destructive: false }]),
    );
    expect(findings).toMatchObject([{ holds: true, observed: { phase: 'Completed', errors: 0 } }]);
    // What a drill planted is no part of what comes back.
    expect(compareInventories(original, await inventory(), new Set())).toMatchObject({
      missing: [],
      extra: [],
      different: [],
    });

    const verified = await engine.verify(spec(), context('deleted'));
    expect(verified.map(({ holds }) => holds)).toEqual([true, true]);
    expect((await engine.plan(spec(), context('deleted'))).map(({ action }) => action)).toEqual(['unchanged']);
    expect((await engine.apply(spec(), context('deleted'))).changes).toHaveLength(1);
    const labelSelector = `${RUN_KEY}=${runKey(context('deleted').owner)}`;
    expect(await api.list(RESTORE, { namespace: 'velero', labelSelector })).toHaveLength(1);
  });

  test('keeps what exists and brings back what is missing beside it', async () => {
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'settings' };
    await api.merge(settings, { data: { level: 'debug' } });
    await api.delete(LOGIN);
    const engine = patient(veleroRestoreEngine(api, reader));
    const planned = await engine.plan(spec(), context('keep'));
    expect(planned.filter(({ what }) => /(settings|login)$/.test(what))).toMatchObject([
      { action: 'unchanged', what: `ConfigMap ${name}/settings`, destructive: false },
      { action: 'create', what: `Secret ${name}/login`, destructive: false },
    ]);
    await engine.apply(spec(), context('keep'));
    expect(await api.get(LOGIN)).not.toBeNull();
    expect(await levelOf()).toBe('debug');
  });

  test('overwrites what exists where it is asked to, and says in the plan that this destroys', async () => {
    const engine = patient(veleroRestoreEngine(api, reader));
    const over = spec({ existing: 'update' });
    const planned = await engine.plan(over, context('update'));
    expect(planned).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'update', what: `ConfigMap ${name}/settings`, destructive: true }),
      ]),
    );
    const { changes } = await engine.apply(over, context('update'));
    expect(changes).toEqual(
      expect.arrayContaining([{ action: 'update', what: `ConfigMap ${name}/settings`, destructive: true }]),
    );
    expect(await levelOf()).toBe('info');
    expect((await engine.verify(over, context('update'))).map(({ holds }) => holds)).toEqual([true, true]);
  });

  test('restores into another namespace and leaves the original alone', async () => {
    const copy = `${name}-copy`;
    const before = await inventory();
    const engine = patient(veleroRestoreEngine(api, reader));
    const mapped = spec({ backup: proven, namespaceMapping: { [name]: copy } });
    try {
      expect((await engine.plan(mapped, context('copy'))).map(({ what }) => what)).toEqual(
        expect.arrayContaining([`Namespace ${copy}`, `Secret ${copy}/login`]),
      );
      const { changes } = await engine.apply(mapped, context('copy'));
      expect(changes.map(({ what }) => what)).toEqual(expect.arrayContaining([`Secret ${copy}/login`]));
      expect((await engine.verify(mapped, context('copy'))).map(({ holds }) => holds)).toEqual([true, true]);
      expect(await levelOf(copy)).toBe('info');
      expect(compareInventories(before, await inventory(), new Set())).toMatchObject({ missing: [], different: [] });
    } finally {
      await dropNamespace(copy);
    }
  });

  test('refuses a backup that no drill has proven, unless that is allowed, which the plan then shows', async () => {
    const made = veleroBackup.parse({ name: `${name}-plain`, within: '2m', ...selection });
    await patient(veleroBackupEngine(drillTools(api, store))).apply(made, context('plain'));
    const backup = (await goodBackupOf(api, `${name}-plain`)).metadata.name;
    const engine = patient(veleroRestoreEngine(api, reader));
    const refused = { type: 'BackupUnproven', message: expect.stringContaining('no drill has proven it') as unknown };
    await expect(engine.plan(spec({ backup }), context('plain'))).rejects.toMatchObject(refused);
    await expect(engine.apply(spec({ backup }), context('plain'))).rejects.toMatchObject(refused);
    const none = { type: 'BackupUnproven', message: expect.stringMatching(/None of \d backups/) as unknown };
    await expect(engine.plan(spec({ latestProvenOf: [`${name}-plain`] }), context('plain'))).rejects.toMatchObject(
      none,
    );

    await api.delete(LOGIN);
    const [allowed] = await engine.plan(spec({ backup, allowUnproven: true }), context('plain'));
    expect(allowed?.detail).toContain('UNPROVEN, allowed by allowUnproven: no drill has proven it');

    // A cluster that was lost took its marks with it; the record did not.
    const proof = { backup, at: '2026-01-01T00:00:00.000Z', by: 'Drill velero/nightly' };
    const [recorded] = await engine.plan(spec({ backup, recordedProofs: [proof] }), context('plain'));
    expect(recorded?.detail?.join('; ')).toContain('proven by Drill velero/nightly at 2026-01-01T00:00:00.000Z');
  });

  test('says what is wrong when the backup or the namespace is not there', async () => {
    const engine = patient(veleroRestoreEngine(api, reader));
    const unknown = engine.plan(spec({ backup: `${name}-no` }), context('no'));
    await expect(unknown).rejects.toMatchObject({ type: 'NotFound', options: { object: `Backup velero/${name}-no` } });
    const other = engine.plan(spec({ backup: proven, includedNamespaces: ['kube-system'] }), context('no'));
    await expect(other).rejects.toMatchObject({
      type: 'NotFound',
      message: 'The backup holds nothing of kube-system.',
    });
  });
});
