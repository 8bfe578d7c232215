import { z } from 'zod';
import { bucketPolicy, outsideOf } from './bucket-policy.ts';
import { stepKind } from './descriptor.ts';

const days = z.string().regex(/^[1-9]\d{0,4}d$/, 'must be a whole number of days, as in 30d');

/** What becomes of objects below a prefix by their age. */
const lifecycleRule = z
  .strictObject({
    prefix: z.string().default('').describe('Of the keys that the rule is for; all when empty.'),
    expireAfter: days.optional().describe('Objects of this age are deleted; with versioning they become noncurrent.'),
    expireNoncurrentAfter: days.optional().describe('Versions are deleted this long after they were replaced.'),
    abortUploadsAfter: days.optional().describe('Uploads that were not completed are removed at this age.'),
  })
  .refine(
    ({ expireAfter, expireNoncurrentAfter, abortUploadsAfter }) =>
      (expireAfter ?? expireNoncurrentAfter ?? abortUploadsAfter) !== undefined,
    'must have at least one of expireAfter, expireNoncurrentAfter and abortUploadsAfter',
  );
export type LifecycleRuleSpec = z.output<typeof lifecycleRule>;

const defaultRetention = z.strictObject({
  mode: z.enum(['governance', 'compliance']).describe('Compliance: nobody can delete, not even the root account.'),
  period: z.string().regex(/^[1-9]\d{0,4}[dy]$/, 'must be a whole number of days or years, as in 30d or 1y'),
});

const size = z.string().regex(/^[1-9]\d{0,5}(Ki|Mi|Gi|Ti)$/, 'must be a size, such as 50Gi');

/**
 * `objectstore.bucket`: a bucket that exists, with the settings named here. Each setting is left as it is when absent; one
 * that is there is owned as a whole. The bucket is never emptied and never deleted.
 *
 * @internal exported for its tests
 */
export const objectstoreBucket = z
  .strictObject({
    bucket: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'must be a bucket name: 3 to 63 lower-case letters, digits, dots and dashes',
      )
      .refine(
        (text) => !text.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(text),
        'must be a bucket name: no two dots in a row, and no IP address',
      ),
    versioning: z.boolean().optional().describe('Whether what is overwritten or deleted is kept.'),
    objectLock: z
      .literal(true, { error: 'can only be true: object lock cannot be switched off again' })
      .optional()
      .describe('Whether objects can be locked. Most servers give it only to a bucket that is new.'),
    defaultRetention: z
      .union([z.literal('none'), defaultRetention])
      .optional()
      .describe('How long new objects are locked unless they say otherwise.'),
    lifecycle: z.array(lifecycleRule).optional().describe('All rules of the bucket; an empty list removes them.'),
    policy: z
      .union([z.literal('none'), bucketPolicy])
      .optional()
      .describe('The bucket policy.'),
    quota: z
      .union([z.literal('none'), size])
      .optional()
      .describe('How large the bucket may become; MinIO only.'),
    tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional().describe('All tags of the bucket.'),
  })
  .superRefine((spec, context) => {
    const refuse = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    if (spec.objectLock === true && spec.versioning === false) {
      refuse(['versioning'], 'cannot be false with objectLock, which stands on versions');
    }
    if (spec.defaultRetention !== undefined && spec.objectLock !== true) {
      refuse(['defaultRetention'], 'needs objectLock: true');
    }
    for (const [index, { prefix }] of (spec.lifecycle ?? []).entries()) {
      if (spec.lifecycle?.findIndex((rule) => rule.prefix === prefix) !== index) {
        refuse(['lifecycle', index], `is the second rule for prefix "${prefix}": put both into one`);
      }
    }
    if (spec.policy === undefined || spec.policy === 'none') return;
    for (const [index, resource] of outsideOf(spec.bucket, spec.policy)) {
      refuse(
        ['policy', 'Statement', index],
        `is about ${resource}, which is not in this bucket: arn:aws:s3:::${spec.bucket} and what begins with it and "/" is`,
      );
    }
  });
export type ObjectstoreBucketSpec = z.output<typeof objectstoreBucket>;

export const objectstoreBucketKind = stepKind(objectstoreBucket)({
  targets: ['s3'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: null,
  byHand: true,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/objectstore.md', summary: 'a bucket with its settings' },
});
