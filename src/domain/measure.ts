import { LIMITS } from './limits.ts';
import { z } from 'zod';
import { name } from './kinds/common.ts';
import type { ActsOn } from './kinds/descriptor.ts';
import { cel, http, kubernetes, pointer, promql, s3, sql } from './kinds/questions.ts';
import type { Resolved } from './reference.ts';

/** What is asked for a measure: as a probe asks, and every answer is a number. */
const question = z.discriminatedUnion('protocol', [
  z
    .strictObject({
      protocol: z.literal('kubernetes'),
      ...kubernetes,
      count: cel('truth')
        .optional()
        .describe('CEL over each object as `self`: those of which it is true are counted; all when absent.'),
      sum: cel('number').optional().describe('CEL over each object as `self`, whose numbers are added.'),
    })
    .refine(({ count, sum }) => count === undefined || sum === undefined, 'needs count or sum, not both'),
  z.strictObject({ protocol: z.literal('sql'), ...sql }),
  z
    .strictObject({
      protocol: z.literal('s3'),
      bucket: s3.bucket.optional().describe('All buckets when absent.'),
      prefix: s3.prefix,
      of: z.enum(['objects', 'bytes', 'buckets']).default('objects').describe('What is counted.'),
    })
    .refine(({ bucket, prefix, of }) => of !== 'buckets' || (bucket === undefined && prefix === ''), {
      error: 'counts all buckets: it has neither bucket nor prefix',
    }),
  z.strictObject({ protocol: z.literal('promql'), ...promql }),
  z.strictObject({
    protocol: z.literal('http'),
    ...http,
    json: z
      .strictObject({
        at: pointer.optional().describe('Where the number is in the body.'),
        value: cel('number').optional().describe('CEL over the body as `self`, which gives the number.'),
      })
      .refine(({ at, value }) => (at === undefined) !== (value === undefined), 'needs either at or value'),
  }),
]);

/**
 * One of `spec.measures`: a named number that a run reads before its first change and after its last.
 *
 * @internal exported for its tests
 */
export const measure = z.strictObject({
  name,
  title: z.string().min(1).max(100).optional().describe('What people read; the name when absent.'),
  unit: z.string().min(1).max(20).optional().describe('Of the number; `bytes` are shown as KiB, MiB and so on.'),
  better: z.enum(['higher', 'lower']).optional().describe('Which way is progress; neither when absent.'),
  target: name.describe('Name of the target that is asked.'),
  with: question,
});
type MeasureFile = z.output<typeof measure>;

export const measures = z
  .array(measure)
  .min(1)
  .max(LIMITS.measures.most)
  .superRefine((all, context) => {
    const first = new Map<string, number>();
    for (const [index, { name: called }] of all.entries()) {
      if (first.has(called))
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `there are two measures "${called}"` });
      first.set(called, index);
    }
  });

/** One measure of a bundle. */
export type Measure = Resolved<MeasureFile>;

/** Each protocol is understood by some targets only. */
export const MEASURED: Readonly<Record<string, ActsOn>> = {
  kubernetes: { targets: ['kubernetes'], what: 'a measure over kubernetes' },
  sql: { targets: ['postgres'], what: 'a measure over sql' },
  s3: { targets: ['s3'], what: 'a measure over s3' },
  promql: { targets: ['http'], what: 'a measure over promql' },
  http: { targets: ['http', 's3'], what: 'a measure over http' },
};
