import { describe, expect, test } from '@jest/globals';
import { drillFacts } from '../../../src/domain/drill/facts.ts';
import { drillHistory, proofsOf } from '../../../src/domain/drill/history.ts';
import { trendOf } from '../../../src/domain/drill/trend.ts';
import { unfinished, verdictLine, type DrillVerdict } from '../../../src/domain/drill/verdict.ts';
import { entry, finding } from '../../report/entries.ts';

const proven: DrillVerdict = {
  verdict: 'proven',
  backup: 'one',
  backedUpAt: '2026-01-01T00:00:00.000Z',
  faults: [],
  missed: [],
  rtoSeconds: 4,
  rpoSeconds: 60,
  failure: null,
};
const drilled = (seconds: number, verdict: Partial<DrillVerdict>, step = 'backup/drill') =>
  entry(seconds, step, { type: 'drill', verdict: { ...proven, ...verdict } });

describe('the evidence of a drill', () => {
  const about = { drill: { namespace: 'velero', name: 'one' }, backup: 'one' };
  const observed = { faults: ['a is missing', 'b differs'], parts: [], restoreSeconds: 4.5, ageSeconds: 9 };
  const common = { holds: true, how: 'real', source: 'restore', time: '2026-01-01T00:00:09.000Z' } as const;
  const proof = { ...common, kind: 'drill-proof', about, observed } as const;

  test('comes to a verdict, with the age of the backup counted back from when it was proven', () => {
    expect(drillFacts([proof])).toEqual({
      ...proven,
      backedUpAt: '2026-01-01T00:00:00.000Z',
      faults: ['a is missing', 'b differs'],
      rtoSeconds: 4.5,
      rpoSeconds: 9,
    });
  });

  test('that does not hold refutes the backup, and objectives that were missed are named', () => {
    const facts = drillFacts([
      { ...proof, holds: false },
      {
        ...common,
        kind: 'objective',
        about: { drill: about.drill, objective: 'rto', limit: '1s' },
        holds: false,
        observed: { took: '4.5 s', seconds: 4.5 },
      },
      // Speaks against something else.
      finding('Drill velero/one', 'a backup was proven by a restore within 24h', { holds: false }),
    ]);
    expect(facts).toMatchObject({ verdict: 'refuted', missed: ['restored and compared within 1s (rto)'] });
    expect(verdictLine(facts!)).toBe(
      'refuted Backup one: a is missing (and 1 more), but not restored and compared within 1s (rto)',
    );
  });

  test('is told from evidence of other things, and need not say how old the backup was', () => {
    expect(drillFacts([finding('Drill velero/one', 'a backup was proven by a restore within 24h')])).toBeNull();
    expect(drillFacts([finding('Drill velero/one', 'Backup one is proven by a restore')])).toBeNull();
    const unknown = { ...proof, observed: { ...observed, restoreSeconds: null, ageSeconds: null } };
    expect(drillFacts([unknown])).toMatchObject({ backedUpAt: null, rtoSeconds: null });
  });
});

test('a drill that failed says where, and what happened there', () => {
  const failure = {
    type: 'NotReadyInTime',
    object: 'Namespace drill-1',
    message: 'It does not go.',
    next: 'Look.',
  } as const;
  expect(verdictLine(unfinished('failed', { ...failure, retryable: false }))).toBe(
    'failed: Namespace drill-1: It does not go.',
  );
});

describe('the history of drills', () => {
  test('is oldest first, and knows of nothing but drills', () => {
    const entries = [
      drilled(20, { backup: 'two' }),
      entry(1, null, { type: 'start', by: 'ada', signature: '' }),
      drilled(10, {}),
    ];
    expect(drillHistory(entries).map(({ backup, phase, step }) => [backup, phase, step])).toEqual([
      ['one', 'backup', 'drill'],
      ['two', 'backup', 'drill'],
    ]);
  });

  test('gives proofs by the age of the backup, whenever it was proven; what was refuted or failed is none', () => {
    const entries = [
      drilled(10, { backup: 'young', backedUpAt: '2026-01-01T00:00:05.000Z' }),
      drilled(20, { backup: 'old', backedUpAt: '2025-12-01T00:00:00.000Z' }),
      drilled(30, { backup: 'bad', verdict: 'refuted' }),
      drilled(40, unfinished('failed', null)),
      drilled(50, { backup: 'ageless', backedUpAt: null, rtoSeconds: 10 }),
    ];
    expect(proofsOf(drillHistory(entries))).toEqual([
      { backup: 'ageless', at: '2026-01-01T00:00:40.000Z', drill: 'backup/drill' },
      { backup: 'young', at: '2026-01-01T00:00:05.000Z', drill: 'backup/drill' },
      { backup: 'old', at: '2025-12-01T00:00:00.000Z', drill: 'backup/drill' },
    ]);
  });
});

describe('the trend of restore times', () => {
  test.each([
    [[], 'nothing was measured yet'],
    [[4, 5], 'last 5.0 s, median 4.5 s of 2; too few to tell a trend'],
    [[60, 61, 59, 60], 'last 1 min 0 s, median 1 min 0 s of 4; steady'],
    [[10, 20, 30, 40, 50], 'last 50.0 s, median 30.0 s of 5; getting slower, by about 10.0 s a drill'],
    [[50, 40, 30], 'last 30.0 s, median 40.0 s of 3; getting faster, by about 10.0 s a drill'],
    // One that took long once is no trend.
    [[10, 10, 10, 500, 10, 10], 'last 10.0 s, median 10.0 s of 6; steady'],
  ])('of %j is: %s', (times, words) => {
    expect(trendOf(times).words).toBe(words);
  });
});
