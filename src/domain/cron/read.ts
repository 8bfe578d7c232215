import { goDurationMs } from './go-duration.ts';
import type { CronReader } from './readers.ts';

/** Days on which something fires: those that are in all three. Each is sorted. */
export interface CronDays {
  /** Of the month, from 1. */
  readonly days: readonly number[];
  /** From 1. */
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
}

/** What a reader makes of an expression. All in UTC. */
export type CronReading =
  | { readonly kind: 'every'; readonly seconds: number; readonly phase: number }
  | {
      readonly kind: 'clock';
      readonly minutes: readonly number[];
      readonly hours: readonly number[];
      /** It fires on a day that is in any of these; none where it never comes. */
      readonly on: readonly CronDays[];
    };

interface Field {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const FIELDS: readonly Field[] = [
  { what: 'minute', min: 0, max: 59, names: [] },
  { what: 'hour', min: 0, max: 23, names: [] },
  { what: 'day of the month', min: 1, max: 31, names: [] },
  { what: 'month', min: 1, max: 12, names: MONTHS },
  { what: 'day of the week', min: 0, max: 7, names: WEEKDAYS },
];
const SHORT: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);
/** No field of a Go program takes more. */
const LONGEST = 1024;

/**
 * Reads an expression as a system reads it, or says in words what is wrong with it. Years, seconds, time zones and comments,
 * which some readers take too, are refused.
 */
export function readCron(expression: string, reader: CronReader): CronReading | string {
  const text = reader.trims ? expression.trim() : expression;
  if (reader.idle.includes(text)) return { kind: 'clock', minutes: [], hours: [], on: [] };
  if (text.length > LONGEST) return `must have at most ${String(LONGEST)} characters`;
  if (text.startsWith('@') && !SHORT.has(text)) return readEvery(text, reader);
  const fields = (SHORT.get(text) ?? text).split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length) return `must have five fields, and has ${String(fields.length)}`;
  const read = FIELDS.map((field, at) => readField(fields[at] ?? '', fieldOf(field, reader), reader));
  const wrong = read.find((one) => typeof one === 'string');
  if (typeof wrong === 'string') return wrong;
  const [minutes, hours, days, months, weekdays] = read as [
    FieldValues,
    FieldValues,
    FieldValues,
    FieldValues,
    FieldValues,
  ];
  const both: CronDays = {
    days: days.values,
    months: months.values,
    weekdays: sorted(weekdays.values.map((day) => day % 7)),
  };
  const joined =
    reader.days === 'both' || days.star || weekdays.star
      ? [both]
      : [
          { ...both, weekdays: [0, 1, 2, 3, 4, 5, 6] },
          { ...both, days: Array.from({ length: 31 }, (_, at) => at + 1) },
        ];
  return {
    kind: 'clock',
    minutes: minutes.values,
    hours: hours.values,
    on: joined.filter((one) => one.days.length > 0 && one.months.length > 0 && one.weekdays.length > 0),
  };
}

function readEvery(text: string, { every }: CronReader): CronReading | string {
  const problem = 'must be five fields, @hourly, @daily and the like, or @every with a duration of a second or more';
  const match = (every.byEpoch ? /^@every ([^/]*)(?:\/(.*))?$/ : /^@every (.*)$/).exec(text);
  const ms = match === null ? null : goDurationMs(match[1] ?? '', every.byEpoch);
  const phase = match?.[2] === undefined ? 0 : goDurationMs(match[2], true);
  if (ms === null || phase === null) return problem;
  const seconds = Math.max(every.roundsUp ? 1 : 0, Math.floor(ms / 1_000));
  if (seconds < 1 || phase < 0 || phase >= ms)
    return phase >= 0 && every.roundsUp ? { kind: 'every', seconds, phase } : problem;
  return { kind: 'every', seconds, phase: Math.floor(phase / 1_000) };
}

function fieldOf(field: Field, { lastWeekday }: CronReader): Field {
  return field.names === WEEKDAYS ? { ...field, max: lastWeekday } : field;
}

interface FieldValues {
  readonly values: readonly number[];
  /** Whether a star stands in it without a step, so that it leaves nothing out on purpose. */
  readonly star: boolean;
}

function readField(text: string, field: Field, reader: CronReader): FieldValues | string {
  const values: number[] = [];
  let star = false;
  const parts = text.split(',').filter((part) => part !== '' || !reader.lax);
  for (const part of parts) {
    const read = readPart(part, field, reader);
    if (typeof read === 'string') return `${field.what}: "${part}" ${read}`;
    values.push(...read.values);
    star ||= read.star;
  }
  return { values: sorted(values), star };
}

/** One part of a list, or what is wrong with it. */
function readPart(part: string, field: Field, reader: CronReader): FieldValues | string {
  const wrong = `is not a value, range or step from ${String(field.min)} to ${String(field.max)}`;
  const [range = '', by, ...slashes] = part.split('/');
  const [first = '', last, ...hyphens] = range.split('-');
  const step = by === undefined ? 1 : wholeNumber(by);
  if (slashes.length > 0 || step === null || step < 1) return wrong;
  const single = last === undefined;
  if (reader.stars.includes(first) && (single || reader.lax)) {
    if (!reader.longSteps && isLong(step, field.max - field.min + 1)) return wrong;
    return { values: stepped(field.min, field.max, step), star: step === 1 };
  }
  const from = valueOf(first, field, reader);
  const to = single ? from : valueOf(last, field, reader);
  if (hyphens.length > 0 || from === null || to === null) return wrong;
  const until = single && by !== undefined ? field.max : to;
  if (from < field.min || until > field.max || (from > until && !reader.wraps)) return wrong;
  // Temporal 1.32 makes Monday to Saturday of it, which nobody means.
  if (!reader.lax && field.max === 7 && from === 1 && until === 7 && step === 1)
    return 'loses its Sunday in Temporal: write * or 0-6';
  const size = from > until ? field.max - from + 1 + (until - field.min + 1) : until - from + 1;
  // A range that begins beyond the field has a size below zero, which the library reads as an endless one.
  if (!reader.longSteps && size >= 0 && isLong(step, size)) return wrong;
  return { values: from > until ? wrapped(from, until, step, field) : stepped(from, until, step), star: false };
}

function isLong(step: number, size: number): boolean {
  return step > 1 && step >= size;
}

function stepped(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

/** Over the end of the field; what begins beyond it goes on where it would be after a turn. */
function wrapped(from: number, to: number, step: number, { min, max }: Field): number[] {
  const size = max - min + 1;
  return stepped(from, to + size, step).map((value) => (value > max ? ((value - min) % size) + min : value));
}

function valueOf(text: string, { names, min, max }: Field, reader: CronReader): number | null {
  const lower = text.toLowerCase();
  const least = reader.names === 'letters' || max === 12 ? 3 : 2;
  const named = names.findIndex((name) =>
    reader.names === 'letters' ? name.slice(0, 3) === lower : lower.length >= least && name.startsWith(lower),
  );
  return named >= 0 ? named + min : wholeNumber(text);
}

/** As Go's `strconv.Atoi` without a minus; null for what is none. */
function wholeNumber(text: string): number | null {
  return /^\+?\d{1,18}$/.test(text) ? Number(text) : null;
}

function sorted(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
