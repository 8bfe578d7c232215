import { neverComes } from '../../domain/cron/problems.ts';
import { fieldsOf } from '../draft.ts';
import type { Path } from '../source/yaml-source.ts';

/** What is scheduled by a cron expression in `spec.schedule`: its kind by apiVersion and kind. */
const SCHEDULED: Readonly<Record<string, 'Schedule' | 'CronJob'>> = {
  'velero.io/v1 Schedule': 'Schedule',
  'batch/v1 CronJob': 'CronJob',
};

/** The schedule of an object that never comes. What its API server or controller refuses by itself is left to it. */
export function scheduleProblems(object: unknown): readonly { readonly at: Path; readonly message: string }[] {
  const { apiVersion, kind } = fieldsOf(object);
  const scheduled = SCHEDULED[`${String(apiVersion)} ${String(kind)}`];
  const { schedule } = fieldsOf(object, 'spec');
  if (scheduled === undefined || typeof schedule !== 'string') return [];
  const why = neverComes(scheduled, schedule);
  return why === null ? [] : [{ at: ['spec', 'schedule'], message: `the expression ${why}` }];
}
