import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { objectstoreBucket } from '../../src/domain/kinds/objectstore-bucket.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { objectstoreBucketEngine } from '../../src/objectstore/bucket-engine.ts';
import { bucketContract } from '../objectstore/contracts/bucket.ts';
import { contentContract } from '../objectstore/contracts/content.ts';
import { stageOn, type Stage } from '../objectstore/stage.ts';
import { engineContext } from '../objectstore/support.ts';
import { startSeaweedFs, type SeaweedFs } from '../support/seaweedfs.ts';
import { told } from '../support/told.ts';

let server: SeaweedFs, stage: Stage;
beforeAll(async () => {
  server = await startSeaweedFs();
  stage = stageOn(server.store);
});
afterAll(() => server.stop());

describe('objectstore.bucket on SeaweedFS', () => {
  bucketContract(() => stage);
});

describe('objects on SeaweedFS', () => {
  contentContract(() => stage);
});

describe('what only SeaweedFS has', () => {
  test('a rule for uploads that were not completed', async () => {
    const engine = objectstoreBucketEngine(stage.store);
    const bucket = stage.newBucket();
    const lifecycle = [{ prefix: 'dumps/', abortUploadsAfter: '2d' }];
    const spec = objectstoreBucket.parse({ bucket, lifecycle });
    expect(told((await engine.apply(spec, engineContext())).findings)).toMatchObject([
      { holds: true },
      { claim: 'lifecycle is dumps/: abort uploads after 2d', holds: true },
    ]);
  });

  test('object lock for a bucket that was made without it', async () => {
    const engine = objectstoreBucketEngine(stage.store);
    const bucket = stage.newBucket();
    await s3Client(stage.store).makeBucket(bucket, stage.store.region);
    const spec = objectstoreBucket.parse({ bucket, versioning: true, objectLock: true });
    expect(await engine.apply(spec, engineContext())).toMatchObject({
      changes: [{ action: 'update', detail: ['versioning: off -> enabled', 'object-lock: off -> on'] }],
      findings: [{ holds: true }, { holds: true }, { holds: true }],
    });
  });
});

describe('what SeaweedFS refuses is told in words', () => {
  test('a quota, before anything is touched', async () => {
    const engine = objectstoreBucketEngine(stage.store);
    const spec = objectstoreBucket.parse({ bucket: stage.newBucket(), versioning: true, quota: '1Gi' });
    const refusal = {
      type: 'BucketRefused',
      message: expect.stringMatching(/^SeaweedFS at .* has no quotas for buckets.*\(quota\)/) as unknown,
      options: { next: expect.stringContaining('Leave quota out of the step') as unknown },
    };
    await expect(engine.plan(spec, engineContext())).rejects.toMatchObject(refusal);
    await expect(engine.apply(spec, engineContext())).rejects.toMatchObject(refusal);
    expect(await s3Client(stage.store).bucketExists(spec.bucket)).toBe(false);
  });

  test('a name that it does not accept', async () => {
    const engine = objectstoreBucketEngine(stage.store);
    await expect(engine.apply({ bucket: 'xn--not-for-buckets' }, engineContext())).rejects.toMatchObject({
      type: 'BucketRefused',
      message: expect.stringContaining('does not accept the bucket name') as unknown,
    });
  });

  test('a bucket that belongs to somebody else', async () => {
    const bucket = stage.newBucket();
    await s3Client(stage.store).makeBucket(bucket, stage.store.region);
    const engine = objectstoreBucketEngine(server.stranger);
    await expect(engine.apply({ bucket, versioning: true }, engineContext())).rejects.toMatchObject({
      type: 'AccessDenied',
      options: {
        next: expect.stringContaining('choose another bucket if this one belongs to somebody else') as unknown,
      },
    });
    expect(await s3Client(stage.store).getBucketVersioning(bucket)).toBeFalsy();
  });
});
