import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrivalsOf } from '../../../src/domain/load/arrivals.ts';
import { LatencyHistogram } from '../../../src/domain/load/histogram.ts';
import { faultsOf, type LoadResult } from '../../../src/domain/load/load.ts';

const stage = fc.record({
  from: fc.double({ min: 0.5, max: 5_000, noNaN: true }),
  to: fc.double({ min: 0.5, max: 5_000, noNaN: true }),
  ms: fc.integer({ min: 500, max: 60_000 }),
});

describe('arrivals', () => {
  test('come evenly at a rate that stays, and ever closer in a ramp', () => {
    const even = arrivalsOf([{ from: 100, to: 100, ms: 1_000 }]);
    expect(even.total).toBe(100);
    expect([0, 1, 50, 99].map((index) => Math.round(even.at(index)))).toEqual([0, 10, 500, 990]);
    const ramp = arrivalsOf([
      { from: 10, to: 10, ms: 1_000 },
      { from: 10, to: 30, ms: 2_000 },
    ]);
    expect(ramp).toMatchObject({ total: 50, ms: 3_000, peak: 30 });
    expect(Math.round(ramp.at(10))).toBe(1_000);
    expect(ramp.at(11) - ramp.at(10)).toBeGreaterThan(ramp.at(49) - ramp.at(48));
  });

  test('are in order and within the time, whatever the stages', () => {
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 4 }), (stages) => {
        const arrivals = arrivalsOf(stages);
        const { total, ms } = arrivals;
        let before = 0;
        for (let index = 0; index < total; index += Math.max(1, Math.floor(total / 200))) {
          expect(arrivals.at(index)).toBeGreaterThanOrEqual(before);
          expect(arrivals.at(index)).toBeLessThanOrEqual(ms);
          before = arrivals.at(index);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a histogram of latencies', () => {
  test('tells each percentile within 0.8 % of the exact one, and never too low', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2_000_000_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.1, max: 100, noNaN: true }), (micros, percentile) => {
        const histogram = new LatencyHistogram();
        for (const one of micros) histogram.record(one);
        const sorted = micros.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((percentile / 100) * sorted.length)) - 1] ?? 0;
        expect(histogram.percentile(percentile)).toBeGreaterThanOrEqual(exact);
        expect(histogram.percentile(percentile)).toBeLessThanOrEqual(exact * (1 + 1 / 128));
        expect(histogram.least).toBe(sorted[0]);
        expect(histogram.most).toBe(sorted.at(-1));
        const kept = histogram.buckets();
        expect(kept.reduce((sum, [, count]) => sum + count, 0)).toBe(micros.length);
        expect(kept.map(([upper]) => upper)).toEqual(kept.map(([upper]) => upper).toSorted((a, b) => a - b));
      }),
    );
  });
});

test('a result is judged by its thresholds, and what ended it early never holds', () => {
  const result: LoadResult = {
    ...{ due: 100, sent: 100, answered: 98, failed: { 'answered 503': 2 }, seconds: 1, least: 1, mean: 2, most: 9 },
    percentiles: [
      [50, 2],
      [99, 9],
    ],
    ...{ histogram: [], curve: [], connectionsOpened: 1, lateMs: 1, cpuSeconds: 0.1, aborted: null },
  };
  const of = (errors: number, atMostMs: number, more: Partial<LoadResult> = {}) =>
    faultsOf({ thresholds: { errors, latency: [{ percentile: 99, atMostMs }] } }, { ...result, ...more });
  expect(of(0.02, 9)).toEqual([]);
  expect(of(0.01, 5)).toEqual(['2 % of 100 requests failed, of at most 1 %', 'p99 is 9 ms, of at most 5 ms']);
  expect(of(0.02, 9, { aborted: 'ended after 5.0 s: p99 is 12 ms' })).toEqual(['ended after 5.0 s: p99 is 12 ms']);
  expect(of(1, 9, { answered: 0, failed: {} })).toEqual(['no request was sent']);
});
