import { z } from 'zod';
import { cronProblem } from '../cron.ts';
import { duration, name } from './common.ts';
import { veleroSelection } from './velero-selection.ts';

const cron = z.string().superRefine((text, context) => {
  const problem = cronProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});

/** `velero.schedule`: backups made by Velero again and again, and how old the newest good one may be. */
export const veleroSchedule = z.strictObject({
  name,
  namespace: name.default('velero'),
  schedule: cron.describe('A cron expression in UTC, as in `0 2 * * *`.'),
  paused: z.boolean().default(false),
  goodWithin: duration
    .default('26h')
    .describe('How old the newest good backup may be before the evidence says that the schedule fails.'),
  ...veleroSelection,
});
export type VeleroScheduleSpec = z.output<typeof veleroSchedule>;
