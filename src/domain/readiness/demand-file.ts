import { z } from 'zod';
import { LEVELS } from './levels.ts';

/** How ready a platform must be, as rollout files write it: a level, or a score. */
export const demand = z.union([z.enum(LEVELS), z.number().gt(0).max(100)], {
  error: `must be ${LEVELS.join(', ')}, or a score of more than 0 and at most 100`,
});
export type Demand = z.output<typeof demand>;
