import { describe, expect, test } from '@jest/globals';
import { cardOf, check, hoursAgo, seen, shapeWith } from './support.ts';

const exemption = {
  ...{ check: 'area-0/a', reason: 'the vendor is late', requestedBy: 'ann', approvedBy: 'bob' },
};

describe('a check', () => {
  const resultOf = (observations: Parameters<typeof cardOf>[1][string], more: Parameters<typeof cardOf>[2] = {}) =>
    cardOf(shapeWith([[check('a')]]), { a: observations }, more).areas[0]?.checks[0];

  test('passes by evidence that is young enough, and says when that ends', () => {
    expect(resultOf([seen({ hours: 2 })])).toMatchObject({
      result: 'pass',
      evidence: { run: 'run-1', source: 'api', how: 'real' },
      lapses: hoursAgo(-22),
    });
  });

  test('is stale once its evidence is as old as it may be', () => {
    expect(resultOf([seen({ hours: 24 })])).toMatchObject({
      result: 'stale',
      why: 'ready, but that was 24 h 0 min ago, and counts for 24 h 0 min',
      lapses: null,
    });
  });

  test('fails by what was recorded last, whatever held before', () => {
    expect(resultOf([seen({ hours: 1, outcome: 'fails', why: 'not ready' }), seen({ hours: 2 })])).toMatchObject({
      result: 'fail',
      why: 'not ready',
    });
  });

  test('passes again once it holds after it failed', () => {
    expect(resultOf([seen({ hours: 2, outcome: 'fails' }), seen({ hours: 1 })])).toMatchObject({ result: 'pass' });
  });

  test('is unobserved, and no pass, when it could not be told last', () => {
    const last = seen({ hours: 1, outcome: 'unknown', why: 'refused the connection' });
    expect(resultOf([last, seen({ hours: 2 })])).toMatchObject({ result: 'unobserved', why: 'refused the connection' });
  });

  test('is unobserved without evidence, and says why', () => {
    expect(resultOf([])).toMatchObject({ result: 'unobserved', why: 'nothing has looked', evidence: null });
  });

  test('does not count what was seen later than the moment that is asked for', () => {
    expect(resultOf([seen({ hours: -1 })])).toMatchObject({ result: 'unobserved' });
  });

  test('does not pass while something on record that may be younger does not read', () => {
    const doubt = { until: hoursAgo(1), why: 'an entry does not read' };
    expect(resultOf([seen({ hours: 2 })], { doubt })).toMatchObject({
      result: 'unobserved',
      why: 'ready; but an entry does not read',
    });
    expect(resultOf([seen({ hours: 0.5 })], { doubt })).toMatchObject({ result: 'pass' });
  });

  test('rests on what is real before what is simulated, however young that is', () => {
    const evidence = [seen({ hours: 1, how: 'simulated' }), seen({ hours: 5 })];
    expect(resultOf(evidence)).toMatchObject({ result: 'pass', evidence: { how: 'real' }, lapses: hoursAgo(-19) });
  });
});

describe('points', () => {
  const half = shapeWith([[check('a', { points: 3 }), check('b', { points: 1 })]]);

  test('are earned by passes alone', () => {
    expect(cardOf(half, { a: [seen()], b: [seen({ outcome: 'fails' })] })).toMatchObject({
      score: 75,
      areas: [{ score: 75, points: { all: 4, earned: 3, apart: 0 } }],
    });
  });

  test('of what is simulated or rests on a stand-in are counted apart', () => {
    const evidence = { a: [seen({ how: 'simulated' })], b: [seen({ how: 'stand-in' })] };
    expect(cardOf(half, evidence)).toMatchObject({
      ...{ score: 0, level: null, simulated: 'apart' },
      areas: [{ points: { all: 4, earned: 0, apart: 4 }, checks: [{ result: 'pass' }, { result: 'pass' }] }],
    });
  });

  test('of what is simulated are earned where the policy says so, and the honest number stands beside', () => {
    const evidence = { a: [seen({ how: 'simulated' })], b: [seen()] };
    expect(cardOf(half, evidence, { simulated: 'counts' })).toMatchObject({
      ...{ score: 100, level: 'best', simulated: 'counts' },
      real: { score: 25, level: null },
    });
  });

  test('of what does not apply are asked of nobody', () => {
    const shape = shapeWith([[check('a'), check('b', { notApplicable: 'there is none here' })]]);
    expect(cardOf(shape, { a: [seen()] })).toMatchObject({ score: 100, areas: [{ points: { all: 1 } }] });
  });

  test('weigh by their area, which counts for nothing where none of its checks applies', () => {
    const shape = shapeWith([[check('a')], [check('b')], [check('c', { notApplicable: 'no' })]]);
    expect(cardOf(shape, { a: [seen()], b: [seen({ outcome: 'fails' })] })).toMatchObject({
      score: 33.3,
      areas: [{ weight: 1 }, { weight: 2 }, { applies: false, score: null }],
    });
  });
});

describe('an area of which nothing was observed', () => {
  const shape = shapeWith([[check('a')], [check('b')]]);

  test('is unknown, and earns nothing in the whole', () => {
    expect(cardOf(shape, { a: [seen()] })).toMatchObject({
      ...{ score: 33.3, level: null },
      areas: [{ score: 100 }, { score: null, level: null }],
    });
  });

  test('makes the whole unknown where there is no other', () => {
    expect(cardOf(shape, {})).toMatchObject({ score: null, level: null });
  });

  test('stays unknown with an exemption', () => {
    const exempt = { ...shape, exemptions: [{ ...exemption, until: '2026-02-01' }] };
    expect(cardOf(exempt, {})).toMatchObject({ score: null, areas: [{ score: null }, { score: null }] });
  });
});

describe('a check that must pass', () => {
  const shape = shapeWith([[check('a', { must: true }), check('b', { points: 9 })], [check('c', { points: 9 })]]);

  test.each([
    ['fails', [seen({ outcome: 'fails' })]],
    ['is stale', [seen({ hours: 30 })]],
    ['was not observed', []],
    ['rests on what is simulated', [seen({ how: 'simulated' })]],
  ])('caps its area and the whole when it %s', (_, observations) => {
    expect(cardOf(shape, { a: observations, b: [seen()], c: [seen()] })).toMatchObject({
      ...{ score: 50, level: null, capped: ['area-0/a'] },
      areas: [
        { score: 50, level: null, capped: ['a'] },
        { score: 100, level: 'best' },
      ],
    });
  });

  test('caps nothing once it passes', () => {
    expect(cardOf(shape, { a: [seen()], b: [seen()], c: [seen()] })).toMatchObject({ score: 100, capped: [] });
  });
});

describe('an exemption', () => {
  const until = (end: string) =>
    shapeWith([[check('a', { must: true }), check('b')]], { exemptions: [{ ...exemption, until: end }] });
  const evidence = { a: [seen({ outcome: 'fails', why: 'not ready' })], b: [seen()] };

  test('earns nothing, and lifts the cap and keeps the level', () => {
    expect(cardOf(until(hoursAgo(-1)), evidence)).toMatchObject({
      ...{ score: 50, level: 'best', capped: [] },
      areas: [
        {
          checks: [
            {
              result: 'exempt',
              instead: 'fail',
              why: expect.stringContaining('the vendor is late (asked for by ann, granted by bob,'),
            },
            { result: 'pass' },
          ],
        },
      ],
      exemptions: [{ check: 'area-0/a', holds: true }],
    });
  });

  test('that has ended is listed, and counts no more', () => {
    expect(cardOf(until(hoursAgo(0)), evidence)).toMatchObject({
      ...{ level: null, capped: ['area-0/a'] },
      exemptions: [{ holds: false }],
    });
  });

  test('until a day holds until that day is over', () => {
    expect(cardOf(until('2026-01-10'), evidence)).toMatchObject({ exemptions: [{ holds: true }] });
    expect(cardOf(until('2026-01-09'), evidence)).toMatchObject({ exemptions: [{ holds: false }] });
  });

  test('takes nothing from a check that passes', () => {
    const passing = { a: [seen()], b: [seen()] };
    expect(cardOf(until('2026-02-01'), passing)).toMatchObject({
      score: 100,
      areas: [{ checks: [{ result: 'pass' }, {}] }],
    });
  });
});

describe('levels', () => {
  const shape = shapeWith([
    [check('a'), check('b', { level: 'good' }), check('c', { level: 'best' })],
    [check('d'), check('e', { level: 'best' })],
  ]);
  const all = { a: [seen()], b: [seen()], c: [seen()], d: [seen()], e: [seen()] };

  test.each([
    ['best', [], 'best'],
    ['good, where one of the best is open', ['e'], 'good'],
    ['base, where one of the good ones is open, whatever of the best passes', ['b'], 'base'],
    ['none, where one of the first is open', ['d'], null],
  ])('are cumulative, and the whole has that of its lowest area: %s', (_, open, level) => {
    const evidence = Object.fromEntries(Object.entries(all).filter(([name]) => !open.includes(name as never)));
    expect(cardOf(shape, evidence)).toMatchObject({ level });
  });
});
