import { createHash } from 'node:crypto';
import type { EngineContext } from '../../domain/step-engine.ts';
import type { VeleroBackupSpec } from '../../domain/kinds/velero-backup.ts';
import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { selectionDigest, templateOf } from './template.ts';

export const BACKUP: KindRef = { apiVersion: 'velero.io/v1', kind: 'Backup' };

/** Which step a backup was made for. */
export const BACKUP_OF = 'windlass.dev/backup-of';
/** What it was asked to hold: two digests differ when the selections do. */
export const SELECTION = 'windlass.dev/selection';
/** Which run of the step made it, so that a retry finds its own. */
export const RUN_KEY = 'windlass.dev/run-key';

/** On a backup that was drilled: `proven` or `failed`. */
export const DRILL_VERDICT = 'windlass.dev/drill-verdict';

/** On a backup that lacks something that it was asked for: the first of it, as a JSON list of texts. */
export const INCOMPLETE = 'windlass.dev/incomplete';

/** Whether somebody has found out that a backup is not what it says of itself. */
export function isDoubted({ metadata: { annotations } }: KubernetesObject): boolean {
  return annotations?.[DRILL_VERDICT] === 'failed' || annotations?.[INCOMPLETE] !== undefined;
}

/** On everything that a drill makes: which run made it. What does not carry it is never deleted by a drill. */
export const DRILL = 'windlass.dev/drill';
/** Which step made it: a run sweeps away what an earlier run of the same step was too dead to. */
export const DRILL_STEP = 'windlass.dev/drill-step';

/** On a backup that was drilled: when it was proven, ISO 8601 in UTC. */
export const PROVEN_AT = 'windlass.dev/proven-at';

/** The same for every attempt of one step of one run: 12 hex digits. */
export function runKey({ rollout, environment, run, phase, step }: EngineContext['owner']): string {
  return createHash('sha256').update([environment, rollout, run, phase, step].join('/')).digest('hex').slice(0, 12);
}

/** @param attempt from 1: Velero cannot make the same Backup a second time, so each attempt has a name of its own. */
export function backupName(spec: VeleroBackupSpec, key: string, attempt: number): string {
  return `${spec.name}-${key}${attempt === 1 ? '' : `-${String(attempt)}`}`;
}

/** @param without resources that are left out because they are gone, for all that the step says. */
export function backupObject(
  spec: VeleroBackupSpec,
  key: string,
  attempt: number,
  without: readonly string[] = [],
): KubernetesObject {
  const excludedResources = [...(spec.excludedResources ?? []), ...without];
  return {
    ...BACKUP,
    metadata: {
      name: backupName(spec, key, attempt),
      namespace: spec.namespace,
      labels: {
        'app.kubernetes.io/managed-by': 'windlass',
        [BACKUP_OF]: spec.name,
        [SELECTION]: selectionDigest(spec),
        [RUN_KEY]: key,
        'velero.io/storage-location': spec.storageLocation,
      },
    },
    spec: templateOf(excludedResources.length === 0 ? spec : { ...spec, excludedResources }),
  };
}

/** With this begin the names of what drills plant, to be found again in the restore. */
export const SENTINEL = 'windlass-sentinel-';

export function isSentinel(name: string): boolean {
  return name.startsWith(SENTINEL);
}
