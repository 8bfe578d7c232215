import { durationMs, formatDuration } from '../../domain/duration.ts';
import type { Finding, FindingOf } from '../../domain/evidence.ts';
import { scheduleRef, type VeleroScheduleSpec } from '../../domain/kinds/velero-schedule.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { completedAt, newestGood } from '../backup/good.ts';
import { judgeBackup } from '../backup/judge.ts';
import { backupStatus, isFinal } from '../backup/status.ts';
import type { ObjectPlan } from '../object-plan.ts';
import { fieldAt, textAt, textsAt } from '../values.ts';

/** What is known of a schedule now: the object, and the backups that Velero made by it. */
export interface ScheduleState {
  readonly plan: ObjectPlan;
  readonly backups: readonly KubernetesObject[];
}

/** What holds of a schedule: that Velero runs it, that it is as declared, and that its newest good backup is young. */
export function scheduleFindings(spec: VeleroScheduleSpec, state: ScheduleState, now = new Date()): readonly Finding[] {
  const { found, change } = state.plan;
  const path = `/apis/velero.io/v1/namespaces/${spec.namespace}/schedules/${spec.name}`;
  const schedule = { namespace: spec.namespace, name: spec.name };
  const common = {
    how: 'real',
    source: path,
    time: now.toISOString(),
  } as const;
  const phase = textAt(found?.status, 'phase');
  const errors = textsAt(found?.status, 'validationErrors');
  // Velero goes on to call a paused schedule Enabled.
  const paused = fieldAt(found?.spec, 'paused') === true;
  return [
    {
      ...common,
      kind: 'schedule-enabled',
      about: { schedule, paused: spec.paused },
      holds: found !== null && (spec.paused ? paused : phase === 'Enabled' && !paused),
      observed: { phase, paused, ...(errors.length === 0 ? {} : { validationErrors: errors }) },
    },
    {
      ...common,
      kind: 'object-as-declared',
      about: { object: scheduleRef(spec) },
      holds: change.action === 'unchanged',
      observed: { differs: change.detail ?? [] },
    },
    {
      ...common,
      kind: 'schedule-freshness',
      about: { schedule, within: spec.goodWithin, paused: spec.paused },
      ...freshness(spec, state, now.getTime()),
      source: `${path} and its backups`,
    },
  ];
}

/**
 * What can be claimed of the newest good backup. A schedule that is new, or that rests, does not fail for having none or an
 * old one; but then nothing is claimed of a backup that is not there, or not young.
 */
function freshness(
  spec: VeleroScheduleSpec,
  { plan: { found }, backups }: ScheduleState,
  now: number,
): Pick<FindingOf<'schedule-freshness'>, 'holds' | 'observed'> {
  const limit = durationMs(spec.goodWithin);
  const finished = backups.filter((backup) => isFinal(backupStatus(backup)));
  const bad = finished.filter((backup) => !judgeBackup(backupStatus(backup), 'not read').good).length;
  const last = lastFault(finished);
  const newest = newestGood(finished);
  if (newest === null) {
    const created = Date.parse(textAt(found?.metadata, 'creationTimestamp') ?? '');
    // Without a time at which it was made, nothing excuses it.
    const due = !(now - created <= limit);
    return { holds: spec.paused || !due, observed: { newest: null, bad, due, ...last } };
  }
  const ageMs = now - completedAt(newest);
  const isYoung = ageMs <= limit;
  return {
    holds: spec.paused || isYoung,
    observed: {
      newest: newest.metadata.name,
      age: formatDuration(ageMs),
      ageSeconds: Math.round(ageMs / 1_000),
      young: isYoung,
      bad,
      ...last,
    },
  };
}

/** Why the last backup is not good, where it is not: the schedule fails, although an older backup may still be young. */
function lastFault(
  finished: readonly KubernetesObject[],
): Pick<FindingOf<'schedule-freshness'>['observed'], 'failing'> {
  const last = finished.reduce<KubernetesObject | null>(
    (newest, backup) => (newest === null || askedAt(backup) >= askedAt(newest) ? backup : newest),
    null,
  );
  if (last === null) return {};
  const { good, faults } = judgeBackup(backupStatus(last), 'not read');
  return good ? {} : { failing: { backup: last.metadata.name, faults } };
}

/** One that failed its validation never began and never ended; milliseconds since the epoch. */
function askedAt({ metadata }: KubernetesObject): number {
  return Date.parse(textAt(metadata, 'creationTimestamp') ?? '') || 0;
}
