import { z } from 'zod';
import { duration, moment } from './kinds/common.ts';
import { endOfSpan, recurrenceProblem } from './recurrence.ts';

const reason = z.string().min(1).max(500);

/** What an entry of the other form has. */
const apart = z.never({ error: 'is of the other form: an entry is one time, or a calendar' }).optional();

const once = z.strictObject({
  from: moment,
  until: moment,
  rrule: apart,
  dtstart: apart,
  timeZone: apart,
  duration: apart,
  reason,
});

const recurring = z
  .strictObject({
    from: apart,
    until: apart,
    rrule: z
      .string()
      .min(1)
      .max(300)
      .describe('When it begins again: a rule of RFC 5545 (RRULE), such as FREQ=WEEKLY;BYDAY=FR; at most once a day.'),
    dtstart: z
      .string()
      .regex(
        /^20[0-9]{2}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$/,
        'must be a date and a time without an offset, such as 2026-01-02T18:00',
      )
      .describe('The first occurrence of the rule, by the clocks of the time zone; all others are at its time of day.'),
    timeZone: z
      .string()
      .max(64)
      .regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 'must be a time zone, such as Europe/Oslo')
      .describe('Name of the IANA database.'),
    duration: duration.describe(
      'How long it holds from each occurrence: 62h is exact, 2d ends at the same time of day.',
    ),
    reason,
  })
  .superRefine((of, context) => {
    // What has not even its form cannot be evaluated.
    if (context.issues.length > 0) return;
    const problem = recurrenceProblem(of);
    if (problem !== null)
      context.addIssue({ code: 'custom', path: [problem.field], message: problem.message, input: of[problem.field] });
  });

/** A time, or times that come again, in which nothing may be started or applied. */
export const freeze = z.union([once, recurring], {
  error: ({ input, errors }) => {
    const forms = 'must be { from, until, reason }, or { rrule, dtstart, timeZone, duration, reason }';
    const isRecurring = typeof input === 'object' && input !== null && 'rrule' in input;
    // Of the form that is meant, what is wrong first.
    const [issue] = (errors as readonly z.core.$ZodIssue[][])[isRecurring ? 1 : 0] ?? [];
    return issue === undefined ? forms : `${forms}: ${[...issue.path, issue.message].join(': ')}`;
  },
});
export type Freeze = z.output<typeof freeze>;

/** A freeze that holds. */
export interface Hold {
  /** ISO 8601. */
  readonly until: string;
  readonly reason: string;
}

/** Until when a freeze holds that holds at a time, in milliseconds since the epoch; null for one that does not. */
export function holdOf(of: Freeze, now: number): Hold | null {
  const { reason: why } = of;
  if (of.rrule !== undefined) {
    const end = endOfSpan(of, now);
    return end === null ? null : { until: end, reason: why };
  }
  return Date.parse(of.from) <= now && now < Date.parse(of.until) ? { until: of.until, reason: why } : null;
}
