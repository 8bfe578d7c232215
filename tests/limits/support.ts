import type { Limit } from '../../src/domain/limit.ts';

/** A limit made small, where what comes up to it would take a test too long. */
export function smaller(limit: Limit, most: number): Limit {
  return { ...limit, most };
}
