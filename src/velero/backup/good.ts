import { durationMs } from '../../domain/duration.ts';
import type { VeleroBackupSpec } from '../../domain/kinds/velero-backup.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { judgeBackup } from './judge.ts';
import { BACKUP, BACKUP_OF, isDoubted, SELECTION } from './objects.ts';
import { backupStatus } from './status.ts';
import { selectionDigest } from './template.ts';

/** The newest of these backups whose status is that of a good one, and that nobody found wanting; null when none is. */
export function newestGood(backups: readonly KubernetesObject[]): KubernetesObject | null {
  const good = backups.filter((backup) => judgeBackup(backupStatus(backup), 'not read').good && !isDoubted(backup));
  return good.reduce<KubernetesObject | null>(
    (newest, backup) => (newest === null || completedAt(backup) > completedAt(newest) ? backup : newest),
    null,
  );
}

/**
 * The newest good backup of this step's name and selection that is young enough.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does: `UnknownKind` where Velero is not installed.
 */
export async function recentGood(
  api: KubernetesApi,
  spec: VeleroBackupSpec,
  signal: AbortSignal,
  now: number = Date.now(),
): Promise<KubernetesObject | null> {
  const labelSelector = `${BACKUP_OF}=${spec.name},${SELECTION}=${selectionDigest(spec)}`;
  const newest = newestGood(await api.list(BACKUP, { namespace: spec.namespace, labelSelector, signal }));
  return newest !== null && now - completedAt(newest) <= durationMs(spec.maxAge) ? newest : null;
}

/** Milliseconds since the epoch; 0 for a backup that is not complete. */
export function completedAt(backup: KubernetesObject): number {
  const { completed } = backupStatus(backup);
  return completed === null ? 0 : Date.parse(completed);
}
