import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import {
  credentialsRef,
  locationRef,
  veleroLocation,
  type VeleroLocationSpec,
} from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import type { ObjectStore } from '../../src/velero/location/objects.ts';
import type { ReasonCode } from '../../src/velero/reason.ts';
import { ClusterApi } from '../../src/lab/cluster-api.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { ObjectSeeder } from '../../src/lab/seed/objects.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { labKubeconfig, openLabCluster } from '../support/lab-cluster.ts';
import { labVariable } from '../support/settings.ts';

const store = labStore();
const made: VeleroLocationSpec[] = [];
let api: KubernetesClient;

/** A location that no other test knows, pointing to a bucket of the same name that does not exist yet. */
function newLocation(availableWithin = '90s'): VeleroLocationSpec {
  const name = `location-${randomBytes(6).toString('hex')}`;
  const spec = veleroLocation.parse({
    name,
    bucket: name,
    objectStore: 'objects',
    validationFrequency: '1s',
    availableWithin,
  });
  made.push(spec);
  return spec;
}

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const failure: unknown = await work.catch((error: unknown) => error);
  if (!(failure instanceof WindlassFailure)) throw new Error('did not fail with a WindlassFailure');
  return failure;
}

function expectNoSecret(value: unknown): void {
  const text = JSON.stringify(value);
  for (const secret of [store.secretKey, Buffer.from(store.secretKey).toString('base64'), store.accessKey]) {
    expect(text).not.toContain(secret);
  }
}

/** As `kubectl apply` does from the client's side. */
async function applyByHand(object: KubernetesObject): Promise<void> {
  const paths = labPaths(labVariable('WINDLASS_LAB_DIR'));
  const agent = adminAgent(paths);
  await new ObjectSeeder(new ClusterApi(apiServer(), agent)).apply(object);
  await agent.close();
}

function apiServer(): string {
  const server = /server: (https:\S+)/.exec(labKubeconfig())?.[1];
  if (server === undefined) throw new Error('the kubeconfig of the lab names no server');
  return server;
}

beforeAll(async () => {
  api = await openLabCluster();
});

afterAll(async () => {
  const client = s3Client(store);
  for (const spec of made) {
    await api.delete(locationRef(spec));
    await api.delete(credentialsRef(spec));
    if (await client.bucketExists(spec.bucket)) await client.removeBucket(spec.bucket);
  }
  await api.close();
});

describe('velero.location on the lab’s Velero', () => {
  test('without its bucket is Unavailable and says so; it turns Available once the bucket is made', async () => {
    const spec = newLocation();
    const engine = veleroLocationEngine(api, store);
    const failure = await failureOf(engine.apply({ ...spec, availableWithin: '8s' }, engineContext()));
    expect(failure.summary()).toMatchObject({
      type: 'LocationUnavailable',
      object: `BackupStorageLocation velero/${spec.name}`,
      facts: { reason: 'no-such-bucket', phase: 'Unavailable' },
    });
    expect((await engine.verify(spec, engineContext()))[0]).toMatchObject({
      holds: false,
      observed: { reason: 'no-such-bucket' },
    });
    expectNoSecret(failure.summary());

    const waiting = Promise.withResolvers<undefined>();
    const applying = engine.apply(
      spec,
      engineContext({
        progress: (state) => {
          if (JSON.stringify(state).includes('Unavailable')) waiting.resolve(undefined);
        },
      }),
    );
    await waiting.promise;
    await s3Client(store).makeBucket(spec.bucket, store.region);
    const applied = await applying;
    expect(applied.changes).toMatchObject([
      { action: 'unchanged' },
      { action: 'update', detail: ['is not Available: the bucket does not exist; the step waits for it'] },
    ]);
    expect(applied.findings.map((finding) => finding.holds)).toEqual([true, true, true]);
    expectNoSecret([applied, await engine.plan(spec, engineContext()), await engine.verify(spec, engineContext())]);
  });

  test('with a wrong secret key says access denied, and gets well when the key is corrected', async () => {
    const spec = newLocation();
    await s3Client(store).makeBucket(spec.bucket, store.region);
    const wrong = veleroLocationEngine(api, { ...store, secretKey: 'not-the-secret-key' });
    const failure = await failureOf(wrong.apply({ ...spec, availableWithin: '8s' }, engineContext()));
    expect(failure.summary()).toMatchObject({ type: 'LocationUnavailable', facts: { reason: 'wrong-secret-key' } });
    expect(failure.message).toContain('access denied');
    expect(JSON.stringify(failure.summary())).not.toContain('not-the-secret-key');

    const right = veleroLocationEngine(api, store);
    expect(await right.plan(spec, engineContext())).toEqual([
      {
        action: 'update',
        what: `Secret velero/${spec.name}-credentials`,
        destructive: false,
        detail: ['credentials differ'],
      },
      {
        action: 'update',
        what: `BackupStorageLocation velero/${spec.name}`,
        destructive: false,
        detail: [expect.stringContaining('is not Available: access denied')],
      },
    ]);
    const applied = await right.apply(spec, engineContext());
    expect(applied.findings.map((finding) => finding.holds)).toEqual([true, true, true]);
    expect(await right.plan(spec, engineContext())).toMatchObject([{ action: 'unchanged' }, { action: 'unchanged' }]);
  });

  test('pointed to another bucket waits for what Velero says of that one', async () => {
    const spec = newLocation();
    await s3Client(store).makeBucket(spec.bucket, store.region);
    const engine = veleroLocationEngine(api, store);
    await engine.apply({ ...spec, prefix: 'platform' }, engineContext());

    const moved = { ...spec, bucket: `${spec.bucket}-gone` };
    expect((await engine.plan(moved, engineContext()))[1]).toMatchObject({
      action: 'update',
      detail: [
        `spec.objectStorage.bucket: "${spec.bucket}" -> "${moved.bucket}"`,
        'spec.objectStorage.prefix: "platform" -> (absent)',
      ],
    });
    const failure = await failureOf(engine.apply({ ...moved, availableWithin: '8s' }, engineContext()));
    expect(failure.options.facts).toMatchObject({ reason: 'no-such-bucket', bucket: moved.bucket });
  });

  test('that somebody applied by hand stays as it is, until the step may take its fields', async () => {
    const spec = newLocation();
    await s3Client(store).makeBucket(spec.bucket, store.region);
    await applyByHand({
      ...{ apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation' },
      metadata: { namespace: spec.namespace, name: spec.name },
      spec: {
        provider: 'aws',
        objectStorage: { bucket: spec.bucket },
        config: { region: 'us-east-1', s3Url: 'http://nowhere.invalid:9000' },
      },
    });
    const engine = veleroLocationEngine(api, store);
    const failure = await failureOf(engine.apply(spec, engineContext()));
    expect(failure.summary()).toMatchObject({ type: 'OwnershipConflict' });
    expect(failure.options.facts).toMatchObject({
      conflicts: [{ manager: 'kubectl-client-side-apply', field: '.spec.config.s3Url' }],
    });

    const taking = { ...spec, force: true };
    expect((await engine.plan(taking, engineContext()))[1]).toMatchObject({
      action: 'update',
      detail: expect.arrayContaining([`spec.config.s3Url: "http://nowhere.invalid:9000" -> "${store.endpoint}"`]),
    });
    await engine.apply(taking, engineContext());
    expect((await engine.verify(taking, engineContext()))[0]).toMatchObject({ holds: true });
    // Once taken, nothing has to be.
    expect(await engine.plan(spec, engineContext())).toMatchObject([{ action: 'unchanged' }, { action: 'unchanged' }]);
  });

  test('that becomes Unavailable later is in the evidence and in the plan, until it is Available again', async () => {
    const spec = newLocation();
    const client = s3Client(store);
    await client.makeBucket(spec.bucket, store.region);
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    expect(await engine.plan(spec, engineContext())).toMatchObject([{ action: 'unchanged' }, { action: 'unchanged' }]);

    await client.removeBucket(spec.bucket);
    const finding = await until(async () => (await engine.verify(spec, engineContext())).find(({ holds }) => !holds));
    expect(finding).toMatchObject({ observed: { phase: 'Unavailable', reason: 'no-such-bucket' } });
    expect((await engine.plan(spec, engineContext()))[1]).toMatchObject({
      action: 'update',
      detail: ['is not Available: the bucket does not exist; the step waits for it'],
    });

    await client.makeBucket(spec.bucket, store.region);
    await until(async () => (await engine.plan(spec, engineContext()))[1]?.action === 'unchanged');
  });

  test('that Velero has no plugin for says so, and its provider is mended by the next apply', async () => {
    const spec = newLocation();
    await s3Client(store).makeBucket(spec.bucket, store.region);
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    const { apiVersion, kind, namespace = '', name } = locationRef(spec);
    const stored = await api.get(locationRef(spec));
    const body = { ...(stored?.spec as JsonObject), provider: 'example.com/none' };
    await api.apply({ apiVersion, kind, metadata: { namespace, name }, spec: body });
    const seen = await until(async () => {
      const [found] = await engine.verify(spec, engineContext());
      return JSON.stringify(found?.observed).includes('"plugin-missing"') ? found : null;
    });
    expect(seen).toMatchObject({ holds: false });
    expect(JSON.stringify(seen.observed)).toContain('no plugin for S3 object stores');
    await engine.apply(spec, engineContext());
    expect((await engine.verify(spec, engineContext()))[0]).toMatchObject({ holds: true });
  });

  test('says in words why not, whatever the reason', async () => {
    const { port } = new URL(store.endpoint);
    const wrong: readonly (readonly [ReasonCode, Partial<ObjectStore>, string])[] = [
      ['unknown-access-key', { accessKey: 'no-such-access-key' }, 'does not know the access key'],
      ['unknown-host', { endpoint: 'http://no-such-host.invalid:9000' }, 'host name of the object store is unknown'],
      ['unreachable', { endpoint: 'http://127.0.0.1:1' }, 'does not answer at its address'],
      ['wrong-scheme', { endpoint: `https://127.0.0.1:${port}` }, 'speaks plain http'],
      // The lab's API server speaks TLS with a certificate of an authority that only the lab knows.
      ['certificate', { endpoint: apiServer() }, 'signed by an unknown authority'],
    ];
    const refused = wrong.map(async ([code, more, says]) => {
      const spec = newLocation('1h');
      const engine = veleroLocationEngine(api, { ...store, ...more });
      const waiting = new AbortController();
      const applying = engine.apply(spec, engineContext({ signal: waiting.signal })).catch((error: unknown) => error);
      // The step waits for what may yet come; what it would say at its end is in the evidence all along.
      const seen = await until(async () => {
        const [found] = await engine.verify(spec, engineContext()).catch(() => []);
        return JSON.stringify(found?.observed).includes(`"${code}"`) ? found : null;
      }, 500);
      expect(JSON.stringify(seen.observed)).toContain(says);
      waiting.abort(new Error('seen'));
      await applying;
    });
    await Promise.all(refused);
  });
});
