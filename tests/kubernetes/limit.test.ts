import { describe, expect, test } from '@jest/globals';
import { AdaptiveLimit, type Outcome } from '../../src/kubernetes/client/limit.ts';

const RANGE = { start: 16, least: 1, most: 64 };

/** Sends as many as may be in flight, and ends them all the same way. */
async function round(limit: AdaptiveLimit, outcome: Outcome, ms: number): Promise<number> {
  const size = limit.limit;
  const leaves = await Promise.all(Array.from({ length: size }, () => limit.enter()));
  for (const leave of leaves) leave(outcome, ms);
  return size;
}

async function rounds(limit: AdaptiveLimit, times: number, outcome: Outcome, ms: number): Promise<void> {
  for (let index = 0; index < times; index += 1) await round(limit, outcome, ms);
}

describe('how many requests are in flight', () => {
  test('grows while all are answered as fast as ever, and not beyond its end', async () => {
    const limit = new AdaptiveLimit(RANGE);
    await rounds(limit, 10, 'answered', 20);
    expect(limit.limit).toBe(26);
    await rounds(limit, 200, 'answered', 20);
    expect(limit.limit).toBe(64);
  });

  test('does not grow while fewer are sent than may be', async () => {
    const limit = new AdaptiveLimit(RANGE);
    for (let index = 0; index < 1_000; index += 1) (await limit.enter())('answered', 20);
    expect(limit.limit).toBe(16);
  });

  test('is halved once for all that were refused together', async () => {
    const limit = new AdaptiveLimit(RANGE);
    await round(limit, 'refused', 1);
    expect(limit.limit).toBe(8);
    await rounds(limit, 10, 'refused', 1);
    expect(limit.limit).toBe(1);
  });

  test('shrinks when answers take far longer than usual, and recovers', async () => {
    const limit = new AdaptiveLimit(RANGE);
    await rounds(limit, 4, 'answered', 60);
    expect(limit.limit).toBe(20);
    await rounds(limit, 3, 'answered', 1_000);
    const busy = limit.limit;
    expect(busy).toBeLessThan(20);
    await rounds(limit, 20, 'answered', 60);
    expect(limit.limit).toBeGreaterThan(busy);
  });

  test('is not cut for answers that are slower but still fast, nor for those that never came', async () => {
    const limit = new AdaptiveLimit(RANGE);
    await rounds(limit, 4, 'answered', 5);
    await rounds(limit, 2, 'answered', 50);
    await round(limit, 'lost', 60_000);
    expect(limit.limit).toBeGreaterThanOrEqual(20);
  });

  test('lets those that must wait go in their order, but for those that gave up', async () => {
    const limit = new AdaptiveLimit({ start: 1, least: 1, most: 1 });
    const leave = await limit.enter();
    const went: string[] = [];
    const stop = new AbortController();
    const reason = new Error('enough');
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      const done = await limit.enter(name === 'b' ? stop.signal : undefined);
      went.push(name);
      done('answered', 1);
    });
    stop.abort(reason);
    await expect(waiting[1]).rejects.toBe(reason);
    expect(went).toEqual([]);
    leave('answered', 1);
    await Promise.all([waiting[0], waiting[2]]);
    expect(went).toEqual(['a', 'c']);
  });
});
