import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { WindlassFailure } from '../../../src/domain/failure.ts';
import { objectstoreBucket, type ObjectstoreBucketSpec } from '../../../src/domain/kinds/objectstore-bucket.ts';
import { s3Client } from '../../../src/objectstore/client.ts';
import { objectstoreBucketEngine } from '../../../src/objectstore/bucket-engine.ts';
import { exchange } from '../../../src/objectstore/exchange.ts';
import { buildXml } from '../../../src/objectstore/xml.ts';
import type { Stage } from '../stage.ts';
import { engineContext } from '../support.ts';
import { told } from '../../support/told.ts';

/** Everything that any S3 server of ours has. */
function everything(bucket: string): ObjectstoreBucketSpec {
  return objectstoreBucket.parse({
    bucket,
    versioning: true,
    objectLock: true,
    defaultRetention: { mode: 'governance', period: '2d' },
    lifecycle: [
      { prefix: 'tmp/', expireAfter: '3d' },
      { expireAfter: '90d', expireNoncurrentAfter: '30d' },
    ],
    policy: {
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: ['s3:DeleteBucket', 's3:PutObject'],
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/closed/*`],
        },
      ],
    },
    tags: { team: 'platform', 'cost centre': '007' },
  });
}

/** What the engine of `objectstore.bucket` promises on every S3 server. */
export function bucketContract(stage: () => Stage): void {
  const engine = () => objectstoreBucketEngine(stage().store);
  const client = () => s3Client(stage().store);
  const plan = async (spec: ObjectstoreBucketSpec) => (await engine().plan(spec, engineContext()))[0]!;
  const apply = (spec: ObjectstoreBucketSpec) => engine().apply(spec, engineContext());
  /** Sets a setting as another program would, or removes it. */
  const byHand = (bucket: string, query: string, payload: string) =>
    exchange(client(), {
      ...{ method: payload === '' ? 'DELETE' : 'PUT', bucket, query, payload },
      headers: { 'content-md5': createHash('md5').update(payload).digest('base64') },
    });
  const broken = async (spec: ObjectstoreBucketSpec) =>
    (await engine().verify(spec, engineContext())).filter(({ holds }) => !holds);

  test('a bucket is planned, made with all its settings, proved, and then unchanged', async () => {
    const spec = everything(stage().newBucket());
    expect(await plan(spec)).toEqual({
      action: 'create',
      what: `bucket ${spec.bucket}`,
      destructive: false,
      detail: [
        'versioning: enabled',
        'object-lock: on',
        'default-retention: governance for 2d',
        'lifecycle: all: expire after 90d, noncurrent expire after 30d',
        'lifecycle: tmp/: expire after 3d',
        `policy: Deny * s3:DeleteBucket, s3:PutObject on ${spec.bucket}, ${spec.bucket}/closed/*`,
        'tagging: cost centre=007',
        'tagging: team=platform',
      ],
    });
    expect(await client().bucketExists(spec.bucket)).toBe(false);

    const applied = await apply(spec);
    expect(applied.changes).toMatchObject([{ action: 'create', what: `bucket ${spec.bucket}` }]);
    expect(told(applied.findings).map(({ claim, holds, how, source }) => [claim, holds, how, source])).toEqual([
      ['exists', true, 'real', `HEAD s3://${spec.bucket}`],
      ['versioning is enabled', true, 'real', `GET s3://${spec.bucket}?versioning`],
      ['object-lock is on', true, 'real', `GET s3://${spec.bucket}?object-lock`],
      ['default-retention is governance for 2d', true, 'real', `GET s3://${spec.bucket}?object-lock`],
      [expect.stringMatching(/^lifecycle is all: .*; tmp\//), true, 'real', `GET s3://${spec.bucket}?lifecycle`],
      [expect.stringMatching(/^policy is Deny \*/), true, 'real', `GET s3://${spec.bucket}?policy`],
      ['tagging is cost centre=007; team=platform', true, 'real', `GET s3://${spec.bucket}?tagging`],
    ]);
    const { body } = await exchange(client(), { method: 'GET', bucket: spec.bucket, query: 'object-lock' });
    expect(body.toString()).toContain('<Mode>GOVERNANCE</Mode><Days>2</Days>');

    expect(await plan(spec)).toMatchObject({ action: 'unchanged', destructive: false });
    expect((await apply(spec)).changes).toMatchObject([{ action: 'unchanged' }]);
  });

  test('settings that a step does not name are left as they are', async () => {
    const spec = everything(stage().newBucket());
    await apply(spec);
    expect((await apply({ bucket: spec.bucket })).changes).toMatchObject([{ action: 'unchanged' }]);
    expect(await plan(spec)).toMatchObject({ action: 'unchanged' });
  });

  test('what was changed by hand is drift: in the plan, in the evidence, and gone after the next apply', async () => {
    const bucket = stage().newBucket();
    const spec = objectstoreBucket.parse({ ...everything(bucket), objectLock: undefined, defaultRetention: undefined });
    await apply(spec);
    await client().setBucketVersioning(bucket, { Status: 'Suspended' });
    await byHand(bucket, 'policy', '');
    await byHand(bucket, 'tagging', '');
    await byHand(bucket, 'lifecycle', '');

    expect(told(await broken(spec))).toMatchObject([
      { claim: 'versioning is enabled', observed: { value: 'off' } },
      { claim: expect.stringContaining('lifecycle is') as unknown, observed: { value: 'none' } },
      { claim: expect.stringContaining('policy is') as unknown, observed: { value: 'none' } },
      { claim: expect.stringContaining('tagging is') as unknown, observed: { value: 'none' } },
    ]);
    const planned = await plan(spec);
    expect(planned).toMatchObject({ action: 'update', destructive: true });
    expect(planned.detail).toEqual([
      'versioning: off -> enabled',
      'lifecycle: + all: expire after 90d, noncurrent expire after 30d',
      'lifecycle: + tmp/: expire after 3d',
      `policy: none -> Deny * s3:DeleteBucket, s3:PutObject on ${bucket}, ${bucket}/closed/*`,
      'tagging: + cost centre=007',
      'tagging: + team=platform',
      'loses: objects of 90 days and older are deleted',
      'loses: versions replaced 30 days ago or earlier are deleted',
      'loses: objects below tmp/ of 3 days and older are deleted',
    ]);
    const applied = await apply(spec);
    expect(applied.findings.filter(({ holds }) => !holds)).toEqual([]);
    expect(await plan(spec)).toMatchObject({ action: 'unchanged' });
  });

  test('a retention that was changed by hand is drift', async () => {
    const spec = everything(stage().newBucket());
    await apply(spec);
    const rule = { DefaultRetention: { Mode: 'GOVERNANCE', Years: '1' } };
    await byHand(
      spec.bucket,
      'object-lock',
      buildXml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', Rule: rule }),
    );
    expect(told(await broken(spec))).toMatchObject([{ observed: { value: 'governance for 1y' } }]);
    expect(await plan(spec)).toMatchObject({
      action: 'update',
      destructive: true,
      detail: [
        'default-retention: governance for 1y -> governance for 2d',
        'loses: what is written from then on can be deleted sooner, or by more people',
      ],
    });
  });

  test.each<[string, object, object, string]>([
    ['suspending versions', { versioning: true }, { versioning: false }, 'is not kept any more'],
    [
      'a shorter expiry',
      { lifecycle: [{ prefix: 'a/', expireAfter: '9d' }] },
      { lifecycle: [{ prefix: 'a/', expireAfter: '8d' }] },
      'objects below a/ of 8 days and older are deleted',
    ],
    [
      'an expiry of more keys',
      { lifecycle: [{ prefix: 'a/', expireAfter: '9d' }] },
      { lifecycle: [{ prefix: 'a', expireAfter: '9d' }] },
      'objects below a of 9 days and older are deleted',
    ],
    [
      'an expiry of versions',
      { versioning: true, lifecycle: [] },
      { versioning: true, lifecycle: [{ expireNoncurrentAfter: '1d' }] },
      'versions replaced 1 days ago or earlier are deleted',
    ],
    ['no retention', lock('governance', '3d'), { objectLock: true, defaultRetention: 'none' }, 'deleted sooner'],
    ['a shorter retention', lock('governance', '3d'), lock('governance', '2d'), 'deleted sooner'],
    ['opening to anybody', {}, open('public/*'), 'everybody may, without credentials: Allow * s3:GetObject on'],
    ['opening more to anybody', open('public/*'), open('*'), 'everybody may, without credentials'],
  ])('%s is destructive, and the plan says what is lost; the way back is not', async (_words, first, second, loss) => {
    const bucket = stage().newBucket();
    const specOf = (more: object) => objectstoreBucket.parse(placed({ bucket, ...more }));
    await apply(specOf(first));
    const planned = await plan(specOf(second));
    expect(planned).toMatchObject({ action: 'update', destructive: true });
    expect(planned.detail?.filter((line) => line.startsWith('loses: '))).toEqual([expect.stringContaining(loss)]);
    await apply(specOf(second));
    const back = await plan(specOf(first));
    expect(back.destructive).toBe(false);
  });

  test('settings are taken away again by none, an empty list or no tags', async () => {
    const spec = everything(stage().newBucket());
    await apply(spec);
    const none = objectstoreBucket.parse({
      bucket: spec.bucket,
      objectLock: true,
      defaultRetention: 'none',
      lifecycle: [],
      policy: 'none',
      tags: {},
    });
    await apply(none);
    expect(await broken(none)).toEqual([]);
    await expect(client().getBucketPolicy(spec.bucket)).rejects.toMatchObject({ code: 'NoSuchBucketPolicy' });
    await expect(client().getBucketLifecycle(spec.bucket)).rejects.toThrow();
    await expect(client().getBucketTagging(spec.bucket)).rejects.toThrow();
  });

  test('a rule by tags that somebody made is shown, and replaced only because the step owns the lifecycle', async () => {
    const spec = objectstoreBucket.parse({ bucket: stage().newBucket(), lifecycle: [{ expireAfter: '5d' }] });
    await apply(spec);
    const rule = { Status: 'Enabled', Filter: { Tag: { Key: 'k', Value: 'v' } }, Expiration: { Days: '9' } };
    await byHand(spec.bucket, 'lifecycle', buildXml('LifecycleConfiguration', { Rule: { ID: 'theirs', ...rule } }));
    expect((await plan(spec)).detail?.join('\n')).toContain('"Tag":{"Key":"k","Value":"v"}');
    await apply(spec);
    expect(await plan(spec)).toMatchObject({ action: 'unchanged' });
  });

  test('what is in a bucket outlives every change of its settings', async () => {
    const bucket = stage().newBucket();
    await client().makeBucket(bucket, stage().store.region);
    await client().putObject(bucket, 'kept', 'content');
    await apply(objectstoreBucket.parse({ bucket, versioning: true, tags: { a: 'b' } }));
    await apply(objectstoreBucket.parse({ bucket, versioning: false, lifecycle: [{ expireAfter: '9d' }], tags: {} }));
    expect((await client().statObject(bucket, 'kept')).size).toBe(7);
  });

  test('workers at once all succeed, whichever of them makes the bucket', async () => {
    const spec = { bucket: stage().newBucket(), versioning: true };
    const results = await Promise.all([1, 2, 3, 4].map(() => apply(spec)));
    expect(results.map((result) => result.changes[0]!.action)).toContain('create');
    for (const { findings } of results) expect(findings.every((finding) => finding.holds)).toBe(true);
    expect(await plan(spec)).toMatchObject({ action: 'unchanged' });
  });

  test.each([
    ['accessKey', 'no-such-access-key', 'does not know the access key'],
    ['secretKey', 'not-the-secret-key', 'the secret key does not belong to it'],
  ])('a wrong %s is access denied in words, without the credentials', async (field, value, says) => {
    const { store } = stage();
    const wrong = objectstoreBucketEngine({ ...store, [field]: value });
    const failure: unknown = await wrong
      .apply({ bucket: stage().newBucket() }, engineContext())
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WindlassFailure);
    const summary = (failure as WindlassFailure).summary();
    expect(summary).toMatchObject({ type: 'AccessDenied', retryable: false });
    expect(summary.message).toContain(says);
    for (const secret of [store.secretKey, store.accessKey, value]) {
      expect(JSON.stringify(summary)).not.toContain(secret);
    }
  });

  test('no change and no finding holds a credential', async () => {
    const spec = everything(stage().newBucket());
    const text = JSON.stringify([await plan(spec), await apply(spec), await engine().verify(spec, engineContext())]);
    expect(text).not.toContain(stage().store.secretKey);
    expect(text).not.toContain(stage().store.accessKey);
  });
}

function lock(mode: string, period: string): object {
  return { objectLock: true, defaultRetention: { mode, period } };
}

function open(keys: string): object {
  return { policy: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: keys }] } };
}

/** The resources of a policy in the bucket of the spec. */
function placed(spec: { bucket: string; policy?: { Statement: { Resource: string }[] } }): object {
  if (spec.policy === undefined) return { policy: 'none', ...spec };
  const Statement = spec.policy.Statement.map((one) => ({
    ...one,
    Resource: `arn:aws:s3:::${spec.bucket}/${one.Resource}`,
  }));
  return { ...spec, policy: { Statement } };
}
