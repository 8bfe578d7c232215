import { readCron, type CronDays, type CronReading } from './read.ts';
import { TEMPORAL } from './readers.ts';
import { firesAt } from './times.ts';

const DAY_MINUTES = 24 * 60;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** Years with and without a 29th of February, as far as Temporal looks. */
const LEAP_YEARS = '2004-2096/4';
const COMMON_YEARS = '2001/4,2002/4,2003/4,2100';

/**
 * Cron expressions for Temporal that together fire so many minutes before each time of a reading, and at no other time;
 * null for what has no times by the clock (`@every`). Temporal joins the two fields of days by "and", and takes years as a
 * sixth.
 *
 * @param minutes from 0, less than a day.
 */
export function cronEarlier(reading: CronReading, minutes: number): readonly string[] | null {
  if (reading.kind === 'every') return null;
  const moved = reading.hours.flatMap((hour) => reading.minutes.map((minute) => hour * 60 + minute - minutes));
  const same = clocks(moved.filter((at) => at >= 0));
  const before = clocks(moved.filter((at) => at < 0).map((at) => at + DAY_MINUTES));
  return reading.on.flatMap((on) => [
    ...same.flatMap((clock) => expressions(clock, on.weekdays, datesOf(on))),
    ...before.flatMap((clock) => expressions(clock, dayBefore(on.weekdays), datesBefore(on))),
  ]);
}

/** Whether Temporal fires at a moment by an expression that a drill takes, or that `cronEarlier` has made. */
export function temporalFiresAt(expression: string, at: number): boolean {
  const years = [LEAP_YEARS, COMMON_YEARS].find((one) => expression.endsWith(` ${one}`));
  const reading = readCron(years === undefined ? expression : expression.slice(0, -years.length - 1), TEMPORAL);
  if (typeof reading === 'string' || !firesAt(reading, at)) return false;
  return years === undefined || isLeap(new Date(at).getUTCFullYear()) === (years === LEAP_YEARS);
}

/** As Temporal looks no further than 2100. */
function isLeap(year: number): boolean {
  return year % 4 === 0 && year !== 2100;
}

/** Minute and hour fields for minutes of the day; hours with the same minutes share one. */
function clocks(moments: readonly number[]): readonly string[] {
  const minutesByHour = Map.groupBy(moments.toSorted(ascending), (at) => Math.floor(at / 60));
  const hours = [...minutesByHour].map(([hour, at]) => ({ hour, minutes: at.map((one) => one % 60).join(',') }));
  return [...Map.groupBy(hours, ({ minutes }) => minutes)].map(
    ([minutes, same]) => `${minutes} ${field(same.map(({ hour }) => hour).sort(ascending), 24)}`,
  );
}

type Years = 'leap' | 'common';

/** A date that comes every year, or in leap years or all others alone. */
interface YearlyDate {
  readonly month: number;
  readonly day: number;
  readonly years?: Years;
}

function datesOf({ days, months }: CronDays): readonly YearlyDate[] {
  return months.flatMap((month) =>
    days.filter((day) => day <= (MONTH_DAYS[month - 1] ?? 0)).map((day) => ({ month, day })),
  );
}

function datesBefore(on: CronDays): readonly YearlyDate[] {
  return datesOf(on).flatMap(({ month, day }): readonly YearlyDate[] => {
    if (month === 2 && day === 29) return [{ month, day: 28, years: 'leap' }];
    if (day > 1) return [{ month, day: day - 1 }];
    if (month === 3)
      return [
        { month: 2, day: 28, years: 'common' },
        { month: 2, day: 29 },
      ];
    const last = month === 1 ? 12 : month - 1;
    return [{ month: last, day: MONTH_DAYS[last - 1] ?? 0 }];
  });
}

function dayBefore(weekdays: readonly number[]): readonly number[] {
  return weekdays.map((day) => (day + 6) % 7).sort(ascending);
}

/** One expression for all months with the same days. */
function expressions(clock: string, weekdays: readonly number[], dates: readonly YearlyDate[]): readonly string[] {
  const byMonth = [...Map.groupBy(dates, ({ month }) => month)].flatMap(([month, inMonth]) => {
    const days = (years?: Years): readonly number[] =>
      inMonth.filter((one) => one.years === years).map(({ day }) => day);
    const [leap, common] = [days('leap'), days('common')];
    // What comes in leap years and in all others comes every year.
    const yearly = new Set([...days(), ...leap.filter((day) => common.includes(day))]);
    const rest = (of: readonly number[]): readonly number[] => of.filter((day) => !yearly.has(day));
    return [
      { month, days: daysField(month, [...yearly]), years: '' },
      { month, days: daysField(month, rest(leap)), years: ` ${LEAP_YEARS}` },
      { month, days: daysField(month, rest(common)), years: ` ${COMMON_YEARS}` },
    ].filter(({ days: named }) => named !== '');
  });
  const alike = Map.groupBy(byMonth, ({ days, years }) => `${days}|${years}`);
  return [...alike.values()].map((group) => {
    const [{ days, years }] = group as [(typeof byMonth)[number]];
    const months = field(group.map(({ month }) => month).sort(ascending), 12);
    return `${clock} ${days} ${months} ${field(weekdays, 7)}${years}`;
  });
}

function daysField(month: number, days: readonly number[]): string {
  return days.length === MONTH_DAYS[month - 1] ? '*' : days.toSorted(ascending).join(',');
}

function field(values: readonly number[], all: number): string {
  return values.length === all ? '*' : values.join(',');
}

function ascending(a: number, b: number): number {
  return a - b;
}
