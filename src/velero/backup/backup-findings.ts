import type { Finding } from '../../domain/evidence.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { BackupVerdict } from './judge.ts';
import { backupStatus } from './status.ts';

/** What is known of one backup, as evidence. */
export function backupFinding(backup: KubernetesObject, verdict: BackupVerdict, now: Date = new Date()): Finding {
  const status = backupStatus(backup);
  const { namespace = '', name } = backup.metadata;
  const { started, completed } = status;
  const seconds = started === null || completed === null ? null : (Date.parse(completed) - Date.parse(started)) / 1_000;
  return {
    kind: 'backup-good',
    about: { backup: { namespace, name } },
    holds: verdict.good,
    how: 'real',
    source: `/apis/velero.io/v1/namespaces/${namespace}/backups/${name}`,
    time: now.toISOString(),
    observed: {
      phase: status.phase,
      items: status.itemsBackedUp,
      errors: status.errors,
      warnings: status.warnings,
      started,
      completed,
      seconds,
      ...(verdict.faults.length === 0 ? {} : { faults: verdict.faults }),
      ...(verdict.warnings.length === 0 ? {} : { warningsQuoted: verdict.warnings }),
    },
  };
}
