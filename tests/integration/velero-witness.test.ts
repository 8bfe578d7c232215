import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { veleroDrill, type VeleroDrillSpec } from '../../src/domain/kinds/velero-drill.ts';
import { credentialsRef, locationRef, veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { BACKUP } from '../../src/velero/backup/objects.ts';
import { backupStatus, isFinal } from '../../src/velero/backup/status.ts';
import { drillKeys } from '../../src/velero/drill/names.ts';
import type { DrillTools } from '../../src/velero/drill/open.ts';
import { veleroDrillEngine, type VeleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { SCHEDULE_LABEL } from '../../src/velero/schedule/objects.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';
import { drillTools, originalsOf } from '../velero/drill-tools.ts';
import { leftoversOf, ofStep } from '../velero/leftovers.ts';
import { patientDrills } from '../velero/patient.ts';
import { platform } from '../velero/platform.ts';
import { tampering } from '../velero/tamper.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const store = labStore();
const client = s3Client(store);
const name = freshName();
const versioned = `${name}-data`;
const plain = `${name}-plain`;
const location = veleroLocation.parse({ name, bucket: name, objectStore: 'objects', validationFrequency: '1s' });
const schedule = { apiVersion: 'velero.io/v1', kind: 'Schedule', namespace: 'velero', name };
/** What is in the namespace. Other tests make and delete kinds meanwhile, which a backup of all kinds would list too. */
const HELD = ['Namespace', 'ServiceAccount', 'ConfigMap', 'Secret', 'Service', 'Deployment'];
const includedResources = ['serviceaccounts', 'configmaps', 'secrets', 'services', 'deployments.apps'];
let api: KubernetesClient;
let tools: DrillTools;
let engine: VeleroDrillEngine;

function spec(more: object = {}): VeleroDrillSpec {
  return veleroDrill.parse({
    name,
    objectStore: 'objects',
    of: { schedule: name, witnessWithin: '90s' },
    includedNamespaces: [name],
    storageLocation: 'not-the-one-of-the-schedule',
    within: '2m',
    ...more,
  });
}

function context(step: string, more: Parameters<typeof engineContext>[0] = {}) {
  return engineContext({ owner: { ...engineContext().owner, rollout: name, step }, ...more });
}

let looks = 0;

/**
 * Runs what waits for the next backup of the schedule. Velero makes one whenever it looks at the schedule, once a minute
 * and when its spec changes: as soon as the last is made, and until one was witnessed.
 */
async function whileFiring<T>(work: Promise<T>): Promise<T> {
  const before = new Set(await records());
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  const firing = until(async () => {
    if (over || (await records()).some((record) => !before.has(record))) return true;
    if ((await finished()).length === (await backups()).length)
      await api.merge(schedule, { spec: { template: { ttl: `${String(7_200 + ++looks)}s` } } });
    return over;
  }, 500);
  const [result] = await Promise.all([done, firing]);
  return result;
}

function leftovers(step: string): Promise<string[]> {
  return leftoversOf(api, ofStep(context(step).owner));
}

async function records(): Promise<string[]> {
  const found = await api.list(
    { apiVersion: 'v1', kind: 'Secret' },
    { namespace: 'velero', labelSelector: `windlass.dev/witness-of=${name}` },
  );
  return found.map(({ metadata }) => metadata.name);
}

interface Version {
  readonly name?: string;
  readonly versionId?: string;
}

/** Every version of every object. */
async function versionsIn(bucket: string): Promise<Version[]> {
  const versions: Version[] = [];
  for await (const version of client.listObjects(bucket, '', true, { IncludeVersion: true }))
    versions.push(version as Version);
  return versions;
}

async function objectsIn(bucket: string): Promise<string[]> {
  return (await versionsIn(bucket)).map(({ name: key = '' }) => key);
}

async function backups(): Promise<string[]> {
  const found = await api.list(BACKUP, { namespace: 'velero', labelSelector: `${SCHEDULE_LABEL}=${name}` });
  return found.map(({ metadata }) => metadata.name).sort();
}

/** The backups of the schedule that Velero is done with. */
async function finished(): Promise<string[]> {
  const found = await api.list(BACKUP, { namespace: 'velero', labelSelector: `${SCHEDULE_LABEL}=${name}` });
  return found.filter((backup) => isFinal(backupStatus(backup))).map(({ metadata }) => metadata.name);
}

/** The backups of the schedule, once Velero is done with all of them. */
function settled(): Promise<string[]> {
  return until(async () => {
    const all = await backups();
    return (await finished()).length === all.length ? all : null;
  });
}

beforeAll(async () => {
  api = await openLabCluster();
  tools = drillTools(api, store);
  engine = patientDrills(veleroDrillEngine(tools));
  for (const bucket of [name, versioned, plain]) await client.makeBucket(bucket, store.region);
  await client.setBucketVersioning(versioned, { Status: 'Enabled' });
  for (const object of platform(name)) if (HELD.includes(object.kind)) await api.apply(object);
  await veleroLocationEngine(api, store).apply(location, engineContext());
  await api.apply({
    apiVersion: schedule.apiVersion,
    kind: schedule.kind,
    metadata: { name, namespace: 'velero' },
    spec: {
      // Due whenever Velero looks at it.
      schedule: '@every 1s',
      template: { includedNamespaces: [name], includedResources, storageLocation: name, snapshotVolumes: false },
    },
  });
});

afterAll(async () => {
  await api.delete(schedule);
  for (const record of await records())
    await api.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'velero', name: record });
  for (const backup of await backups()) await api.delete({ ...BACKUP, namespace: 'velero', name: backup });
  await api.delete(locationRef(location));
  await api.delete(credentialsRef(location));
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await api.close();
});

describe('a drill of what a schedule made', () => {
  beforeEach(() => api.merge(schedule, { spec: { paused: false } }));

  test('proves a backup against what was recorded when it was made, whatever became of the original since', async () => {
    const drilled = spec({ buckets: [{ target: 'objects', bucket: versioned }], rto: '5m', rpo: '1h' });
    const newest = await until(async () => {
      await api.merge(schedule, { spec: { paused: false } });
      const [witnessed] = await whileFiring(engine.witness(drilled, context('daily')));
      expect(witnessed).toMatchObject({ holds: true, observed: { schedule: name, parts: ['objects', 'buckets'] } });
      expect(await leftovers('daily')).toEqual([]);
      // No other backup may come before the drill; one that had begun by then is not witnessed.
      await api.merge(schedule, { spec: { paused: true } });
      const all = await settled();
      return (witnessed?.observed as { readonly backup: string }).backup === all.at(-1) && all.at(-1);
    });

    const changed = { apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'settings' };
    await api.merge(changed, { data: { level: 'debug' } });
    await api.delete({ apiVersion: 'v1', kind: 'Secret', namespace: name, name: 'login' });
    const before = await originalsOf(api, name);
    const { backup, proven, faults, findings } = await engine.drill(drilled, context('daily'));
    expect({ backup, proven, faults }).toEqual({ backup: newest, proven: true, faults: [] });
    expect(findings.map(({ holds }) => holds)).toEqual([true, true, true]);
    expect(await leftovers('daily')).toEqual([]);
    expect(await originalsOf(api, name)).toEqual(before);
    expect(await engine.verify(drilled, context('daily'))).toMatchObject([{ holds: true, observed: { newest } }]);
  });

  test('refuses one that nobody witnessed, and one whose results tell of an error, without a restore', async () => {
    const known = await backups();
    await whileFiring(until(async () => (await finished()).length > known.length));
    await api.merge(schedule, { spec: { paused: true } });
    const newest = (await settled()).at(-1);
    const unseen = await engine.drill(spec(), context('daily'));
    expect(unseen).toMatchObject({
      backup: newest,
      proven: false,
      faults: ['what the backup must hold was never recorded: nobody witnessed it'],
    });

    const errors = { errors: { namespaces: { [name]: ['no'] } }, warnings: {} };
    await client.putObject(name, `backups/${newest}/${newest}-results.gz`, gzipSync(JSON.stringify(errors)));
    expect((await engine.drill(spec(), context('daily'))).faults).toEqual([
      `the backup is not good: error ${name}: no`,
    ]);
  });

  test('as a step witnesses the next backup and drills it, and keeps what the newest three must hold', async () => {
    const drilled = spec({ name: `${name}-step`, buckets: [{ target: 'objects', bucket: versioned }] });
    const planned = await engine.plan(drilled, context('step'));
    expect(planned).toMatchObject([
      { action: 'create', detail: [expect.stringContaining('wait up to 90s'), expect.anything()] },
    ]);
    const applied = await whileFiring(engine.apply(drilled, context('step')));
    expect(applied.findings[0]).toMatchObject({ holds: true, observed: { faults: [] } });
    expect(await engine.plan(drilled, context('step'))).toMatchObject([{ action: 'unchanged' }]);
    // Two that are younger, and one more: the first is the fourth by then.
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'velero' };
    const mine = async () => (await records()).filter((record) => record.includes(`-${name}-step-`));
    const [first = ''] = await mine();
    const { type = null, data = null, metadata } = (await api.get({ ...secret, name: first }))!;
    // Records that speak of the first one's object would keep it.
    const others = Object.fromEntries(Object.entries(data ?? {}).filter(([field]) => field !== 'part-buckets'));
    for (const more of ['a', 'b']) {
      const copy = { name: `${first}-${more}`, namespace: 'velero', labels: metadata.labels ?? {} };
      await api.apply({ apiVersion: 'v1', kind: 'Secret', metadata: copy, type, data: others });
    }
    await whileFiring(engine.witness(drilled, context('again')));
    const kept = await mine();
    expect(kept).toHaveLength(3);
    expect(kept).not.toContain(first);
    // The object that the first had planted went with it.
    const keys = await objectsIn(versioned);
    expect(keys.some((key) => key.includes(drillKeys(context('step').owner).step))).toBe(false);
    expect(keys.some((key) => key.includes(drillKeys(context('again').owner).step))).toBe(true);
    expect(await leftovers('step')).toEqual([]);
  });

  test('goes on with the witness of an attempt that was lost, and one that is cancelled leaves nothing', async () => {
    const drilled = spec({ name: `${name}-lost`, buckets: [{ target: 'objects', bucket: plain }] });
    const lost = new Proxy(tools.api, {
      get: (target, property) => {
        if (property === 'watch')
          return () => {
            throw new WindlassFailure('TargetUnreachable', 'lost', { next: 'try again' });
          };
        const member: unknown = Reflect.get(target, property);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const failing = veleroDrillEngine({ ...tools, api: lost }).witness(drilled, context('lost'));
    await expect(failing).rejects.toMatchObject({ type: 'TargetUnreachable' });
    const planted = await leftovers('lost');
    expect(planted).toHaveLength(3);
    await whileFiring(engine.witness(drilled, context('lost')));
    expect(await leftovers('lost')).toEqual([]);

    const ended = new AbortController();
    const progress = (state: unknown) => {
      if (JSON.stringify(state).includes('witness')) ended.abort(new Error('cancelled'));
    };
    const cancelled = engine.witness(drilled, context('cancelled', { signal: ended.signal, progress }));
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(await leftovers('cancelled')).toEqual([]);
    expect((await objectsIn(plain)).some((key) => key.includes(drillKeys(context('cancelled').owner).run))).toBe(false);
  });

  test('of a schedule that is not there, is paused, or leaves the namespace out says so', async () => {
    const witness = (more: object) => engine.witness(spec(more), context('wrong'));
    await expect(witness({ of: { schedule: 'no-such' } })).rejects.toMatchObject({ type: 'NotFound' });
    await expect(witness({ includedNamespaces: ['default'] })).rejects.toMatchObject({
      type: 'ExpectationFailed',
      message: expect.stringContaining('does not back up default') as unknown,
    });
    await api.merge(schedule, { spec: { paused: true } });
    await expect(witness({})).rejects.toMatchObject({ message: expect.stringContaining('is paused') as unknown });
    await expect(
      engine.witness(veleroDrill.parse({ name, objectStore: 'objects', includedNamespaces: [name] }), context('wrong')),
    ).rejects.toMatchObject({ type: 'InvalidRollout' });
  });
});

describe('a drill of buckets', () => {
  const fresh = (more: object) =>
    veleroDrill.parse({
      name: `${name}-b`,
      objectStore: 'objects',
      includedNamespaces: [name],
      includedResources,
      storageLocation: name,
      ...more,
    });

  test('fails where a bucket keeps no versions, and where a version is gone, and says which', async () => {
    const buckets = [
      { target: 'objects', bucket: plain },
      { target: 'objects', bucket: versioned },
    ];
    // Somebody cleans the bucket up while the drill restores.
    const cleaning = tampering(api, async () => {
      for (const { name: key = '', versionId = '' } of await versionsIn(versioned))
        if (key.includes(drillKeys(context('buckets').owner).run))
          await client.removeObject(versioned, key, { versionId });
    });
    const { proven, faults } = await veleroDrillEngine({ ...tools, api: cleaning }).drill(
      fresh({ buckets }),
      context('buckets'),
    );
    const key = `windlass-sentinel/${drillKeys(context('buckets').owner).step}/${drillKeys(context('buckets').owner).run}`;
    expect(proven).toBe(false);
    expect(faults).toEqual([
      `bucket ${plain} keeps no versions: nothing in it can be brought back`,
      `the sentinel ${versioned}/${key} did not come back by its version`,
    ]);
    expect([...(await objectsIn(plain)), ...(await objectsIn(versioned))].filter((left) => left === key)).toEqual([]);
    expect(await leftovers('buckets')).toEqual([]);
  });

  test('refuses the bucket of a storage location, which a sentinel would make Unavailable', async () => {
    const buckets = [{ target: 'objects', bucket: name }];
    await expect(engine.drill(fresh({ buckets }), context('velero'))).rejects.toMatchObject({
      type: 'ExpectationFailed',
      options: { object: `BackupStorageLocation velero/${name}` },
    });
    expect(await objectsIn(name)).not.toContainEqual(expect.stringContaining('windlass-sentinel'));
    expect(await leftovers('velero')).toEqual([]);
  });
});
