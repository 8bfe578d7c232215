import { neverComes } from '../../domain/cron/problems.ts';
import { fieldsOf } from '../draft.ts';
import type { Path } from '../source/yaml-source.ts';

/** What is scheduled by a cron expression in `spec.schedule`: its kind by apiVersion and kind, and what halts it. */
const SCHEDULED: Readonly<Record<string, { readonly kind: 'Schedule' | 'CronJob'; readonly halted: string }>> = {
  'velero.io/v1 Schedule': { kind: 'Schedule', halted: 'paused' },
  'batch/v1 CronJob': { kind: 'CronJob', halted: 'suspend' },
};

interface ScheduleRemark {
  readonly at: Path;
  readonly message: string;
  /** False where it does no harm: people park a CronJob on a day that never comes, and run it by hand. */
  readonly harmful: boolean;
}

/**
 * The schedule of an object that never comes, unless the object is halted anyway. What its API server or controller
 * refuses by itself is left to it.
 */
export function scheduleProblems(object: unknown): readonly ScheduleRemark[] {
  const { apiVersion, kind } = fieldsOf(object);
  const scheduled = SCHEDULED[`${String(apiVersion)} ${String(kind)}`];
  const spec = fieldsOf(object, 'spec');
  const { schedule } = spec;
  if (scheduled === undefined || typeof schedule !== 'string' || spec[scheduled.halted] === true) return [];
  const why = neverComes(scheduled.kind, schedule);
  if (why === null) return [];
  return [{ at: ['spec', 'schedule'], message: `the expression ${why}`, harmful: scheduled.kind === 'Schedule' }];
}
