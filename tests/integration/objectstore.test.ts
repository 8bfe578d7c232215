import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { s3Client, type S3Connection } from '../../src/objectstore/client.ts';
import { objectstoreBucketEngine } from '../../src/objectstore/engine.ts';
import { engineContext, labVariable } from '../objectstore/support.ts';

const connection: S3Connection = {
  endpoint: labVariable('WINDLASS_LAB_S3_ENDPOINT'),
  region: 'us-east-1',
  accessKey: labVariable('WINDLASS_LAB_S3_ACCESS_KEY'),
  secretKey: labVariable('WINDLASS_LAB_S3_SECRET_KEY'),
  pathStyle: true,
};
const engine = objectstoreBucketEngine(connection);
const made: string[] = [];

function newBucket(): string {
  const bucket = `objectstore-${randomBytes(6).toString('hex')}`;
  made.push(bucket);
  return bucket;
}

afterAll(async () => {
  const client = s3Client(connection);
  for (const bucket of made) if (await client.bucketExists(bucket)) await client.removeBucket(bucket);
});

describe('objectstore.bucket on MinIO', () => {
  test('is planned, made with its versioning, proved, and then unchanged', async () => {
    const spec = { bucket: newBucket(), versioning: true };
    expect(await engine.plan(spec, engineContext())).toEqual([
      { action: 'create', what: `bucket ${spec.bucket}`, destructive: false, detail: ['versioning: enabled'] },
    ]);
    expect(await s3Client(connection).bucketExists(spec.bucket)).toBe(false);

    const applied = await engine.apply(spec, engineContext());
    expect(applied.changes).toMatchObject([{ action: 'create', what: `bucket ${spec.bucket}` }]);
    expect(applied.findings).toMatchObject([
      { claim: 'exists', holds: true, how: 'real', source: `HEAD s3://${spec.bucket}` },
      { claim: 'versioning is enabled', holds: true, source: `GET s3://${spec.bucket}?versioning` },
    ]);
    expect(await s3Client(connection).getBucketVersioning(spec.bucket)).toMatchObject({ Status: 'Enabled' });

    expect(await engine.plan(spec, engineContext())).toMatchObject([{ action: 'unchanged' }]);
    expect((await engine.apply(spec, engineContext())).changes).toMatchObject([{ action: 'unchanged' }]);
  });

  test('versioning that was switched off by hand is found as drift and switched on again', async () => {
    const spec = { bucket: newBucket(), versioning: true };
    await engine.apply(spec, engineContext());
    await s3Client(connection).setBucketVersioning(spec.bucket, { Status: 'Suspended' });

    expect(await engine.verify(spec, engineContext())).toMatchObject([{ holds: true }, { holds: false }]);
    const update = { action: 'update', detail: ['versioning: off -> enabled'] };
    expect(await engine.plan(spec, engineContext())).toMatchObject([update]);
    expect(await engine.apply(spec, engineContext())).toMatchObject({
      changes: [update],
      findings: [{ holds: true }, { holds: true }],
    });
  });

  test('versioning that the step does not name is left as it is', async () => {
    const bucket = newBucket();
    await engine.apply({ bucket, versioning: true }, engineContext());
    expect((await engine.apply({ bucket }, engineContext())).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(await s3Client(connection).getBucketVersioning(bucket)).toMatchObject({ Status: 'Enabled' });
  });

  test('workers at once all succeed and exactly one reports that it made the bucket', async () => {
    const spec = { bucket: newBucket(), versioning: true };
    const results = await Promise.all([1, 2, 3, 4].map(() => engine.apply(spec, engineContext())));
    const actions = results.map((result) => result.changes[0]!.action);
    expect(actions.filter((action) => action === 'create')).toHaveLength(1);
    for (const { findings } of results) expect(findings.every((finding) => finding.holds)).toBe(true);
  });

  test.each([
    ['accessKey', 'no-such-access-key', 'does not know the access key'],
    ['secretKey', 'not-the-secret-key', 'the secret key does not belong to it'],
  ])('a wrong %s is access denied in words, without the credentials', async (field, value, says) => {
    const wrong = objectstoreBucketEngine({ ...connection, [field]: value });
    const failure: unknown = await wrong
      .apply({ bucket: newBucket() }, engineContext())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WindlassFailure);
    const summary = (failure as WindlassFailure).summary();
    expect(summary).toMatchObject({ type: 'AccessDenied', retryable: false });
    expect(summary.message).toContain(says);
    for (const secret of [connection.secretKey, connection.accessKey, value]) {
      expect(JSON.stringify(summary)).not.toContain(secret);
    }
  });

  test('no change and no finding holds a credential', async () => {
    const spec = { bucket: newBucket(), versioning: true };
    const text = JSON.stringify([
      await engine.plan(spec, engineContext()),
      await engine.apply(spec, engineContext()),
      await engine.verify(spec, engineContext()),
    ]);
    expect(text).not.toContain(connection.secretKey);
    expect(text).not.toContain(connection.accessKey);
  });
});
