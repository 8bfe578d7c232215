import type { Change } from '../../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { VeleroBackupSpec } from '../../domain/kinds/velero-backup.ts';
import { requireVelero } from '../installed.ts';
import { backupFinding } from './backup-findings.ts';
import { recentGood } from './good.ts';
import { judgeBackup } from './judge.ts';
import { runBackup } from './run.ts';
import type { BackupTools } from './tools.ts';
import { backupStatus } from './status.ts';

/**
 * The engine of `velero.backup`. Fails with `BackupFailed` when the backup is not good, `LocationUnavailable`,
 * `NotReadyInTime`, `UnknownKind` where Velero is not installed, and with what the API server or the bucket refuses.
 */
export function veleroBackupEngine(tools: BackupTools): StepEngine<VeleroBackupSpec> {
  const { api } = tools;

  async function plan(spec: VeleroBackupSpec, { signal }: EngineContext): Promise<readonly Change[]> {
    const recent = await requireVelero(() => recentGood(api, spec, signal));
    return recent === null
      ? [{ action: 'create', what: what(spec), destructive: false, detail: detailOf(spec) }]
      : [{ action: 'unchanged', what: what(spec), destructive: false }];
  }

  async function apply(spec: VeleroBackupSpec, context: EngineContext): Promise<Applied> {
    const recent = await requireVelero(() => recentGood(api, spec, context.signal));
    if (recent !== null) {
      const changes: Change[] = [{ action: 'unchanged', what: what(spec), destructive: false }];
      return { changes, findings: await verify(spec, context) };
    }
    const { backup, verdict } = await runBackup(tools, spec, context);
    const made = `as Backup ${spec.namespace}/${backup.metadata.name}`;
    return {
      changes: [{ action: 'create', what: what(spec), destructive: false, detail: [made] }],
      findings: [backupFinding(backup, verdict)],
    };
  }

  async function verify(spec: VeleroBackupSpec, { signal }: EngineContext): Promise<readonly Finding[]> {
    const recent = await requireVelero(() => recentGood(api, spec, signal));
    if (recent !== null) return [backupFinding(recent, judgeBackup(backupStatus(recent), 'not read'))];
    return [
      {
        kind: 'backup-recent',
        about: { of: { namespace: spec.namespace, name: spec.name }, within: spec.maxAge },
        holds: false,
        how: 'real',
        source: `/apis/velero.io/v1/namespaces/${spec.namespace}/backups`,
        time: new Date().toISOString(),
        observed: null,
      },
    ];
  }

  return { plan, apply, verify, undo };
}

function what({ namespace, name }: VeleroBackupSpec): string {
  return `Backup ${namespace}/${name}`;
}

function detailOf(spec: VeleroBackupSpec): readonly string[] {
  return [
    `namespaces: ${spec.includedNamespaces.join(', ')}`,
    `volumes: ${spec.volumes}`,
    `to location ${spec.storageLocation}, kept ${spec.ttl}`,
  ];
}

function undo(spec: VeleroBackupSpec): string {
  return `\`velero backup delete\` takes a backup of ${spec.name} and its files away; nothing else was changed.`;
}
