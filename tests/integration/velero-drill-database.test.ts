import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { databaseParts } from '../../src/steps/drill-tools.ts';
import type { Applied } from '../../src/domain/step-engine.ts';
import { veleroDrill, type VeleroDrillSpec } from '../../src/domain/kinds/velero-drill.ts';
import { credentialsRef, locationRef, veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesApi } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { bucketWriter } from '../../src/objectstore/writer.ts';
import { BACKUP, BACKUP_OF } from '../../src/velero/backup/objects.ts';
import { drillKeys } from '../../src/velero/drill/names.ts';
import { veleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { engineContext, labStore, removeWhole } from '../objectstore/support.ts';
import { dropAll, freshDatabase, labConnection, rowsOf } from '../postgres/support/lab.ts';
import { freshName } from '../support/settings.ts';
import { patientDrills } from '../velero/patient.ts';
import { platform } from '../velero/platform.ts';
import { tampering } from '../velero/tamper.ts';
import { ofKind } from '../../src/domain/evidence.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const store = labStore();
const name = freshName();
const location = veleroLocation.parse({ name, bucket: name, objectStore: 'objects', validationFrequency: '1s' });
const bucket = { reader: bucketReader(store), writer: bucketWriter(store) };
let api: KubernetesClient;
let database: string;

function spec(more: object = {}): VeleroDrillSpec {
  return veleroDrill.parse({
    name,
    objectStore: 'objects',
    includedNamespaces: [name],
    storageLocation: name,
    within: '2m',
    ...more,
  });
}

function context(step: string) {
  return engineContext({ owner: { ...engineContext().owner, rollout: name, step } });
}

/** The engine as the worker makes it. */
function engineFor(drill: VeleroDrillSpec, through: KubernetesApi = api) {
  const connections = drill.databases.map(() => labConnection());
  const parts = databaseParts(drill, connections, through, bucket);
  const kinds = (signal: AbortSignal) => api.discovery.namespacedKinds(signal);
  const allKinds = (signal: AbortSignal) => api.discovery.keptKinds(signal);
  const buckets = () => Promise.resolve(bucket);
  return patientDrills(veleroDrillEngine({ api: through, reader: bucket.reader, kinds, allKinds, buckets, parts }));
}

function observed({ findings }: Applied) {
  return ofKind('drill-proof', findings)[0]?.observed;
}

beforeAll(async () => {
  database = await freshDatabase();
  await rowsOf(database, 'CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) AS n');
  api = await openLabCluster();
  await s3Client(store).makeBucket(name, store.region);
  for (const object of platform(name).slice(0, 4)) await api.apply(object);
  await veleroLocationEngine(api, store).apply(location, engineContext());
});

afterAll(async () => {
  await api.delete(locationRef(location));
  await api.delete(credentialsRef(location));
  for (const made of await api.list(BACKUP, { namespace: 'velero', labelSelector: BACKUP_OF }))
    if (made.metadata.name.startsWith(name))
      await api.delete({ ...BACKUP, namespace: 'velero', name: made.metadata.name });
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await api.close();
  await dropAll();
  await removeWhole(store, name);
});

describe('a drill with a database', () => {
  test('proves it with the backup; a proof without it is not enough', async () => {
    const without = spec();
    expect((await engineFor(without).apply(without, context('without'))).findings[0]?.holds).toBe(true);
    const drill = spec({ databases: [{ target: 'platform-db', database, keepDump: true }] });
    const engine = engineFor(drill);
    await expect(engine.plan(drill, context('with'))).resolves.toMatchObject([{ action: 'create' }]);
    const applied = await engine.apply(drill, context('with'));
    expect(observed(applied)).toMatchObject({
      faults: [],
      parts: [{ part: 'objects' }, { of: { target: 'platform-db', database }, tables: 2, rows: 1001 }],
    });
    await expect(engine.plan(drill, context('with'))).resolves.toMatchObject([{ action: 'unchanged' }]);
    await expect(engine.verify(drill, context('with'))).resolves.toMatchObject([
      { holds: true, observed: { databases: [`platform-db/${database}`] } },
    ]);
    // Velero sees nothing in the bucket that it would not take.
    const found = await api.get(locationRef(location));
    expect(found?.status).toMatchObject({ phase: 'Available' });
  });

  test('whose dump was truncated is not proven, and says so', async () => {
    const drill = spec({ databases: [{ target: 'platform-db', database }], maxAge: '1ms' });
    const client = s3Client(store);
    const truncate = async (backup: string): Promise<void> => {
      const key = `backups/${backup}/windlass-platform-db-${database}.dump`;
      const dump = await buffer(await client.getObject(name, key));
      await client.putObject(name, key, dump.subarray(0, dump.length - 100));
    };
    const engine = engineFor(drill, tampering(api, truncate));
    const applied = await engine.apply(drill, context('truncated'));
    expect(applied.findings[0]?.holds).toBe(false);
    expect(observed(applied)?.faults).toEqual([
      expect.stringContaining(`the dump of database platform-db/${database} is truncated: it is `),
    ]);
    const made = `windlass_drill_${drillKeys(context('truncated').owner).step}%`;
    expect(await rowsOf('postgres', 'SELECT FROM pg_database WHERE datname LIKE $1', [made])).toEqual([]);
    expect(await rowsOf(database, 'SELECT FROM pg_namespace WHERE nspname LIKE $1', [made])).toEqual([]);
  });
});
