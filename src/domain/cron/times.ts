import type { CronDays, CronReading } from './read.ts';
import type { CronReader } from './readers.ts';

const DAY_MS = 86_400_000;
/** Weekdays and leap years come again after so many years, from 1901 to 2099. */
const CYCLE_YEARS = 28;
const CYCLE_BEGINS = Date.UTC(2001, 0, 1);
const CYCLE_DAYS = CYCLE_YEARS * 365 + CYCLE_YEARS / 4;
/** The last year in which Temporal looks, which is far enough for all. */
const LAST_YEAR = 2100;

/**
 * The next times of a reading after a moment, as its reader finds them: fewer than asked for, where that looks no further.
 *
 * @param after for an interval that is not counted from 1970 the moment from which it counts.
 * @internal exported for its tests
 */
export function nextTimes(reading: CronReading, reader: CronReader, after: Date, count: number): readonly Date[] {
  if (reading.kind === 'every') return intervals(reading, reader, after.getTime(), count).map((at) => new Date(at));
  const found: Date[] = [];
  let from = after.getTime();
  while (found.length < count) {
    const next = nextByClock(reading, reader, from);
    if (next === null) break;
    found.push(new Date(next));
    from = next;
  }
  return found;
}

/** Whether a reading fires at a moment, in milliseconds since the epoch; intervals count from 1970. */
export function firesAt(reading: CronReading, at: number): boolean {
  if (at % 1_000 !== 0) return false;
  if (reading.kind === 'every') return (at / 1_000 - reading.phase) % reading.seconds === 0;
  const date = new Date(at);
  return (
    date.getUTCSeconds() === 0 &&
    reading.minutes.includes(date.getUTCMinutes()) &&
    reading.hours.includes(date.getUTCHours()) &&
    isOn(reading.on, date)
  );
}

/**
 * The most years from the year of one day that a reading fires on to that of the next; null for one that never fires.
 * Leap years that a century leaves out are not looked at.
 */
export function longestWait(reading: CronReading): number | null {
  if (reading.kind === 'every') return 0;
  const days = firingDays(reading);
  const years = Array.from({ length: CYCLE_YEARS }, (_, at) => at).filter((at) => {
    const begins = (Date.UTC(2001 + at, 0, 1) - CYCLE_BEGINS) / DAY_MS;
    const ends = (Date.UTC(2002 + at, 0, 1) - CYCLE_BEGINS) / DAY_MS;
    return days.subarray(begins, ends).includes(1);
  });
  if (years.length === 0) return null;
  return Math.max(...years.map((year, at) => (years[at + 1] ?? CYCLE_YEARS + (years[0] ?? 0)) - year));
}

/** Whether two readings fire at the same times. */
export function isSameReading(one: CronReading, other: CronReading): boolean {
  if (one.kind === 'every' || other.kind === 'every') return JSON.stringify(one) === JSON.stringify(other);
  const clock = ({ minutes, hours }: typeof one): string => JSON.stringify([minutes, hours]);
  const [first, second] = [firingDays(one), firingDays(other)];
  return clock(one) === clock(other) && first.every((fires, at) => second[at] === fires);
}

type Clock = Extract<CronReading, { kind: 'clock' }>;

/** Of every day of the cycle whether it fires: 1 or 0. */
function firingDays({ minutes, hours, on }: Clock): Uint8Array {
  const days = new Uint8Array(CYCLE_DAYS);
  if (minutes.length === 0 || hours.length === 0) return days;
  for (let at = 0; at < CYCLE_DAYS; at += 1) if (isOn(on, new Date(CYCLE_BEGINS + at * DAY_MS))) days[at] = 1;
  return days;
}

function isOn(on: readonly CronDays[], date: Date): boolean {
  return on.some(
    ({ days, months, weekdays }) =>
      months.includes(date.getUTCMonth() + 1) &&
      days.includes(date.getUTCDate()) &&
      weekdays.includes(date.getUTCDay()),
  );
}

function nextByClock({ minutes, hours, on }: Clock, { yearsAhead }: CronReader, after: number): number | null {
  if (minutes.length === 0 || hours.length === 0 || on.length === 0) return null;
  const lastYear = yearsAhead === null ? LAST_YEAR : new Date(after).getUTCFullYear() + yearsAhead;
  for (let day = Math.floor(after / DAY_MS) * DAY_MS; new Date(day).getUTCFullYear() <= lastYear; day += DAY_MS) {
    if (!isOn(on, new Date(day))) continue;
    const moments = hours.flatMap((hour) => minutes.map((minute) => day + (hour * 60 + minute) * 60_000));
    const next = moments.find((at) => at > after);
    if (next !== undefined) return next;
  }
  return null;
}

function intervals(
  { seconds, phase }: Extract<CronReading, { kind: 'every' }>,
  { every }: CronReader,
  after: number,
  count: number,
): readonly number[] {
  const from = Math.floor(after / 1_000);
  const first = every.byEpoch ? (Math.floor((from - phase) / seconds) + 1) * seconds + phase : from + seconds;
  return Array.from({ length: count }, (_, at) => (first + at * seconds) * 1_000);
}
