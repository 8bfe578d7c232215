import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { freeze, holdOf, type Freeze } from '../../src/domain/freeze.ts';

const HALF_HOUR = 1_800_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const REASON = 'nobody is there';

const weekend = {
  ...{ rrule: 'FREQ=WEEKLY;BYDAY=FR', dtstart: '2026-01-02T18:00', timeZone: 'Europe/Oslo', duration: '62h' },
  reason: 'weekend',
};
const heldAt = (of: Freeze, moment: string) => holdOf(of, Date.parse(moment));

/** Every half hour of a year, by the clocks of a zone: when each time was shown first. */
function clocks(timeZone: string): ReadonlyMap<string, number> {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const shown = new Map<string, number>();
  for (let at = Date.parse('2025-12-31T00:00:00Z'); at < Date.parse('2027-03-01T00:00:00Z'); at += HALF_HOUR) {
    const local = format.format(at).replace(' ', 'T');
    if (!shown.has(local)) shown.set(local, at);
  }
  return shown;
}
const CLOCKS: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  'Europe/Oslo': clocks('Europe/Oslo'),
  'America/New_York': clocks('America/New_York'),
};
/** Whole days of 2026 around which the clocks of both zones change. */
const CHANGES = [67, 88, 298, 305];

interface Calendar {
  readonly rrule: string;
  readonly fits: (day: number) => boolean;
}
const dateOf = (day: number) => new Date(Date.UTC(2026, 0, 1 + day));
const isoDay = (day: number) => dateOf(day).toISOString().slice(0, 10);
const weekOf = (day: number) => Math.floor((day + 3) / 7);

/** Rules that have an occurrence on a day, and what days they have by counting. */
function calendars(first: number): fc.Arbitrary<Calendar> {
  const weekday = (day: number) => dateOf(day).getUTCDay();
  const ofMonth = (day: number) => dateOf(day).getUTCDate();
  const nth = (day: number) => Math.ceil(ofMonth(day) / 7);
  const interval = fc.integer({ min: 1, max: 4 });
  return fc.oneof(
    interval.map((every) => ({
      rrule: `FREQ=DAILY;INTERVAL=${String(every)}`,
      fits: (day: number) => (day - first) % every === 0,
    })),
    fc.tuple(interval, fc.subarray([0, 1, 2, 3, 4, 5, 6])).map(([every, more]) => {
      const days = new Set([weekday(first), ...more]);
      return {
        rrule: `FREQ=WEEKLY;INTERVAL=${String(every)};BYDAY=${[...days].map((day) => WEEKDAYS[day]).join(',')}`,
        fits: (day: number) => (weekOf(day) - weekOf(first)) % every === 0 && days.has(weekday(day)),
      };
    }),
    fc.constant({
      rrule: `FREQ=MONTHLY;BYMONTHDAY=${String(ofMonth(first))}`,
      fits: (day: number) => ofMonth(day) === ofMonth(first),
    }),
    fc.constant({
      rrule: `FREQ=MONTHLY;BYDAY=${String(nth(first))}${WEEKDAYS[weekday(first)]!}`,
      fits: (day: number) => weekday(day) === weekday(first) && nth(day) === nth(first),
    }),
  );
}

const cases = fc
  .record({
    first: fc.integer({ min: 0, max: 300 }),
    timeZone: fc.constantFrom('Europe/Oslo', 'America/New_York'),
    // From 01:00 to 03:00 the clocks of one or the other skip a time.
    time: fc.constantFrom('00:00', '00:30', '03:30', '09:00', '18:00', '23:30'),
    duration: fc.oneof(
      fc.integer({ min: 1, max: 100 }).map((hours) => `${String(hours)}h`),
      fc.integer({ min: 1, max: 5 }).map((days) => `${String(days)}d`),
    ),
  })
  .chain((one) => calendars(one.first).map((calendar) => ({ ...one, ...calendar })));

describe('a freeze by a calendar', () => {
  test('holds at an instant if, and only if, it lies in a span that begins at an occurrence, over changes of clocks', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.double({ min: -2, max: 2, noNaN: true })), (of, instants) => {
        const { first, timeZone, time, duration, fits } = of;
        const shown = CLOCKS[timeZone]!;
        const spans = Array.from({ length: 366 - first }, (none, nth) => first + nth)
          .filter(fits)
          .map((day) => {
            const began = shown.get(`${isoDay(day)}T${time}`)!;
            const count = Number.parseInt(duration, 10);
            const isDays = duration.endsWith('d');
            return { began, ended: isDays ? shown.get(`${isoDay(day + count)}T${time}`)! : began + count * HOUR };
          });
        const parsed = freeze.parse({
          ...{ rrule: of.rrule, dtstart: `${isoDay(first)}T${time}`, timeZone, duration, reason: REASON },
        });
        const edges = spans.flatMap(({ began, ended }) => [began - 1, began, ended - 1, ended]);
        const others = CHANGES.flatMap((day) =>
          instants.map((by) => Date.UTC(2026, 0, 1 + day) + Math.round(by * DAY)),
        );
        const asked = [...edges, ...others].filter((at) =>
          CHANGES.some((day) => Math.abs(at - Date.UTC(2026, 0, 1 + day)) < 2 * DAY),
        );
        const ends = asked.map((now) => {
          const within = spans.filter(({ began, ended }) => began <= now && now < ended);
          return { now, until: within.at(-1)?.ended ?? null };
        });
        const held = asked.map((now) => {
          const hold = holdOf(parsed, now);
          return { now, until: hold === null ? null : Date.parse(hold.until) };
        });
        expect(held).toEqual(ends);
      }),
      { numRuns: 60 },
    );
  });

  test('says until when it holds as the clocks of its zone show it', () => {
    expect(heldAt(weekend, '2026-03-27T16:59:59Z')).toBeNull();
    // The night in which the clocks of Oslo are put forward: 62 hours are 62 hours.
    expect(heldAt(weekend, '2026-03-27T17:00:00Z')).toEqual({ until: '2026-03-30T09:00:00+02:00', reason: 'weekend' });
    const days = { ...weekend, dtstart: '2026-01-03T00:00', rrule: 'FREQ=WEEKLY;BYDAY=SA', duration: '2d' };
    expect(heldAt(days, '2026-03-28T12:00:00Z')).toMatchObject({ until: '2026-03-30T00:00:00+02:00' });
  });

  test('ends with its rule, and does not hold before it begins', () => {
    const ending = { ...weekend, rrule: 'FREQ=WEEKLY;UNTIL=20260131T000000Z;BYDAY=FR' };
    expect(heldAt(ending, '2026-01-30T18:00:00Z')).toMatchObject({ reason: 'weekend' });
    expect(heldAt(ending, '2026-02-06T18:00:00Z')).toBeNull();
    expect(heldAt(weekend, '2025-12-26T18:00:00Z')).toBeNull();
  });
});

describe('a freeze that is refused', () => {
  test.each([
    ['that comes every second', { rrule: 'FREQ=SECONDLY' }, 'rrule', 'it is DAILY, WEEKLY, MONTHLY or YEARLY'],
    ['that counts', { rrule: 'FREQ=WEEKLY;BYDAY=FR;COUNT=3' }, 'rrule', 'cannot have "COUNT"'],
    ['of several times of day', { rrule: 'FREQ=DAILY;BYHOUR=1,2' }, 'rrule', 'its time of day is that of dtstart'],
    ['of a weekday that is none', { rrule: 'FREQ=WEEKLY;BYDAY=XX' }, 'rrule', 'BYDAY cannot be "XX"'],
    ['of a month that is none', { rrule: 'FREQ=YEARLY;BYMONTH=13' }, 'rrule', 'BYMONTH cannot be "13"'],
    ['of an end without a zone', { rrule: 'FREQ=WEEKLY;UNTIL=20261231' }, 'rrule', 'it is in UTC'],
    ['that says a part twice', { rrule: 'FREQ=WEEKLY;FREQ=DAILY' }, 'rrule', 'has FREQ twice'],
    ['that says no frequency', { rrule: 'BYDAY=FR' }, 'rrule', 'must say its FREQ'],
    ['with another property in it', { rrule: 'FREQ=WEEKLY\nEXDATE:20260102T170000Z' }, 'rrule', 'FREQ cannot be'],
    [
      'of parts that do not go together',
      { rrule: 'FREQ=WEEKLY;BYYEARDAY=2' },
      'rrule',
      'cannot be evaluated: BYYEARDAY',
    ],
    [
      'that never comes',
      { rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' },
      'rrule',
      'cannot be evaluated: Maximum iterations',
    ],
    [
      'that does not fit its beginning',
      { rrule: 'FREQ=WEEKLY;BYDAY=SA' },
      'rrule',
      'is its first occurrence and a Friday',
    ],
    ['of a zone that is none', { timeZone: 'Europe/Olso' }, 'timeZone', 'must be a time zone'],
    ['of an offset', { timeZone: '+01:00' }, 'timeZone', 'must be a time zone'],
    ['of a day that is none', { dtstart: '2026-02-30T18:00' }, 'dtstart', 'must be a time that the clocks'],
    ['of a time with an offset', { dtstart: '2026-01-02T18:00Z' }, 'dtstart', 'without an offset'],
    ['of a time that clocks skip', { dtstart: '2026-01-02T02:30' }, 'dtstart', 'skip it on 2026-03-29'],
    ['of a length that is none', { duration: 'PT62H' }, 'duration', 'as in 90s'],
  ])('is one %s', (words, by, field, why) => {
    const { error } = freeze.safeParse({ ...weekend, ...by });
    expect(error?.issues.map(({ path, message }) => ({ path, message }))).toEqual([
      { path: [field], message: expect.stringMatching(new RegExp(why)) },
    ]);
  });

  test('is one of both forms, or of neither', () => {
    const once = { from: '2026-12-20', until: '2027-01-04', reason: 'end of year' };
    expect(freeze.safeParse(once).success).toBe(true);
    for (const wrong of [{ ...once, ...weekend }, { reason: 'why' }, { ...once, from: 'soon' }])
      expect(freeze.safeParse(wrong).error?.issues[0]?.message).toContain('must be { from, until, reason }, or {');
    expect(freeze.safeParse({ ...once, ...weekend }).error?.issues[0]?.message).toContain('from: is of the other form');
  });
});
