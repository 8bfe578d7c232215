import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { fieldAt, numberAt, textAt, textsAt } from '../values.ts';

/** What Velero says of a backup. Times are ISO 8601 in UTC, in whole seconds of Velero's clock. */
export interface BackupStatus {
  /** Null until Velero has seen it. */
  readonly phase: string | null;
  readonly failureReason: string | null;
  readonly validationErrors: readonly string[];
  readonly errors: number;
  readonly warnings: number;
  readonly itemsBackedUp: number;
  readonly totalItems: number;
  /** Plugin operations and snapshots that were asked for and did not complete. */
  readonly volumesMissing: number;
  readonly started: string | null;
  readonly completed: string | null;
}

export function backupStatus({ status }: KubernetesObject): BackupStatus {
  const progress = fieldAt(status, 'progress');
  return {
    phase: textAt(status, 'phase'),
    failureReason: textAt(status, 'failureReason'),
    validationErrors: textsAt(status, 'validationErrors'),
    errors: numberAt(status, 'errors'),
    warnings: numberAt(status, 'warnings'),
    itemsBackedUp: numberAt(progress, 'itemsBackedUp'),
    totalItems: numberAt(progress, 'totalItems'),
    volumesMissing:
      numberAt(status, 'volumeSnapshotsAttempted') -
      numberAt(status, 'volumeSnapshotsCompleted') +
      (numberAt(status, 'csiVolumeSnapshotsAttempted') - numberAt(status, 'csiVolumeSnapshotsCompleted')) +
      numberAt(status, 'backupItemOperationsFailed'),
    started: textAt(status, 'startTimestamp'),
    completed: textAt(status, 'completionTimestamp'),
  };
}

const FINAL: ReadonlySet<string | null> = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);

/** Whether Velero will do nothing more about the backup. */
export function isFinal({ phase }: BackupStatus): boolean {
  return FINAL.has(phase);
}
