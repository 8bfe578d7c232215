import { expect, test } from '@jest/globals';
import { objectstoreBucket } from '../../src/domain/kinds/objectstore-bucket.ts';

function problemsOf(spec: object): readonly string[] {
  const parsed = objectstoreBucket.safeParse({ bucket: 'uploads', ...spec });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::uploads/*' };

test.each(['Uploads', 'up_loads', 'up', 'a'.repeat(64), '-uploads', 'up..loads', '192.168.0.1', 'up/loads'])(
  '%j is no bucket name',
  (bucket) => {
    expect(problemsOf({ bucket })).toEqual([expect.stringContaining('bucket: must be a bucket name')]);
  },
);

test.each<[object, string]>([
  [{ objectLock: false }, 'objectLock: can only be true'],
  [{ objectLock: true, versioning: false }, 'versioning: cannot be false with objectLock'],
  [{ defaultRetention: { mode: 'governance', period: '3d' } }, 'defaultRetention: needs objectLock: true'],
  [{ lifecycle: [{ prefix: 'a/' }] }, 'lifecycle.0: must have at least one of'],
  [{ lifecycle: [{ expireAfter: '90m' }] }, 'lifecycle.0.expireAfter: must be a whole number of days'],
  [{ lifecycle: [{ expireAfter: '1d' }, { abortUploadsAfter: '2d' }] }, 'lifecycle.1: is the second rule'],
  [{ quota: '5000' }, 'quota: '],
  [{ policy: { Statement: [{ ...statement, Action: undefined }] } }, 'must have an Action'],
  [
    { policy: { Statement: [statement, { ...statement, Resource: 'arn:aws:s3:::uploads-too/*' }] } },
    'policy.Statement.1: is about arn:aws:s3:::uploads-too/*, which is not in this bucket',
  ],
])('%j is refused: %s', (spec, says) => {
  expect(problemsOf(spec).join('\n')).toContain(says);
});

test('a policy for the bucket and what is in it is taken, in any partition', () => {
  const Resource = ['arn:aws:s3:::uploads', 'arn:aws-cn:s3:::uploads/a/*'];
  expect(problemsOf({ policy: { Statement: [{ ...statement, Resource }] } })).toEqual([]);
});
