import { readCron, type CronReading } from './read.ts';
import { GO_CRON, ROBFIG, TEMPORAL, type CronReader } from './readers.ts';
import { isSameReading, longestWait } from './times.ts';

/** Versions of Velero that read alike, the oldest first; what they read with stands in the `go.mod` of each. */
const VELEROS = [
  { name: 'Velero before 1.18.3', from: [0, 0, 0], reader: ROBFIG },
  { name: 'Velero 1.18.3', from: [1, 18, 3], reader: GO_CRON },
] as const;

/** A version as `1.18.3` or `v1.18.3-rc.1`. */
export const VELERO_VERSION = /^v?(\d+)\.(\d+)\.(\d+)([-+].*)?$/;

const ZONE = /^(CRON_)?TZ=\S*\s*/;
const IN_UTC =
  'must be in UTC, without a time zone: where clocks are changed, hours come twice or not at all, and each system goes its ' +
  'own way about it';

/** How Velero of a version reads schedules; null for a version that is not known. */
function veleroReader(version: string | undefined): CronReader | null {
  const match = VELERO_VERSION.exec(version ?? '');
  if (match === null) return null;
  const numbers = match.slice(1, 4).map(Number);
  return VELEROS.findLast(({ from }) => compare(numbers, from) >= 0)?.reader ?? null;
}

/** A schedule as Velero reads it: of that version, or of any where none is said. A text says what is wrong with it. */
export function readVeleroCron(expression: string, version?: string): CronReading | string {
  if (ZONE.test(expression)) return IN_UTC;
  const known = veleroReader(version);
  const readings = VELEROS.filter(({ reader }) => known === null || reader === known).map(({ name, reader }) => ({
    name,
    reader,
    reading: readCron(expression, reader),
  }));
  const [first, second] = readings;
  if (first === undefined) return 'is not read by any Velero';
  if (second !== undefined && !isAlike(first.reading, second.reading))
    return (
      `is read differently: ${readings.map(({ name, reading }) => `${name} ${inWords(reading)}`).join('; ')}. ` +
      'Write it so that both read the same, or say the version that runs it (veleroVersion)'
    );
  if (typeof first.reading === 'string') return first.reading;
  const rare = rareness(first.reading, first.reader);
  return rare === null ? first.reading : `${rare}, and Velero then makes a backup every minute`;
}

/**
 * Whether two versions of Velero mean the same by a schedule; true where one of them is not known, which is taken at its
 * word.
 */
export function isReadAlike(expression: string, one: string, other: string): boolean {
  const [first, second] = [veleroReader(one), veleroReader(other)];
  if (first === null || second === null || first === second) return true;
  return isAlike(readCron(expression, first), readCron(expression, second));
}

/** When a drill is due, as Temporal reads it. A text says what is wrong with it. */
export function readDrillCron(expression: string): CronReading | string {
  if (ZONE.test(expression)) return IN_UTC;
  const reading = readCron(expression, TEMPORAL);
  if (typeof reading === 'string') return reading;
  return rareness(reading, TEMPORAL) ?? reading;
}

/** Why the schedule of an object that somebody wrote for Velero or Kubernetes never comes; null for all others. */
export function neverComes(kind: 'Schedule' | 'CronJob', expression: string): string | null {
  const text = expression.replace(ZONE, '');
  for (const reader of kind === 'CronJob' ? [ROBFIG] : VELEROS.map((one) => one.reader)) {
    const reading = readCron(text, reader);
    const why = typeof reading === 'string' ? null : rareness(reading, reader);
    if (why === null) continue;
    return kind === 'CronJob' ? `${why}: no Job is ever made` : `${why}, and Velero then makes a backup every minute`;
  }
  return null;
}

/** Why a reading does not count as one that fires; null when it does. */
function rareness(reading: CronReading, { yearsAhead }: CronReader): string | null {
  const wait = longestWait(reading);
  if (wait === null) return 'never fires: there is no such day or time';
  if (yearsAhead === null || wait <= yearsAhead) return null;
  return `fires once in ${String(wait)} years, which counts as never: no more than ${String(yearsAhead)} years are looked ahead`;
}

function isAlike(one: CronReading | string, other: CronReading | string): boolean {
  if (typeof one === 'string' || typeof other === 'string') return typeof one === typeof other;
  return isSameReading(one, other);
}

/** What somebody makes of an expression, after their name. */
function inWords(reading: CronReading | string): string {
  if (typeof reading === 'string') return `refuses it (${reading})`;
  if (reading.kind === 'every') return `fires every ${String(reading.seconds)}s`;
  const { minutes, hours, on } = reading;
  if (minutes.length === 0 || hours.length === 0 || on.length === 0) return 'never fires';
  const days = on.map((one) =>
    [
      listed('day of the month', one.days, 31),
      listed('month', one.months, 12),
      listed('day of the week', one.weekdays, 7),
    ]
      .filter((part) => part !== '')
      .join(' and '),
  );
  const when = days.includes('') ? 'every day' : days.join(', or ');
  return `fires on ${when} at minute ${minutes.join(',')} of hour ${hours.join(',')}`.replace('on every', 'every');
}

function listed(what: string, values: readonly number[], all: number): string {
  return values.length === all ? '' : `${what} ${values.join(',')}`;
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((number, index) => number !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
