import { describe, expect, test } from '@jest/globals';
import { credentialsRef, locationRef, type VeleroLocationSpec } from '../../src/domain/kinds/velero-location.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { engineContext } from '../objectstore/support.ts';
import { FakeCluster } from './fake-cluster.ts';

const store = {
  endpoint: 'http://minio:9000',
  region: 'us-east-1',
  accessKey: 'AKIASCRATCHACCESS',
  secretKey: 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYSCRATCHKEY',
  pathStyle: true,
};
const spec: VeleroLocationSpec = {
  name: 'main',
  namespace: 'velero',
  objectStore: 'objects',
  bucket: 'velero-backups',
  isDefault: true,
  validationFrequency: '1m',
  availableWithin: '2m',
  force: false,
};
const brief: VeleroLocationSpec = { ...spec, availableWithin: '100ms' };

const available = (at: number) => ({ phase: 'Available', lastValidationTime: new Date(at).toISOString() });

function cluster(): FakeCluster {
  const made = new FakeCluster();
  made.velero = () => {
    made.judge('main', available(Date.now()));
  };
  return made;
}

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const failure: unknown = await work.catch((error: unknown) => error);
  if (!(failure instanceof WindlassFailure)) throw new Error('did not fail with a WindlassFailure');
  const text = JSON.stringify(failure.summary());
  expect(text).not.toContain(store.secretKey);
  expect(text).not.toContain(store.accessKey);
  return failure;
}

describe('the plan of a storage location', () => {
  test('creates the Secret and the location where there is none, and writes nothing', async () => {
    const api = cluster();
    expect(await veleroLocationEngine(api, store).plan(spec, engineContext())).toEqual([
      {
        action: 'create',
        what: 'Secret velero/main-credentials',
        destructive: false,
        makes: [{ is: 'object', object: credentialsRef(spec) }],
      },
      {
        action: 'create',
        what: 'BackupStorageLocation velero/main',
        destructive: false,
        makes: [{ is: 'object', object: locationRef(spec) }],
      },
    ]);
    expect(api.written).toEqual([]);
  });

  test('says only that credentials differ, and shows every other difference', async () => {
    const api = cluster();
    await veleroLocationEngine(api, store).apply(spec, engineContext());
    const moved = { ...store, endpoint: 'https://s3.example.com', secretKey: 'another-secret-key' };
    const changes = await veleroLocationEngine(api, moved).plan(
      { ...spec, bucket: 'elsewhere', prefix: 'a' },
      engineContext(),
    );
    expect(changes).toEqual([
      {
        action: 'update',
        what: 'Secret velero/main-credentials',
        destructive: false,
        detail: ['credentials differ'],
      },
      {
        action: 'update',
        what: 'BackupStorageLocation velero/main',
        destructive: false,
        detail: [
          'spec.config.s3Url: "http://minio:9000" -> "https://s3.example.com"',
          'spec.objectStorage.bucket: "velero-backups" -> "elsewhere"',
          'spec.objectStorage.prefix: (absent) -> "a"',
        ],
      },
    ]);
    for (const secret of [store.secretKey, moved.secretKey, Buffer.from(moved.secretKey).toString('base64')]) {
      expect(JSON.stringify(changes)).not.toContain(secret);
    }
  });

  test('shows that a location is not Available although all is as declared, and what the step then does', async () => {
    const api = cluster();
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    const lost = { phase: 'Unavailable', message: 'api error RequestTimeTooSkewed: too large' };
    api.judge('main', { ...lost, lastValidationTime: new Date().toISOString() });
    const change = (await engine.plan(spec, engineContext()))[1];
    expect(change).toMatchObject({ action: 'update', detail: [expect.stringContaining('clock skew')] });
    api.judge('main', available(Date.now() - 3_600_000));
    expect((await engine.plan(spec, engineContext()))[1]?.detail).toEqual([
      'is not Available: Velero has not looked at the location since; the step waits for it',
    ]);
  });

  test('fails in words where Velero is not installed', async () => {
    const api = cluster();
    api.veleroInstalled = false;
    const failure = await failureOf(veleroLocationEngine(api, store).plan(spec, engineContext()));
    expect(failure.type).toBe('UnknownKind');
    expect(failure.message).toContain('Velero is not installed');
  });

  test('refuses an endpoint with a password in it, without repeating it', async () => {
    const engine = veleroLocationEngine(cluster(), { ...store, endpoint: `http://me:${store.secretKey}@minio:9000` });
    expect((await failureOf(engine.plan(spec, engineContext()))).type).toBe('ReferenceUnresolved');
  });
});

describe('applying a storage location', () => {
  test('writes both objects as Velero wants them, then gives evidence', async () => {
    const api = cluster();
    const applied = await veleroLocationEngine(api, store).apply(
      { ...spec, validationFrequency: '1d' },
      engineContext(),
    );
    const [secret, location] = api.written;
    const file = Buffer.from((secret?.data as { cloud: string }).cloud, 'base64').toString();
    expect(file).toBe(
      `[default]\naws_access_key_id = ${store.accessKey}\naws_secret_access_key = ${store.secretKey}\n`,
    );
    expect(location?.spec).toEqual({
      provider: 'aws',
      objectStorage: { bucket: 'velero-backups' },
      config: { region: 'us-east-1', s3ForcePathStyle: 'true', s3Url: 'http://minio:9000' },
      credential: { name: 'main-credentials', key: 'cloud' },
      validationFrequency: '86400s',
      default: true,
    });
    expect(applied.changes.map((change) => change.action)).toEqual(['create', 'create']);
    expect(applied.findings.map((finding) => finding.holds)).toEqual([true, true, true]);
    expect(applied.findings[0]).toMatchObject({
      source: '/apis/velero.io/v1/namespaces/velero/backupstoragelocations/main',
      observed: { phase: 'Available' },
    });
    expect(JSON.stringify(applied)).not.toContain(store.secretKey);
  });

  test('again writes nothing and needs no new validation', async () => {
    const api = cluster();
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    const again = await engine.apply(brief, engineContext());
    expect(again.changes.map((change) => change.action)).toEqual(['unchanged', 'unchanged']);
    expect(api.written).toHaveLength(2);
  });

  test('says why the location is not Available', async () => {
    const api = new FakeCluster();
    api.velero = () => {
      api.judge('main', {
        phase: 'Unavailable',
        lastValidationTime: new Date().toISOString(),
        message: 'StatusCode: 404, NoSuchBucket: The specified bucket does not exist',
      });
    };
    const failure = await failureOf(veleroLocationEngine(api, store).apply(brief, engineContext()));
    expect(failure.summary()).toMatchObject({
      type: 'LocationUnavailable',
      object: 'BackupStorageLocation velero/main',
      facts: { reason: 'no-such-bucket', phase: 'Unavailable' },
    });
    expect(failure.message).toContain('(bucket velero-backups): the bucket does not exist.');
    expect(failure.options.next).toContain('Make the bucket');
  });

  test('goes on by itself when the location turns Available while it waits', async () => {
    const api = new FakeCluster();
    api.velero = () => {
      api.judge('main', {
        phase: 'Unavailable',
        lastValidationTime: new Date().toISOString(),
        message: 'NoSuchBucket',
      });
    };
    const told: unknown[] = [];
    const context = engineContext({
      progress: (state) => {
        told.push(state);
        if (JSON.stringify(state).includes('Unavailable')) api.judge('main', available(Date.now() + 1_000));
      },
    });
    const applied = await veleroLocationEngine(api, store).apply(spec, context);
    expect(applied.findings[0]).toMatchObject({ holds: true });
    expect(told).toContainEqual(expect.objectContaining({ waiting: true, phase: 'Unavailable' }));
  });

  test('does not take what Velero said before the change for an answer to it', async () => {
    const api = cluster();
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    api.velero = () => undefined;
    const failure = await failureOf(engine.apply({ ...brief, bucket: 'elsewhere' }, engineContext()));
    expect(failure.options.facts).toMatchObject({ reason: 'not-validated', phase: 'Available' });
  });

  test('does not take it after a retry either, when the attempt that made the change was lost', async () => {
    const api = cluster();
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    api.velero = () => undefined;
    let resume = null;
    const lost = engineContext({
      progress: (state) => {
        resume = state as never;
      },
    });
    await failureOf(engine.apply({ ...brief, bucket: 'elsewhere' }, lost));
    const retried = engineContext({ resume });
    const failure = await failureOf(engine.apply({ ...brief, bucket: 'elsewhere' }, retried));
    expect(failure.options.facts).toMatchObject({ reason: 'not-validated' });
  });

  test('does not trust a location that Velero stopped looking at', async () => {
    const api = cluster();
    const engine = veleroLocationEngine(api, store);
    await engine.apply(spec, engineContext());
    api.judge('main', available(Date.now() - 3_600_000));
    expect((await engine.verify(spec, engineContext()))[0]).toMatchObject({
      holds: false,
      observed: { phase: 'Available', reason: 'not-validated' },
    });
    const failure = await failureOf(engine.apply(brief, engineContext()));
    expect(failure.options.facts).toMatchObject({ reason: 'not-validated' });
  });

  test('stops waiting at once when the step is cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('the step was cancelled');
    const context = engineContext({
      signal: controller.signal,
      progress: (state) => {
        if (JSON.stringify(state).includes('waiting')) controller.abort(reason);
      },
    });
    await expect(veleroLocationEngine(new FakeCluster(), store).apply(spec, context)).rejects.toBe(reason);
  });

  test('writes nothing when the right to act has run out', async () => {
    const api = cluster();
    const fence = { token: 3, deadline: Date.now() - 1, lock: 'lock/lab/cluster' };
    expect((await failureOf(veleroLocationEngine(api, store).apply(spec, engineContext({ fence })))).type).toBe(
      'FenceLost',
    );
    expect(api.written).toEqual([]);
  });

  test.each([
    ['secret key', { secretKey: 'two\nlines' }],
    ['access key', { accessKey: '' }],
  ])('refuses a %s that a credentials file cannot carry', async (what, keys) => {
    const api = cluster();
    const failure = await failureOf(veleroLocationEngine(api, { ...store, ...keys }).apply(spec, engineContext()));
    expect(failure.type).toBe('ReferenceUnresolved');
    expect(failure.message).toContain(`The ${what} of the object store`);
    expect(failure.message).not.toContain('two');
    expect(api.written).toEqual([]);
  });
});

test('undo says what deleting the location would mean', () => {
  expect(veleroLocationEngine(cluster(), store).undo(spec)).toContain('makes Velero forget the backups');
});
