import { cronTimes, type CronTimes } from './cron.ts';

const DAY_MINUTES = 24 * 60;
/** The last day of the month before each month; February has two. */
const LAST_DAY_BEFORE: readonly (readonly number[])[] = [
  [31],
  [31],
  [28, 29],
  [31],
  [30],
  [31],
  [30],
  [31],
  [31],
  [30],
  [31],
  [30],
];

/**
 * Cron expressions that together fire so many minutes before each time of a cron expression; null for what has no times by
 * the clock (`@every`). Each restricts one field of days at most, since cron joins the two by "or" and Temporal by "and".
 * In leap years, what is due before the 1st of March fires on both last days of February.
 *
 * @param minutes from 0, less than a day.
 */
export function cronEarlier(expression: string, minutes: number): readonly string[] | null {
  const times = cronTimes(expression);
  if (typeof times === 'string') return null;
  const moved = times.hours.flatMap((hour) => times.minutes.map((minute) => hour * 60 + minute - minutes));
  return [
    ...clocks(moved.filter((at) => at >= 0)).flatMap((clock) => daysOf(times).map((days) => `${clock} ${days}`)),
    ...clocks(moved.filter((at) => at < 0).map((at) => at + DAY_MINUTES)).flatMap((clock) =>
      daysBefore(times).map((days) => `${clock} ${days}`),
    ),
  ];
}

/** Minute and hour fields for minutes of the day; hours with the same minutes share one. */
function clocks(moments: readonly number[]): readonly string[] {
  const minutesByHour = Map.groupBy(moments.toSorted(ascending), (at) => Math.floor(at / 60));
  const hours = [...minutesByHour].map(([hour, at]) => ({ hour, minutes: at.map((one) => one % 60).join(',') }));
  return [...Map.groupBy(hours, ({ minutes }) => minutes)].map(
    ([minutes, same]) => `${minutes} ${field(same.map(({ hour }) => hour).sort(ascending), 24)}`,
  );
}

/** The three fields of days, one text for each of the fields of days that decides. */
function daysOf({ days, months, weekdays, anyDay, anyWeekday }: CronTimes): readonly string[] {
  const inMonths = field(months, 12);
  return [
    ...(anyWeekday || !anyDay ? [`${field(days, 31)} ${inMonths} *`] : []),
    ...(anyWeekday ? [] : [`* ${inMonths} ${field(weekdays, 7)}`]),
  ];
}

/** The same for the day before each. */
function daysBefore(times: CronTimes): readonly string[] {
  const { days, months, weekdays, anyDay, anyWeekday } = times;
  const everyMonth = months.length === 12;
  const firsts = months.flatMap((month) =>
    (LAST_DAY_BEFORE[month - 1] ?? []).map((day) => `${day} ${month === 1 ? 12 : month - 1}`),
  );
  const byWeekday = field(weekdays.map((day) => (day + 6) % 7).sort(ascending), 7);
  const later = days.filter((day) => day > 1).map((day) => day - 1);
  if (anyDay && anyWeekday && everyMonth) return ['* * *'];
  return [
    ...((anyWeekday || !anyDay) && later.length > 0 ? [`${field(later, 31)} ${field(months, 12)} *`] : []),
    ...((anyWeekday || !anyDay) && days.includes(1) ? firsts.map((first) => `${first} *`) : []),
    // By the day of the week alone: the day before the first of a named month is in the month before it.
    ...(anyWeekday ? [] : [`* ${field(everyMonth ? months : withMonthsBefore(months), 12)} ${byWeekday}`]),
  ];
}

/** A day more in the month before does no harm; one too few would. */
function withMonthsBefore(months: readonly number[]): readonly number[] {
  return [...new Set(months.flatMap((month) => [month, month === 1 ? 12 : month - 1]))].sort(ascending);
}

function field(values: readonly number[], all: number): string {
  return values.length === all ? '*' : values.join(',');
}

function ascending(a: number, b: number): number {
  return a - b;
}
