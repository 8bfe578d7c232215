import { describe, expect, test } from '@jest/globals';
import { changesBetween, fellWords } from '../../../src/domain/readiness/changes.ts';
import { lapsing } from '../../../src/domain/readiness/lapsing.ts';
import { cardOf, check, hoursAgo, seen, shapeWith } from './support.ts';

const shape = shapeWith([
  [check('a'), check('b')],
  [check('c', { level: 'good' }), check('d')],
]);
const failing = [seen({ outcome: 'fails' })];
const all = { a: [seen()], b: [seen()], c: [seen()], d: [seen()] };

describe('what changed from one scorecard to the next', () => {
  test('is told by what newly passes, fails, is stale, or is not observed', () => {
    const before = cardOf(shape, { a: failing, b: [seen()], c: [seen()], d: [seen()] });
    const now = cardOf(shape, { a: [seen()], b: failing, c: [seen({ hours: 30 })] });
    expect(changesBetween(before, now)).toEqual({
      ...{ passing: ['area-0/a'], failing: ['area-0/b'], stale: ['area-1/c'], unobserved: ['area-1/d'] },
    });
    expect(changesBetween(now, now)).toEqual({ passing: [], failing: [], stale: [], unobserved: [] });
  });

  test('takes a check that was not asked before for a new one', () => {
    const before = cardOf(shapeWith([[check('a')]]), all);
    expect(changesBetween(before, cardOf(shape, all)).passing).toEqual(['area-0/b', 'area-1/c', 'area-1/d']);
  });
});

describe('a readiness', () => {
  test('fell when its score is lower, and says by what', () => {
    expect(fellWords(cardOf(shape, all), cardOf(shape, { ...all, a: failing, c: [] }))).toBe(
      'the readiness fell from 100 of 100, best to 50 of 100, no level; newly failing: area-0/a; newly unobserved: area-1/c',
    );
  });

  test('fell when its level is lower, or nothing is known of it any more', () => {
    const best = cardOf(shape, all);
    expect(fellWords(best, { ...best, level: 'good' })).toContain('from 100 of 100, best to 100 of 100, good');
    expect(
      fellWords(cardOf(shape, { ...all, a: failing, b: failing, c: failing, d: failing }), cardOf(shape, {})),
    ).toContain('to unknown, since nothing was observed');
  });

  test('did not fall when it rose, or stayed as it was', () => {
    const [low, high] = [cardOf(shape, { ...all, a: failing }), cardOf(shape, all)];
    expect(fellWords(low, high)).toBeNull();
    expect(fellWords(low, low)).toBeNull();
  });
});

test('what lapses soon is told by what renews it, the first to lapse first', () => {
  const card = cardOf(shape, {
    a: [seen({ hours: 3 })],
    b: [seen({ hours: 20 })],
    c: failing,
    d: [seen({ hours: 1 })],
  });
  const renew = { verb: 'readiness --live' };
  expect(lapsing(card, 24 * 3_600_000)).toEqual([
    { renew, first: hoursAgo(-4), checks: ['area-0/b', 'area-0/a', 'area-1/d'] },
  ]);
  expect(lapsing(card, 5 * 3_600_000)).toEqual([{ renew, first: hoursAgo(-4), checks: ['area-0/b'] }]);
  expect(lapsing(card, 3_600_000)).toEqual([]);
});
