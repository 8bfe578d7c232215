import { describe, expect, test } from '@jest/globals';
import { cronEarlier, temporalFiresAt } from '../../../src/domain/cron/earlier.ts';
import { readCron } from '../../../src/domain/cron/read.ts';
import { GO_CRON, TEMPORAL } from '../../../src/domain/cron/readers.ts';
import { nextTimes } from '../../../src/domain/cron/times.ts';
import {
  firingDenial,
  firingName,
  nominalTime,
  warrantDenial,
  type StandingWarrant,
} from '../../../src/domain/drill/warrant.ts';

const DAY = 86_400_000;
const at = (text: string) => Date.parse(text);
const warrant: StandingWarrant = {
  ...{ id: 'w', cronExpressions: ['0 4 * * *'], everyMs: null, jitterMs: 300_000, catchUpMs: 3_600_000 },
  ...{ timeZone: 'UTC', notBefore: '2026-01-01T12:00:00.000Z', notAfter: '2026-03-01T00:00:00.000Z' },
};
const rules = { longestMs: 90 * DAY, revoked: [] };

describe('what a schedule is signed with', () => {
  test('holds from its signing to its end, for no longer than the policy takes, and until it is revoked', () => {
    const now = at('2026-02-01T00:00:00Z');
    expect(warrantDenial(warrant, rules, now)).toBeNull();
    expect(warrantDenial(warrant, rules, at('2026-03-01T00:00:00Z'))).toContain('held until 2026-03-01');
    expect(warrantDenial(warrant, rules, at('2025-12-31T00:00:00Z'))).toContain('holds from');
    expect(warrantDenial(warrant, { ...rules, longestMs: 30 * DAY }, now)).toContain('holds for 59 days');
    expect(warrantDenial(warrant, { ...rules, revoked: ['w'] }, now)).toContain('(w) is revoked');
    expect(warrantDenial({ ...warrant, notAfter: 'for ever' }, rules, now)).toContain('does not say until when');
  });

  test.each([
    ['at its time', '2026-01-05T04:00:00Z', '2026-01-05T04:00:00Z', null],
    ['late by its jitter and what it makes up for', '2026-01-05T04:00:00Z', '2026-01-05T05:04:00Z', null],
    ['later than that', '2026-01-05T04:00:00Z', '2026-01-05T06:00:00Z', /later than its schedule makes up for/],
    ['ahead of its time', '2026-01-06T04:00:00Z', '2026-01-05T04:00:00Z', /before its time/],
    ['at another time, as by hand', '2026-01-05T04:00:01Z', '2026-01-05T04:00:01Z', /signed for other times/],
    ['for a time before it was signed', '2026-01-01T04:00:00Z', '2026-01-01T04:30:00Z', /was signed after/],
  ])('stands for a firing %s, or not', (_when, nominal, startedAt, denial) => {
    const told = firingDenial(warrant, at(nominal), at(startedAt));
    if (denial === null) expect(told).toBeNull();
    else expect(told).toMatch(denial);
  });

  test('stands for intervals as Temporal counts them, from 1970', () => {
    const every = { ...warrant, cronExpressions: [], everyMs: 6 * 3_600_000 };
    const told = (time: string) => firingDenial(every, at(time), at(time));
    expect(told('2026-01-05T06:00:00Z')).toBeNull();
    expect(told('2026-01-05T07:00:00Z')).toMatch(/other times/);
  });
});

test('the time of a firing is what Temporal puts behind the id of its schedule, and nothing else', () => {
  const id = 'drill/lab/platform/backup/drill';
  expect(nominalTime(`${id}-2026-01-05T04:00:00Z`, id)).toBe(at('2026-01-05T04:00:00Z'));
  for (const other of [id, `${id}-by-hand`, `${id}-2026-01-05T04:00:00Z-again`, `x${id}-2026-01-05T04:00:00Z`])
    expect(nominalTime(other, id)).toBeNull();
  expect(firingName(id, at('2026-01-05T04:00:00Z'))).toBe(`${id}@2026-01-05T04:00:00.000Z`);
});

describe('whether Temporal fires by an expression at a moment', () => {
  test.each(['0 4 * * *', '*/20 6-8 1,15 * *', '0 4 1 * mon', '30 23 29 2 *'])(
    'agrees with its times: %s',
    (expression) => {
      const reading = readCron(expression, TEMPORAL);
      if (typeof reading === 'string') throw new Error(reading);
      for (const time of nextTimes(reading, TEMPORAL, new Date('2026-01-01T00:00:00Z'), 20)) {
        expect(temporalFiresAt(expression, time.getTime())).toBe(true);
        expect(temporalFiresAt(expression, time.getTime() + 1_000)).toBe(false);
        expect(temporalFiresAt(expression, time.getTime() + 60_000)).toBe(false);
      }
    },
  );

  test('takes the years that stand for leap years and all others', () => {
    const ahead = (cron: string) => cronEarlier(readCron(cron, GO_CRON) as never, 5) ?? [];
    const fires = (cron: string, time: string) => ahead(cron).some((one) => temporalFiresAt(one, at(time)));
    expect(fires('0 0 29 2 *', '2028-02-28T23:55:00Z')).toBe(true);
    expect(fires('0 0 29 2 *', '2027-02-28T23:55:00Z')).toBe(false);
    expect(fires('0 0 1 3 *', '2028-02-29T23:55:00Z')).toBe(true);
    expect(fires('0 0 1 3 *', '2028-02-28T23:55:00Z')).toBe(false);
    expect(fires('0 0 1 3 *', '2027-02-28T23:55:00Z')).toBe(true);
    expect(fires('0 0 1 3 *', '2100-02-28T23:55:00Z')).toBe(true);
  });

  test('is never by what nobody reads', () => {
    expect(temporalFiresAt('every day', 0)).toBe(false);
  });
});
