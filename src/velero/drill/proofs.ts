import { z } from 'zod';
import { durationMs } from '../../domain/duration.ts';
import { parseJson } from '../../domain/json.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { BACKUP, BACKUP_OF, DRILL_VERDICT, SELECTION, PROVEN_AT } from '../backup/objects.ts';
import { backupStatus } from '../backup/status.ts';
import { selectionDigest } from '../backup/template.ts';
import { requireVelero } from '../installed.ts';
import { SCHEDULE_LABEL } from '../schedule/objects.ts';
import { databasesOf, PROVEN_DATABASES, provesDatabases } from './proven-databases.ts';
import { DRILLED_BY, RESTORE_SECONDS } from './names.ts';
import { faultsOf, type DrillOutcome } from './verdict.ts';

/** On a backup that a drill refuted: the first of what speaks against it, as a JSON list of texts. */
const REFUTED_BY = 'windlass.dev/refuted-by';
const FAULTS_NOTED = 5;

/** What the last drill of these that was lost found against its backup; empty where none was, or nobody noted it. */
export function lastRefutation(backups: readonly KubernetesObject[]): readonly string[] {
  const refuted = backups
    .filter(({ metadata }) => metadata.annotations?.[DRILL_VERDICT] === 'failed')
    .sort((a, b) => Date.parse(backupStatus(b).started ?? '') - Date.parse(backupStatus(a).started ?? ''));
  const noted = refuted[0]?.metadata.annotations?.[REFUTED_BY];
  return noted === undefined ? [] : texts.parse(noted);
}

/** Somebody may have changed it. */
const texts = z
  .string()
  .transform((text) => parseJson(text))
  .pipe(z.array(z.string()))
  .catch([]);

/**
 * The backups that this step has drilled, proven or not.
 *
 * @throws WindlassFailure `UnknownKind` saying that Velero is not installed; else as `KubernetesApi.list` does.
 */
export async function drilledBackups(
  api: KubernetesApi,
  spec: VeleroDrillSpec,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const labelSelector =
    spec.of === undefined
      ? `${BACKUP_OF}=${spec.name},${SELECTION}=${selectionDigest(spec)}`
      : `${SCHEDULE_LABEL}=${spec.of.schedule}`;
  const backups = await requireVelero(() => api.list(BACKUP, { namespace: spec.namespace, labelSelector, signal }));
  return backups.filter(({ metadata: { annotations } }) => {
    // Several drills may be of one schedule, each of other namespaces.
    const foreign = spec.of !== undefined && annotations?.[DRILLED_BY] !== spec.name;
    return annotations?.[DRILL_VERDICT] !== undefined && !foreign;
  });
}

/**
 * The names of the backups in a namespace of a cluster that a drill has proven there.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does; a cluster without Velero has none.
 */
export async function provenNames(api: KubernetesApi, namespace: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(proven(await api.list(BACKUP, { namespace })).map(({ metadata }) => metadata.name));
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'UnknownKind') return new Set();
    throw error;
  }
}

/** The backup that was proven last, if that was within the step's time. */
export function newestProof(
  backups: readonly KubernetesObject[],
  spec: VeleroDrillSpec,
  now: number = Date.now(),
): KubernetesObject | null {
  const proofs = proven(backups)
    .map((backup) => ({ backup, at: Date.parse(backup.metadata.annotations?.[PROVEN_AT] ?? '') }))
    .filter(({ backup, at }) => now - at <= durationMs(spec.maxAge) && provesDatabases(backup, spec))
    .sort((a, b) => b.at - a.at);
  return proofs[0]?.backup ?? null;
}

/** How old the newest of those is that are proven: from when it began. Null when none is. */
export function provenAgeMs(backups: readonly KubernetesObject[], now: number = Date.now()): number | null {
  const begun = proven(backups).map((backup) => Date.parse(backupStatus(backup).started ?? ''));
  const newest = Math.max(...begun.filter((at) => !Number.isNaN(at)));
  return Number.isFinite(newest) ? now - newest : null;
}

function proven(backups: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return backups.filter(({ metadata }) => metadata.annotations?.[DRILL_VERDICT] === 'proven');
}

/**
 * Notes on a backup what its drill came to. One that nobody restored keeps what is noted on it.
 *
 * @throws WindlassFailure as `KubernetesApi.merge` does: `NotFound` when the backup is gone.
 */
export async function noteVerdict(
  api: KubernetesApi,
  spec: VeleroDrillSpec,
  outcome: DrillOutcome,
  signal: AbortSignal,
): Promise<void> {
  if (outcome.restoreMs === null) return;
  const holds = faultsOf(outcome).length === 0;
  const annotations = {
    [DRILL_VERDICT]: holds ? 'proven' : 'failed',
    [DRILLED_BY]: spec.name,
    [PROVEN_AT]: holds ? new Date().toISOString() : null,
    [PROVEN_DATABASES]: holds ? databasesOf(spec).join(',') : null,
    [RESTORE_SECONDS]: String(outcome.restoreMs / 1_000),
    [REFUTED_BY]: holds ? null : JSON.stringify(faultsOf(outcome).slice(0, FAULTS_NOTED)),
  };
  const ref = { ...BACKUP, namespace: spec.namespace, name: outcome.backup };
  await api.merge(ref, { metadata: { annotations } }, { signal });
}
