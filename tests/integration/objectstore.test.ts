import { afterAll, describe, expect, test } from '@jest/globals';
import { objectstoreBucket } from '../../src/domain/kinds/objectstore-bucket.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { objectstoreBucketEngine } from '../../src/objectstore/bucket-engine.ts';
import { bucketContract } from '../objectstore/contracts/bucket.ts';
import { contentContract } from '../objectstore/contracts/content.ts';
import { stageOn } from '../objectstore/stage.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { told } from '../support/told.ts';

const stage = stageOn(labStore());
afterAll(() => stage.clear());

describe('objectstore.bucket on MinIO', () => {
  bucketContract(() => stage);
});

describe('objects on MinIO', () => {
  contentContract(() => stage);
});

describe('what only MinIO has', () => {
  const engine = objectstoreBucketEngine(stage.store);

  test('one maker of a bucket: of workers at once exactly one reports that it made it', async () => {
    const spec = objectstoreBucket.parse({ bucket: stage.newBucket(), versioning: true });
    const results = await Promise.all([1, 2, 3, 4].map(() => engine.apply(spec, engineContext())));
    expect(results.filter(({ changes }) => changes[0]?.action === 'create')).toHaveLength(1);
  });

  test('a quota is set, found as drift when it was changed by hand, and taken away', async () => {
    const bucket = stage.newBucket();
    const spec = (quota: string) => objectstoreBucket.parse({ bucket, quota });
    expect(await engine.plan(spec('3Gi'), engineContext())).toMatchObject([
      { action: 'create', detail: ['quota: 3Gi'] },
    ]);
    await engine.apply(spec('3Gi'), engineContext());
    expect(await engine.plan(spec('3Gi'), engineContext())).toMatchObject([{ action: 'unchanged' }]);
    expect(told(await engine.verify(spec('1536Mi'), engineContext()))).toMatchObject([
      { holds: true },
      { claim: 'quota is 1536Mi', holds: false, observed: { value: '3Gi' } },
    ]);
    const applied = await engine.apply(spec('1536Mi'), engineContext());
    expect(applied).toMatchObject({
      changes: [{ action: 'update', destructive: false, detail: ['quota: 3Gi -> 1536Mi'] }],
      findings: [{ holds: true }, { holds: true }],
    });
    expect(told((await engine.apply(spec('none'), engineContext())).findings)).toMatchObject([
      { holds: true },
      { claim: 'quota is none', holds: true },
    ]);
  });
});

describe('what MinIO lacks is told before anything is touched', () => {
  const engine = objectstoreBucketEngine(stage.store);

  test('object lock for a bucket that was made without it', async () => {
    const bucket = stage.newBucket();
    await s3Client(stage.store).makeBucket(bucket, stage.store.region);
    const spec = objectstoreBucket.parse({ bucket, versioning: true, objectLock: true });
    const refusal = {
      type: 'BucketRefused',
      message: expect.stringMatching(/^MinIO at .* gives object lock only to a new bucket.*\(object-lock\)/) as unknown,
      options: { next: expect.stringContaining('leave objectLock out of the step') as unknown },
    };
    await expect(engine.plan(spec, engineContext())).rejects.toMatchObject(refusal);
    await expect(engine.apply(spec, engineContext())).rejects.toMatchObject(refusal);
    expect(await s3Client(stage.store).getBucketVersioning(bucket)).toBeFalsy();
    expect(told(await engine.verify(spec, engineContext()))).toMatchObject([
      { holds: true },
      { claim: 'versioning is enabled', holds: false },
      { claim: 'object-lock is on', holds: false, observed: { value: 'off' } },
    ]);
  });

  test('a rule for uploads that were not completed, which MinIO would drop without a word', async () => {
    const bucket = stage.newBucket();
    const lifecycle = [{ expireAfter: '9d', abortUploadsAfter: '2d' }];
    const spec = objectstoreBucket.parse({ bucket, lifecycle });
    await expect(engine.apply(spec, engineContext())).rejects.toMatchObject({
      type: 'BucketRefused',
      message: expect.stringMatching(/^MinIO at .*uploads that were not completed.*\(lifecycle\)/) as unknown,
    });
    expect(await s3Client(stage.store).bucketExists(bucket)).toBe(false);
  });
});
