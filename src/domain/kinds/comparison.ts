import { z } from 'zod';
import type { Comparison } from '../comparison.ts';

/** What an answer is held against: fields of a mapping, of which exactly one must be there. */
export const comparing = {
  equals: z.union([z.string(), z.number(), z.boolean()]).optional().describe('The answer must be this.'),
  atLeast: z.number().optional().describe('The answer must be a number that is this or more.'),
  atMost: z.number().optional().describe('The answer must be a number that is this or less.'),
  between: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low <= high, 'must be two numbers, the smaller one first')
    .optional()
    .describe('The answer must be a number from the first to the second, both included.'),
};
const NAMES = Object.keys(comparing) as readonly (keyof typeof comparing)[];

/** Fields as `comparing` has them. */
export type Comparing = z.output<z.ZodObject<typeof comparing>>;

export const ONE_COMPARISON = `needs exactly one of ${NAMES.slice(0, -1).join(', ')} and ${String(NAMES.at(-1))}`;

/** How many of them there are. */
export function comparisonsIn(fields: Comparing): number {
  return NAMES.filter((name) => fields[name] !== undefined).length;
}

/** The one that there is; null where there is none. */
export function comparisonOf({ equals, atLeast, atMost, between }: Comparing): Comparison | null {
  if (equals !== undefined) return { equals };
  if (atLeast !== undefined) return { atLeast };
  if (atMost !== undefined) return { atMost };
  return between === undefined ? null : { between };
}

/** The same where the schema lets nothing pass without one. @throws RangeError */
export function demandedComparison(fields: Comparing): Comparison {
  const comparison = comparisonOf(fields);
  if (comparison === null) throw new RangeError(ONE_COMPARISON);
  return comparison;
}
