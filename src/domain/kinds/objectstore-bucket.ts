import { z } from 'zod';

/** `objectstore.bucket`: a bucket that exists, with the settings named here. Never emptied, never deleted. */
export const objectstoreBucket = z.strictObject({
  bucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'must be a bucket name: 3 to 63 lower-case letters, digits, dots and dashes',
    ),
  versioning: z.boolean().optional().describe('Left as it is when absent.'),
});
export type ObjectstoreBucketSpec = z.output<typeof objectstoreBucket>;
