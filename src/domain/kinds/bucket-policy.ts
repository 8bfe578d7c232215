import { z } from 'zod';

const oneOrMany = z.union([z.string(), z.array(z.string()).min(1)]);
const principal = z.union([z.literal('*'), z.record(z.string(), oneOrMany)]);

const statement = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Principal: principal.optional(),
    NotPrincipal: principal.optional(),
    Action: oneOrMany.optional(),
    NotAction: oneOrMany.optional(),
    Resource: oneOrMany.optional(),
    NotResource: oneOrMany.optional(),
    Condition: z.record(z.string(), z.record(z.string(), oneOrMany)).optional(),
  })
  .refine((text) => (text.Principal ?? text.NotPrincipal) !== undefined, 'must have a Principal')
  .refine((text) => (text.Action ?? text.NotAction) !== undefined, 'must have an Action')
  .refine((text) => (text.Resource ?? text.NotResource) !== undefined, 'must have a Resource');

/** A bucket policy, in the words of the S3 API. */
export const bucketPolicy = z.strictObject({
  Version: z.literal(['2012-10-17', '2008-10-17']).default('2012-10-17'),
  Statement: z.array(statement).min(1),
});
export type BucketPolicy = z.output<typeof bucketPolicy>;

/** The resources of a policy that are in another bucket, with the number of their statement: servers refuse these. */
export function outsideOf(bucket: string, policy: BucketPolicy): readonly (readonly [number, string])[] {
  return policy.Statement.flatMap(({ Resource = [], NotResource = [] }, index) =>
    [Resource, NotResource]
      .flat()
      .filter((resource) => !isIn(bucket, resource))
      .map((resource) => [index, resource] as const),
  );
}

function isIn(bucket: string, resource: string): boolean {
  const named = /^arn:[a-z-]+:s3:::(.*)$/.exec(resource)?.[1];
  return named === bucket || (named?.startsWith(`${bucket}/`) ?? false);
}
