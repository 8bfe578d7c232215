import { expect, test } from '@jest/globals';
import { doublingPauses } from '../../src/domain/pauses.ts';

test('pauses double until the longest, and go on with it', () => {
  const pauses = doublingPauses({ firstMs: 100, mostMs: 1_000 });

  const first = Array.from({ length: 6 }, () => pauses.next().value);

  expect(first).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});
