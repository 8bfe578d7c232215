import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { measure } from '../../src/domain/measure.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesProbeEngine } from '../../src/kubernetes/probe.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { bucketWriter } from '../../src/objectstore/writer.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { s3ProbeEngine, type S3ProbeSpec } from '../../src/objectstore/probe.ts';
import { readMeasures } from '../../src/steps/measure.ts';
import { anywhere } from '../../src/steps/reach.ts';
import { contextOf, freshName, namespace, namespaceRef } from '../kubernetes/cluster.ts';
import { seenBy, specOf } from '../http/support.ts';
import { stageOn } from '../objectstore/stage.ts';
import { labStore } from '../objectstore/support.ts';
import { dropAll, freshDatabase, labConnection } from '../postgres/support/lab.ts';
import { labKubeconfig, openLabCluster } from '../support/lab-cluster.ts';
import { told } from '../support/told.ts';

const stage = stageOn(labStore());
const ns = freshName('probes');
let bucket: string;
let client: KubernetesClient;

beforeAll(async () => {
  client = await openLabCluster();
  await client.apply(namespace(ns));
  for (const [name, size] of [
    ['small', '1Gi'],
    ['large', '2Gi'],
  ] as const)
    await client.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: ns, labels: { app: 'probed' } },
      // A class that nobody serves: the claims stay Pending.
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: `none-${ns}`,
        resources: { requests: { storage: size } },
      },
    });
  await client.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: ns },
    stringData: { password: 'c4nary' },
  });
  bucket = stage.newBucket();
  await s3Client(stage.store).makeBucket(bucket, stage.store.region);
  const writer = bucketWriter(stage.store);
  await writer.put(bucket, 'raw/a', Buffer.from('12345'));
  await writer.put(bucket, 'raw/b', Buffer.from('678'));
  await writer.put(bucket, 'other', Buffer.from('9'));
});
afterAll(async () => {
  await client.delete(namespaceRef(ns));
  await client.close();
  await stage.clear();
  await dropAll();
});

describe('a probe of a cluster', () => {
  const spec = (more: object) => specOf('kubernetes', { ...more });
  const verified = (more: object) => kubernetesProbeEngine(client).verify(spec(more), contextOf([]));
  const seen = (more: object) => seenBy(kubernetesProbeEngine(client), spec(more));
  const claims = { kind: 'PersistentVolumeClaim', namespaces: [ns], selector: { app: 'probed' } };

  test.each([
    ['one object', { kind: 'Namespace', name: ns, holds: "self.status.phase == 'Active'" }],
    ['a list', { ...claims, holds: "self.size() == 2 && self.all(c, c.status.phase == 'Pending')" }],
    ['a count', { ...claims, count: "self.status.phase == 'Pending'", equals: 2 }],
    [
      'a sum of quantities',
      {
        ...claims,
        sum: 'quantity(self.spec.resources.requests.storage).asInteger()',
        between: [3 * 2 ** 30, 3 * 2 ** 30],
      },
    ],
    ['nothing in a namespace that is not there', { kind: 'Pod', namespaces: [`${ns}-x`], holds: 'self.size() == 0' }],
    ['the keys of a Secret', { kind: 'Secret', name: 'login', namespace: ns, holds: 'has(self.data.password)' }],
  ])('is met by %s', async (_, more) => {
    expect(told(await verified(more))).toMatchObject([{ holds: true, how: 'real' }]);
  });

  test.each([
    [
      'an object that is not there',
      { kind: 'ConfigMap', name: 'none', namespace: 'default', holds: 'true' },
      'is not there',
    ],
    ['a kind that is not served', { kind: 'Gizmo', holds: 'true' }, 'failed: '],
    [
      'a condition that does not hold',
      { kind: 'Namespace', holds: 'self.size() == 0' },
      'does not fulfil the expression',
    ],
    ['a field that is not there', { kind: 'Namespace', sum: 'self.nothing', atLeast: 0 }, 'No such key: nothing'],
  ])('is not met by %s', async (_, more, said) => {
    expect(await seen(more)).toContain(said);
  });

  test('says of pods on simulated nodes that they are simulated, however it is asked', async () => {
    await client.apply({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'acted', namespace: ns, labels: { app: 'acted' } } },
      spec: { containers: [{ name: 'main', image: 'example.com/acted:1' }] },
    });
    const acted = { kind: 'Pod', namespaces: [ns], selector: { app: 'acted' } };
    const running = "self.status.phase == 'Running'";
    const asked = [
      { ...acted, count: running, equals: 1 },
      { ...acted, holds: "self.all(p, p.status.phase == 'Running')" },
      { kind: 'Pod', namespace: ns, name: 'acted', holds: running },
    ];
    for (const one of asked) expect(await verified(one)).toMatchObject([{ holds: true, how: 'simulated' }]);
  });

  test('never sees what is in a Secret', async () => {
    const found = { kind: 'Secret', name: 'login', namespace: ns };
    await verified({ ...found, holds: "self.data.password == ''" });
    const said = await seen({ ...found, holds: 'int(self.data.password) > 1' });
    expect(said).not.toContain(Buffer.from('c4nary').toString('base64'));
  });
});

describe('a probe of a bucket', () => {
  const spec = (more: object) => specOf('s3', { bucket, ...more }) as S3ProbeSpec;
  const verified = (more: object) => s3ProbeEngine(stage.store).verify(spec(more), contextOf([]));
  const seen = (more: object) => seenBy(s3ProbeEngine(stage.store), spec(more));
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of bucketReader(stage.store).list(bucket, '')) found.push(key);
    return found;
  };

  test('is met where it can be listed, has so many objects, or so many bytes', async () => {
    await expect(verified({})).resolves.toMatchObject([{ holds: true }]);
    await expect(verified({ prefix: 'raw/', equals: 2 })).resolves.toMatchObject([{ observed: 2 }]);
    await expect(verified({ prefix: 'raw/', of: 'bytes', atLeast: 8 })).resolves.toMatchObject([{ observed: 8 }]);
  });

  test('is met by what comes back as it was put, and leaves nothing', async () => {
    const before = await keys();
    expect(told(await verified({ prefix: 'raw/', roundTrip: true }))).toMatchObject([
      { claim: 'gives back what was put', observed: 'gave back what was put' },
    ]);
    expect(await keys()).toEqual(before);
  });

  test('is not met where there are fewer, or there is no such bucket', async () => {
    expect(await seen({ atLeast: 100 })).toBe('gave 3');
    for (const roundTrip of [true, false])
      expect(await seen({ bucket: `${bucket}-none`, roundTrip })).toContain('failed: ');
  });
});

test('measures are read of real servers, and what is not there is unknown', async () => {
  const database = await freshDatabase();
  const { endpoint, accessKey, secretKey } = stage.store;
  const env = {
    KUBECONFIG_TEXT: labKubeconfig(),
    DATABASE_URL: labConnection().url,
    ...{ S3_URL: endpoint, S3_KEY: accessKey, S3_SECRET: secretKey },
  };
  const targets: Bundle['targets'] = {
    cluster: { kind: 'kubernetes', kubeconfig: { fromEnv: 'KUBECONFIG_TEXT' }, inventoryNamespace: 'default' },
    database: { kind: 'postgres', url: { fromEnv: 'DATABASE_URL' } },
    store: {
      ...{ kind: 's3', endpoint: { fromEnv: 'S3_URL' }, region: 'us-east-1', pathStyle: true },
      ...{ accessKey: { fromEnv: 'S3_KEY' }, secretKey: { fromEnv: 'S3_SECRET' } },
    },
  };
  const sql = (name: string, at: string, query: string) => ({
    ...{ name, target: 'database', with: { protocol: 'sql', database: at, query } },
  });
  const storage = 'quantity(self.spec.resources.requests.storage).asInteger()';
  const claims = { protocol: 'kubernetes', kind: 'PersistentVolumeClaim', namespaces: [ns] };
  const measures = [
    { name: 'claims', target: 'cluster', with: claims },
    { name: 'bound', target: 'cluster', with: { ...claims, count: "self.status.phase == 'Bound'" } },
    { name: 'storage', unit: 'bytes', target: 'cluster', with: { ...claims, sum: storage } },
    { name: 'gizmos', target: 'cluster', with: { protocol: 'kubernetes', kind: 'Gizmo' } },
    sql('answer', database, 'SELECT 42::numeric / 4'),
    sql('text', database, "SELECT 'c4' || 'nary'"),
    sql('nothing', database, 'SELECT 1 WHERE false'),
    sql('gone', `${database}_gone`, 'SELECT 1'),
    sql('writing', database, 'CREATE TABLE t (id int)'),
    { name: 'objects', target: 'store', with: { protocol: 's3', bucket, prefix: 'raw/' } },
    { name: 'bytes', target: 'store', with: { protocol: 's3', bucket, of: 'bytes' } },
    { name: 'buckets', target: 'store', with: { protocol: 's3', of: 'buckets' } },
  ].map((one) => measure.parse(one)) as NonNullable<Bundle['measures']>;
  const owner = { rollout: 'shop', environment: 'lab', bundle: '', run: 'r', phase: 'measures', step: 'now' };
  const readings = await readMeasures({ targets, measures }, anywhere(env), {
    signal: new AbortController().signal,
    owner,
  });
  const known = Object.fromEntries(readings.map(({ name, value }) => [name, value]));
  expect(known).toEqual({
    ...{ claims: 2, bound: 0, storage: 3 * 2 ** 30, gizmos: null, answer: 10.5, text: null, nothing: null, gone: null },
    ...{ writing: null, objects: 2, bytes: 9, buckets: expect.any(Number) },
  });
  expect(known['buckets']).toBeGreaterThan(0);
  const why = Object.fromEntries(readings.map((reading) => [reading.name, reading.why]));
  expect(why).toMatchObject({
    gizmos: expect.stringContaining('Gizmo'),
    text: 'gave no number',
    nothing: 'gave no row',
    gone: expect.stringContaining('SQLSTATE 3D000'),
    writing: expect.stringContaining('SQLSTATE 25006'),
  });
  expect(JSON.stringify(readings)).not.toContain('c4nary');
});
