import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { judgeBackup, type BackupVerdict } from '../backup/judge.ts';
import { availableLocation } from '../backup/location.ts';
import { BACKUP } from '../backup/objects.ts';
import { readResults } from '../backup/results.ts';
import { backupStatus, isFinal } from '../backup/status.ts';
import { SCHEDULE_LABEL } from '../schedule/objects.ts';
import { fieldAt, textAt, textsAt } from '../values.ts';
import type { Drill } from './open.ts';

/** A drill of what a schedule makes. */
export type OfSchedule = NonNullable<Drill['spec']['of']>;

/**
 * Looks whether the next backup of a schedule will hold what is drilled.
 *
 * @throws WindlassFailure `NotFound` without the schedule, `ExpectationFailed` when it is paused, refused by Velero, or
 *   leaves out a namespace that is drilled.
 */
export async function scheduleRuns({ api, spec, context: { signal } }: Drill, { schedule }: OfSchedule): Promise<void> {
  const { namespace } = spec;
  const ref: ObjectRef = { apiVersion: 'velero.io/v1', kind: 'Schedule', namespace, name: schedule };
  const object = `Schedule ${namespace}/${schedule}`;
  const found = await api.get(ref, { signal });
  if (found === null) {
    throw new WindlassFailure('NotFound', 'Velero has no such schedule.', {
      object,
      next: 'Put a step of kind velero.schedule before this one, or correct of.schedule.',
    });
  }
  const held = textsAt(fieldAt(found.spec, 'template'), 'includedNamespaces');
  const without = spec.includedNamespaces.filter(
    (name) => held.length > 0 && !held.includes(name) && !held.includes('*'),
  );
  const errors = textsAt(found.status, 'validationErrors');
  const why =
    fieldAt(found.spec, 'paused') === true
      ? 'is paused and makes no backup'
      : textAt(found.status, 'phase') === 'FailedValidation'
        ? `is refused by Velero: ${errors.join('; ')}`
        : without.length > 0
          ? `does not back up ${without.join(', ')}`
          : null;
  if (why === null) return;
  throw new WindlassFailure('ExpectationFailed', `The schedule whose backups are to be drilled ${why}.`, {
    object,
    next: 'Mend the schedule or the step, then retry.',
  });
}

/**
 * The backups that a schedule made and that Velero is done with, the newest first.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function scheduledBackups(
  { api, spec: { namespace }, context: { signal } }: Pick<Drill, 'api' | 'spec' | 'context'>,
  { schedule }: OfSchedule,
): Promise<readonly KubernetesObject[]> {
  const backups = await api.list(BACKUP, { namespace, labelSelector: `${SCHEDULE_LABEL}=${schedule}`, signal });
  return backups.filter((backup) => isFinal(backupStatus(backup))).sort((a, b) => madeAt(b) - madeAt(a));
}

/** When it was asked for, by the clock of the API server in whole seconds; milliseconds since the epoch. */
export function madeAt({ metadata }: KubernetesObject): number {
  return Date.parse(textAt(metadata, 'creationTimestamp') ?? '') || 0;
}

/** The storage location that a backup went to: what the drill of a schedule says of it does not count. */
export function locationOf(backup: KubernetesObject): string {
  return textAt(backup.spec, 'storageLocation') ?? 'default';
}

/**
 * Judges a backup by its status and its results file in the bucket.
 *
 * @throws WindlassFailure as `availableLocation` does (`LocationUnavailable`, `NotFound`), or when the bucket cannot
 *   be read.
 */
export async function judged(
  { api, reader }: { readonly api: KubernetesApi; readonly reader: BucketReader },
  backup: KubernetesObject,
  signal: AbortSignal,
): Promise<BackupVerdict> {
  const status = backupStatus(backup);
  if (status.phase === 'FailedValidation') return judgeBackup(status, 'not read');
  const { namespace = '', name } = backup.metadata;
  const place = await availableLocation(api, namespace, locationOf(backup), signal);
  return judgeBackup(status, await readResults(reader, place, { kind: 'backup', name }, signal));
}
