import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { veleroRestore, type VeleroRestoreSpec } from '../../src/domain/kinds/velero-restore.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { drillKeys } from '../../src/velero/drill/names.ts';
import { isSentinel } from '../../src/velero/backup/objects.ts';
import { sentinelsOf } from '../../src/velero/drill/sentinels.ts';
import { readContents, readRestored } from '../../src/velero/backup/contents.ts';
import { restoreObject } from '../../src/velero/restore/objects.ts';
import { restoreChanges, type RestorePicture } from '../../src/velero/restore/plan.ts';
import { covers, isOf, standingOf } from '../../src/velero/restore/proof.ts';
import { becameChanges, keyOf, wantedOf, wordsOf } from '../../src/velero/restore/wanted.ts';

const { signal } = new AbortController();
const place = { bucket: 'backups', prefix: 'cluster' };

function spec(more: object = {}): VeleroRestoreSpec {
  return veleroRestore.parse({ name: 'bring-back', objectStore: 'objects', backup: 'nightly-1', ...more });
}

/** A bucket with these files, gzipped JSON each. */
function bucket(files: Record<string, unknown>) {
  return {
    read: (_bucket: string, key: string) => Promise.resolve(key in files ? gzipSync(JSON.stringify(files[key])) : null),
  };
}

const LIST = 'cluster/backups/nightly-1/nightly-1-resource-list.json.gz';
const VOLUMES = 'cluster/backups/nightly-1/nightly-1-podvolumebackups.json.gz';
const shop = {
  'v1/Namespace': ['shop', 'other'],
  'v1/ConfigMap': ['shop/settings', 'shop/kube-root-ca.crt', 'shop/windlass-sentinel-0123', 'other/settings'],
  'apps/v1/Deployment': ['shop/api'],
  'v1/Pod': ['shop/api-1', 'shop/store-0'],
  'v1/Event': ['shop/hello'],
  'v1/PersistentVolumeClaim': ['shop/data-store-0'],
  'v1/PersistentVolume': ['pv-1'],
  'rbac.authorization.k8s.io/v1/ClusterRole': ['system:reader'],
  'velero.io/v1/Backup': ['velero/old'],
};
const volumeBackup = {
  metadata: { annotations: { 'velero.io/pvc-name': 'data-store-0' } },
  spec: { pod: { namespace: 'shop', name: 'store-0' }, volume: 'data' },
  status: { progress: { totalBytes: 2048 } },
};
const contents = () => readContents(bucket({ [LIST]: shop, [VOLUMES]: [volumeBackup] }), place, 'nightly-1', signal);

/** What a restore would do where these objects are there, as `Kind namespace/name`. */
async function changes(of: VeleroRestoreSpec, there: readonly string[]) {
  const { objects, volumes } = await contents();
  const wanted = wantedOf(objects, of);
  const live = {
    there: new Set(wanted.filter((object) => there.includes(wordsOf(object))).map(keyOf)),
    unknownKinds: [],
  };
  const picture: RestorePicture = { backup: 'nightly-1', standing: ['proven'], wanted, volumes, live };
  return restoreChanges(of, picture);
}

function backup(more: object = {}, annotations: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'nightly-1', labels: { 'velero.io/schedule-name': 'nightly' }, annotations },
    spec: { includedNamespaces: ['shop'] },
    status: {
      phase: 'Completed',
      completionTimestamp: '2026-01-01T02:00:10Z',
      progress: { totalItems: 9, itemsBackedUp: 9 },
      ...more,
    },
  };
}

const PROVEN = { 'windlass.dev/drill-verdict': 'proven', 'windlass.dev/proven-at': '2026-01-01T03:00:00.000Z' };
const DEPLOYMENT = 'Deployment shop/api';
const all = ['Namespace shop', 'ConfigMap shop/settings', DEPLOYMENT, 'PersistentVolumeClaim shop/data-store-0'];

describe('what a restore would bring back', () => {
  test('is what the backup lists of the namespaces, without what Velero never restores and what drills planted', async () => {
    const { objects } = await contents();
    expect(wantedOf(objects, spec({ includedNamespaces: ['shop'] })).map(wordsOf)).toEqual([
      'ConfigMap shop/kube-root-ca.crt',
      'ConfigMap shop/settings',
      'Deployment shop/api',
      'Namespace shop',
      'PersistentVolumeClaim shop/data-store-0',
      'Pod shop/api-1',
      'Pod shop/store-0',
    ]);
  });

  test('takes in what belongs to the whole cluster only when no namespaces are named, or when asked to', async () => {
    const { objects } = await contents();
    const has = (more: object) => wantedOf(objects, spec(more)).map(wordsOf).includes('ClusterRole system:reader');
    expect(has({})).toBe(true);
    expect(has({ includeClusterResources: false })).toBe(false);
    expect(has({ includedNamespaces: ['shop'] })).toBe(false);
    expect(has({ includedNamespaces: ['shop'], includeClusterResources: true })).toBe(true);
  });

  test('is named by the namespace that it goes into', async () => {
    const { objects } = await contents();
    const mapped = spec({ includedNamespaces: ['shop'], namespaceMapping: { shop: 'copy' } });
    expect(wantedOf(objects, mapped).map(wordsOf)).toEqual(
      expect.arrayContaining(['Namespace copy', 'ConfigMap copy/settings']),
    );
  });

  test('leaves sentinels out by the names that drills give them', () => {
    const keys = drillKeys({ rollout: 'r', environment: 'e', bundle: 'b', run: 'run', phase: 'p', step: 's' });
    expect(sentinelsOf('shop', keys, 'nonce').every(({ metadata }) => isSentinel(metadata.name))).toBe(true);
  });

  test('cannot be told without the list of the backup', async () => {
    const missing = readContents(bucket({}), place, 'nightly-1', signal);
    await expect(missing).rejects.toMatchObject({ type: 'BackupFailed', options: { object: LIST } });
    const other = readContents(bucket({ [LIST]: 'no list' }), place, 'nightly-1', signal);
    await expect(other).rejects.toMatchObject({ type: 'BackupFailed' });
  });
});

describe('the plan of a restore', () => {
  const shopOnly = { includedNamespaces: ['shop'] };

  test('creates what is missing and keeps what is there', async () => {
    const planned = await changes(
      spec(shopOnly),
      all.filter((what) => what !== DEPLOYMENT),
    );
    expect(planned[0]).toMatchObject({
      action: 'create',
      what: 'restore of Backup velero/nightly-1',
      destructive: false,
    });
    expect(planned.filter(({ action }) => action === 'create').map(({ what }) => what)).toContain(DEPLOYMENT);
    expect(planned).toContainEqual({ action: 'unchanged', what: 'ConfigMap shop/settings', destructive: false });
  });

  test('overwrites with `update`, which destroys, except what controllers make and namespaces', async () => {
    const there = [...all, 'Pod shop/api-1', 'Pod shop/store-0'];
    const planned = await changes(spec({ ...shopOnly, existing: 'update' }), there);
    const destroyed = planned.filter(({ destructive }) => destructive).map(({ what }) => what);
    expect(destroyed).toEqual(['ConfigMap shop/settings', DEPLOYMENT, 'PersistentVolumeClaim shop/data-store-0']);
    expect(planned).toContainEqual({ action: 'unchanged', what: 'Namespace shop', destructive: false });
  });

  test('has nothing to do while all that stands for itself is there, whatever controllers made of it', async () => {
    const planned = await changes(spec({ ...shopOnly, volumes: 'none' }), all);
    expect(new Set(planned.map(({ action }) => action))).toEqual(new Set(['unchanged']));
  });

  test('says that files are written over those of a claim whose pod is gone', async () => {
    const data = (planned: Awaited<ReturnType<typeof changes>>) =>
      planned.find(({ what }) => what.startsWith('data in'));
    expect(data(await changes(spec(shopOnly), all))).toMatchObject({
      action: 'update',
      destructive: true,
      observed: '2048 bytes in the backup',
      detail: [expect.stringContaining('PersistentVolumeClaim shop/data-store-0 is there')],
    });
    expect(data(await changes(spec(shopOnly), []))).toMatchObject({ action: 'create', destructive: false });
    expect(data(await changes(spec(shopOnly), [...all, 'Pod shop/store-0']))).toMatchObject({ action: 'unchanged' });
    expect(data(await changes(spec({ ...shopOnly, volumes: 'none' }), []))).toBeUndefined();
  });
});

describe('whether a backup may be restored', () => {
  test('it may when it is good and a drill has proven it', () => {
    const { proven, against, words } = standingOf(backup({}, PROVEN), spec());
    expect({ proven, against }).toEqual({ proven: true, against: [] });
    expect(words).toEqual(['made 2026-01-01T02:00:10Z, 9 items', 'proven by a drill at 2026-01-01T03:00:00.000Z']);
  });

  test('it may not when no drill has proven it, one refuted it, or it is not good', () => {
    expect(standingOf(backup(), spec()).against).toEqual(['no drill has proven it']);
    const refuted = backup({}, { 'windlass.dev/drill-verdict': 'failed' });
    const proof = { backup: 'nightly-1', at: '2026-01-01T03:00:00Z', by: 'Drill velero/nightly' };
    // What a drill refuted stays refuted, whatever was recorded before.
    expect(standingOf(refuted, spec({ recordedProofs: [proof] })).against).toEqual(['a drill refuted it']);
    expect(standingOf(backup({ errors: 2 }, PROVEN), spec()).against).toEqual(['it is not good: 2 errors']);
  });

  test('the record may know of a proof that the cluster has lost', () => {
    const proof = { backup: 'nightly-1', at: '2026-01-01T03:00:00Z', by: 'Drill velero/nightly' };
    expect(standingOf(backup(), spec({ recordedProofs: [proof] }))).toMatchObject({ proven: true, against: [] });
    expect(standingOf(backup(), spec({ recordedProofs: [{ ...proof, backup: 'nightly-2' }] })).proven).toBe(false);
  });

  test('it is looked for by who made it and by the namespaces that it holds', () => {
    expect(isOf(['nightly'], backup())).toBe(true);
    expect(isOf(['weekly'], backup())).toBe(false);
    expect(covers(['shop'], backup())).toBe(true);
    expect(covers(['shop', 'other'], backup())).toBe(false);
    expect(covers(['other'], { ...backup(), spec: { includedNamespaces: ['*'], excludedNamespaces: ['shop'] } })).toBe(
      true,
    );
    expect(covers(['shop'], { ...backup(), spec: { excludedNamespaces: ['shop'] } })).toBe(false);
  });
});

describe('the Restore that Velero is asked for', () => {
  test('keeps what exists and brings volumes and ports back unless told otherwise', () => {
    const { metadata, spec: asked } = restoreObject(spec(), 'nightly-1', { key: 'abc', attempt: 2 });
    expect(metadata).toMatchObject({ name: 'bring-back-abc-2', namespace: 'velero' });
    expect(asked).toMatchObject({
      backupName: 'nightly-1',
      includedNamespaces: ['*'],
      existingResourcePolicy: 'none',
      restorePVs: true,
      preserveNodePorts: true,
    });
  });

  test('into another namespace takes no ports of the original, and without volumes restores no claims', () => {
    const of = spec({ includedNamespaces: ['shop'], namespaceMapping: { shop: 'copy' }, volumes: 'none' });
    expect(restoreObject(of, 'nightly-1', { key: 'abc', attempt: 1 }).spec).toMatchObject({
      namespaceMapping: { shop: 'copy' },
      excludedResources: ['persistentvolumeclaims', 'persistentvolumes'],
      restorePVs: false,
      preserveNodePorts: false,
    });
  });

  test('is told by Velero’s own list, object by object', async () => {
    const key = 'cluster/restores/bring-back-1/restore-bring-back-1-resource-list.json.gz';
    const list = {
      'v1/ConfigMap': ['shop/settings(updated)', 'shop/new(created)'],
      'v1/Secret': ['shop/login(failed)'],
    };
    const restored = await readRestored(bucket({ [key]: list }), place, 'bring-back-1', signal);
    expect(becameChanges(spec(), restored ?? [])).toEqual([
      { action: 'update', what: 'ConfigMap shop/settings', destructive: true },
      { action: 'create', what: 'ConfigMap shop/new', destructive: false },
      { action: 'unchanged', what: 'Secret shop/login', destructive: false, detail: ['could not be restored'] },
    ]);
    expect(await readRestored(bucket({}), place, 'bring-back-1', signal)).toBeNull();
  });
});

describe('the settings of velero.restore', () => {
  const problems = (more: object) => {
    const parsed = veleroRestore.safeParse({ name: 'a', objectStore: 'objects', ...more });
    return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
  };

  test('name one backup, and map namespaces that are restored, each to one of its own', () => {
    expect(problems({})).toEqual(['needs either backup or latestProvenOf']);
    expect(problems({ backup: 'b', latestProvenOf: ['d'] })).toEqual(['needs either backup or latestProvenOf']);
    expect(problems({ backup: 'b', includedNamespaces: ['shop'], namespaceMapping: { other: 'copy' } })).toEqual([
      'namespaceMapping names a namespace that includedNamespaces leaves out',
    ]);
    expect(problems({ backup: 'b', namespaceMapping: { shop: 'copy', other: 'copy' } })).toEqual([
      'namespaceMapping maps two namespaces onto one',
    ]);
  });
});
