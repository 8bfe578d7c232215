/** The fields of a cron expression, with the least and the greatest value of each. */
const FIELDS = [
  { what: 'minute', min: 0, max: 59, names: [] },
  { what: 'hour', min: 0, max: 23, names: [] },
  { what: 'day of the month', min: 1, max: 31, names: [] },
  {
    what: 'month',
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { what: 'day of the week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

const LONGEST_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SHORT: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const EVERY = /^@every ((\d+h)?(\d+m)?(\d+s)?)$/;

/**
 * Why a cron expression is not one that ever fires, in words; null when it is fine. Takes what Velero and Temporal both
 * take: five fields (lists, ranges, steps, names of months and days), `@daily` and its like, and `@every 1h30m`; all in
 * UTC.
 */
export function cronProblem(expression: string): string | null {
  if (SHORT[expression] === undefined && expression.startsWith('@')) {
    const every = EVERY.exec(expression)?.[1] ?? '';
    return /[1-9]/.test(every) ? null : 'must be five fields, @hourly, @daily and the like, or @every with a duration';
  }
  const times = cronTimes(expression);
  if (typeof times === 'string') return times;
  const { days, months, anyWeekday } = times;
  // Cron joins the two fields of days with "or": a day of the week makes it fire whatever the date.
  const fires = months.some((month) => Math.min(...days) <= (LONGEST_DAYS[month - 1] ?? 0));
  return anyWeekday && !fires ? 'never fires: no month it names has such a day' : null;
}

/** What the five fields of a cron expression stand for, each sorted. */
export interface CronTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Of the month, from 1. */
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  /** Whether the field begins with `*`: then the other field of days decides alone. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

/** Reads five fields, or one of the shorthands for five fields; else says what is wrong. */
export function cronTimes(expression: string): CronTimes | string {
  const texts = (SHORT[expression] ?? expression).trim().split(/\s+/);
  if (texts.length !== FIELDS.length) return `must have five fields, and has ${String(texts.length)}`;
  const values: (ReadonlySet<number> | string)[] = FIELDS.map((field, index) => valuesOf(texts[index] ?? '', field));
  const wrong = values.find((value) => typeof value === 'string');
  if (typeof wrong === 'string') return wrong;
  const sorted = (values as ReadonlySet<number>[]).map((set) => [...set].sort((a, b) => a - b));
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = sorted;
  const isAny = (at: number): boolean => (texts[at] ?? '').startsWith('*');
  return {
    minutes,
    hours,
    days,
    months,
    weekdays: [...new Set(weekdays.map((day) => day % 7))].sort((a, b) => a - b),
    anyDay: isAny(2),
    anyWeekday: isAny(4),
  };
}

type Field = (typeof FIELDS)[number];

/** The values that a field stands for, or what is wrong with it. */
function valuesOf(text: string, field: Field): ReadonlySet<number> | string {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/.exec(part.toLowerCase());
    const problem = `${field.what}: "${part}" is not a value, range or step from ${String(field.min)} to ${String(field.max)}`;
    if (match === null) return problem;
    const [, first = '', last, step] = match;
    const from = first === '*' ? field.min : numberOf(first, field);
    const to =
      first === '*' ? field.max : last === undefined ? (step === undefined ? from : field.max) : numberOf(last, field);
    const by = step === undefined ? 1 : Number(step);
    if (!(from >= field.min && to <= field.max && from <= to && by >= 1)) return problem;
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

/** NaN when it is none, which fails every comparison. */
function numberOf(text: string, { names, min }: Field): number {
  const named = (names as readonly string[]).indexOf(text);
  if (named >= 0) return named + min;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
