import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitting, shares } from '../../../src/report/html/budget.ts';
import { scaleOf } from '../../../src/report/html/scale.ts';

describe('the line of time', () => {
  test('is true to scale while something acts, and cuts a long wait short', () => {
    const scale = scaleOf(
      [
        { from: 0, to: 100 },
        { from: 10_100, to: 10_200 },
      ],
      { from: 0, to: 10_200 },
    );
    expect(scale.cuts).toMatchObject([{ ms: 10_000 }]);
    expect(scale.at(100) - scale.at(0)).toBeCloseTo(scale.at(10_200) - scale.at(10_100));
    expect(scale.at(10_100) - scale.at(100)).toBeCloseTo(24 / 224);
  });

  test('is whole where nothing acts at all', () => {
    const scale = scaleOf([], { from: 0, to: 100 });
    expect([scale.at(0), scale.at(50), scale.at(100), scale.cuts]).toEqual([0, 0.5, 1, []]);
    expect(scaleOf([], { from: 5, to: 5 }).at(5)).toBe(0);
  });

  test('never runs backwards, whatever overlaps, and stays within its ends', () => {
    const time = fc.integer({ min: -100, max: 1_100 });
    fc.assert(
      fc.property(fc.array(fc.tuple(time, time)), fc.array(time, { minLength: 2 }), (pairs, times) => {
        const { at } = scaleOf(
          pairs.map(([from, to]) => ({ from, to })),
          { from: 0, to: 1_000 },
        );
        const places = times.sort((a, b) => a - b).map(at);
        for (const [before, place] of places.slice(1).entries()) expect(place).toBeGreaterThanOrEqual(places[before]!);
        for (const place of places) expect(place >= 0 && place <= 1 + 1e-9).toBe(true);
      }),
    );
  });
});

describe('the room of a page', () => {
  test('is shared evenly by those who want more than there is, after those who want little', () => {
    expect(shares([10, 500, 300], 410)).toEqual([10, 200, 200]);
    expect(shares([10, 20], 100)).toEqual([10, 20]);
    expect(shares([10, 20], -5)).toEqual([0, 0]);
  });

  test('takes what comes first, and counts the rest', () => {
    expect(fitting([3, 3, 3], (one) => one, 7)).toEqual({ shown: [3, 3], more: 1 });
    expect(fitting([3], (one) => one, 3)).toEqual({ shown: [3], more: 0 });
  });
});
