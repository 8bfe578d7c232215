import { RRuleTemporal } from 'rrule-temporal';
import { durationMs } from './duration.ts';

/** Spans of time that come again: each begins at an occurrence of a rule of RFC 5545. */
export interface Recurrence {
  /** Without `RRULE:`. */
  readonly rrule: string;
  /** The first occurrence, by the clocks of the zone: `2026-01-02T18:00`. */
  readonly dtstart: string;
  /** Name of the IANA database. */
  readonly timeZone: string;
  /** `62h` is exact; `2d` ends at the same time of day, two days later. */
  readonly duration: string;
}

const DAY_MS = 86_400_000;
const WEEKDAY = '(MO|TU|WE|TH|FR|SA|SU)';
const ORDINAL_OF_YEAR = '[+-]?(36[0-6]|3[0-5][0-9]|[12][0-9]{2}|0?[1-9][0-9]|0{0,2}[1-9])';
const ORDINAL_OF_WEEK = '[+-]?(5[0-3]|[1-4][0-9]|0?[1-9])';
const listOf = (one: string) => new RegExp(`^${one}(,${one})*$`);

/**
 * The parts that a rule may have. The library drops what it does not know and what is out of range, so that a rule would freeze
 * another time than it says. Rules that count (`COUNT`), or come oftener than once a day, cost too much to evaluate.
 */
const PARTS: ReadonlyMap<string, RegExp> = new Map([
  ['FREQ', /^(DAILY|WEEKLY|MONTHLY|YEARLY)$/],
  ['INTERVAL', /^[1-9][0-9]?$/],
  ['UNTIL', /^[0-9]{8}T[0-9]{6}Z$/],
  ['WKST', new RegExp(`^${WEEKDAY}$`)],
  ['BYDAY', listOf(`(${ORDINAL_OF_WEEK})?${WEEKDAY}`)],
  ['BYMONTH', listOf('(1[0-2]|0?[1-9])')],
  ['BYMONTHDAY', listOf('[+-]?(3[01]|[12][0-9]|0?[1-9])')],
  ['BYYEARDAY', listOf(ORDINAL_OF_YEAR)],
  ['BYWEEKNO', listOf(ORDINAL_OF_WEEK)],
  ['BYSETPOS', listOf(ORDINAL_OF_YEAR)],
]);

/** What is wrong with a field of a recurrence. */
export interface RecurrenceProblem {
  readonly field: 'rrule' | 'dtstart' | 'timeZone';
  readonly message: string;
}

/** What is wrong with a recurrence whose fields have their form; null when nothing is. */
export function recurrenceProblem(of: Recurrence): RecurrenceProblem | null {
  if (!isZone(of.timeZone)) return { field: 'timeZone', message: 'must be a time zone, such as Europe/Oslo' };
  if (Number.isNaN(Date.parse(`${of.dtstart}Z`)) || !startOf(of).startsWith(of.dtstart))
    return { field: 'dtstart', message: `must be a time that the clocks of ${of.timeZone} show` };
  const skipped = skippedDay(of);
  if (skipped !== null)
    return {
      field: 'dtstart',
      message: `must be at a time that each day has: the clocks of ${of.timeZone} skip it on ${skipped}, and RFC 5545 with them`,
    };
  const message = partsProblem(of.rrule) ?? evaluationProblem(of);
  return message === null ? null : { field: 'rrule', message };
}

/**
 * When the span that an instant lies in ends: in the zone of the recurrence, with its offset; null for an instant that lies in none.
 *
 * @param now milliseconds since the epoch.
 */
export function endOfSpan(of: Recurrence, now: number): string | null {
  // All spans are equally long: the one that began last is the one that ends last.
  const began = ruleFrom(of).previous(new Date(now), true);
  const ms = durationMs(of.duration);
  const end = began?.add(of.duration.endsWith('d') ? { days: ms / DAY_MS } : { milliseconds: ms });
  return end === undefined || end.epochMilliseconds <= now ? null : end.toString({ timeZoneName: 'never' });
}

/** How many periods may lie between the beginning of a rule and now, by its frequency: those of a century and more. */
const PERIODS: ReadonlyMap<string, number> = new Map([
  ['DAILY', 40_000],
  ['WEEKLY', 6_000],
  ['MONTHLY', 1_500],
  ['YEARLY', 200],
]);
/** How many times may be looked at in one evaluation. */
const CANDIDATES = 200_000;

/** @throws Error of the library. */
function ruleFrom({ rrule, dtstart, timeZone }: Recurrence): RRuleTemporal {
  const local = dtstart.replace(/[-:]/g, '').padEnd('20260102T180000'.length, '0');
  return new RRuleTemporal({
    rruleString: `DTSTART;TZID=${timeZone}:${local}\nRRULE:${rrule}`,
    strict: true,
    maxIterations: PERIODS.get(/FREQ=([A-Z]+)/.exec(rrule)?.[1] ?? '') ?? 0,
    maxCandidateEvaluations: CANDIDATES,
  });
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function firstOf(of: Recurrence) {
  return ruleFrom({ ...of, rrule: 'FREQ=DAILY' }).options().dtstart;
}

/** The first occurrence as the clocks of its zone show it. A time that they skip is moved on. */
function startOf(of: Recurrence): string {
  try {
    return firstOf(of).toString();
  } catch {
    return '';
  }
}

/** A year has two changes of clocks; some have four. */
const CHANGES = 8;
const TO_SECONDS = { smallestUnit: 'second' } as const;

/** The first day whose clocks skip the time of day at which all spans begin; null where there is none in the years to come. */
function skippedDay(of: Recurrence): string | null {
  const time = of.dtstart.slice(of.dtstart.indexOf('T') + 1).padEnd('18:00:00'.length, ':00');
  let at = firstOf(of).getTimeZoneTransition('next');
  for (let nth = 0; at !== null && nth < CHANGES; nth += 1, at = at.getTimeZoneTransition('next')) {
    const jump = at.offsetNanoseconds - at.subtract({ nanoseconds: 1 }).offsetNanoseconds;
    if (jump <= 0) continue;
    const to = at.toPlainDateTime();
    const from = to.subtract({ nanoseconds: jump });
    const skips = (local: string) => from.toString(TO_SECONDS) <= local && local < to.toString(TO_SECONDS);
    const day = [from, to].map((one) => one.toPlainDate().toString()).find((date) => skips(`${date}T${time}`));
    if (day !== undefined) return day;
  }
  return null;
}

function partsProblem(rrule: string): string | null {
  const seen = new Set<string>();
  for (const part of rrule.split(';')) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    const form = PARTS.get(name);
    if (form === undefined)
      return `cannot have "${name}": it takes ${[...PARTS.keys()].join(', ')}, and its time of day is that of dtstart`;
    if (!form.test(value)) return `${name} cannot be "${value}"${HINTS.get(name) ?? ''}`;
    if (seen.has(name)) return `has ${name} twice`;
    seen.add(name);
  }
  return seen.has('FREQ') ? null : 'must say its FREQ';
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ['FREQ', ': it is DAILY, WEEKLY, MONTHLY or YEARLY'],
  ['INTERVAL', ': it is at most 99'],
  ['UNTIL', ': it is in UTC, such as 20261231T230000Z'],
]);

/** Instants at which a rule is tried out: what its evaluation costs hangs on how long ago it began. */
const TRIED = ['2030-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];

function evaluationProblem(of: Recurrence): string | null {
  try {
    const rule = ruleFrom(of);
    const first = firstOf(of);
    // RFC 5545 leaves open what a rule means that does not fit its beginning.
    if (rule.previous(new Date(first.epochMilliseconds), true) === null)
      return `must fit dtstart, which is its first occurrence and a ${first.toLocaleString('en', { weekday: 'long' })}`;
    for (const one of TRIED) rule.previous(new Date(one), true);
    return null;
  } catch (error) {
    return `cannot be evaluated: ${error instanceof Error ? error.message : String(error)}`;
  }
}
