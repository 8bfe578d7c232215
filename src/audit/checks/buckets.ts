import type { BucketFacts, Seen } from '../../domain/audit.ts';
import type { Check, Fault, Unseen } from '../check.ts';

/** How buckets are kept. */
export const BUCKET_CHECKS: readonly Check[] = [
  ofBuckets(
    {
      id: 'bucket-public',
      severity: 'critical',
      claim: 'no bucket is open to everybody',
      mend: 'Take the statements whose principal is everybody out of its policy; give links that end (presigned) instead.',
    },
    ({ open }) => open,
    (statements) => (statements.length === 0 ? null : `lets everybody in: ${statements.join('; ')}`),
  ),
  ofBuckets(
    {
      id: 'bucket-backups-unversioned',
      severity: 'high',
      claim: 'buckets of backups keep what is overwritten or deleted',
      mend: 'Switch versioning on (`versioning: true` of objectstore.bucket).',
    },
    ({ backups, versioning }) => (backups ? versioning : null),
    (on) => (on ? null : 'holds backups and keeps no versions: who deletes one has deleted it'),
  ),
  ofBuckets(
    {
      id: 'bucket-backups-unlocked',
      severity: 'medium',
      claim: 'buckets of backups keep them for a time, whoever deletes them',
      mend: 'Set a default retention on a bucket made with object lock (`objectLock`, `defaultRetention` of objectstore.bucket).',
    },
    ({ backups, retention }) => (backups ? retention : null),
    (on) => (on ? null : 'holds backups without a retention: credentials that write them can delete them'),
  ),
  ofBuckets(
    {
      id: 'bucket-almighty-credentials',
      severity: 'high',
      claim: 'no credentials of a target may do everything on their server',
      mend: 'Make a user with a policy for this bucket, and give the target its keys.',
    },
    ({ almighty }) => almighty,
    (all) => (all ? 'is reached with credentials that may do everything on the server' : null),
  ),
];

/** @param look null where the check is not for this bucket. */
function ofBuckets<T>(
  check: Pick<Check, 'id' | 'severity' | 'claim' | 'mend'>,
  look: (bucket: BucketFacts) => Seen<T> | null,
  wrong: (value: T) => string | null,
): Check {
  return {
    ...check,
    stands: [],
    needs: [],
    find: ({ facts }) =>
      facts.buckets.flatMap((bucket): readonly (Fault | Unseen)[] => {
        const where = `bucket ${bucket.bucket} at ${bucket.server}`;
        const seen = look(bucket);
        if (seen === null) return [];
        if ('unseen' in seen) return [{ where, unseen: seen.unseen }];
        const what = wrong(seen.value);
        return what === null ? [] : [{ where, what }];
      }),
  };
}
