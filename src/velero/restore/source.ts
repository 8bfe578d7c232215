import type { BucketReader } from '../../domain/bucket-reader.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import { labelOf, type KubernetesApi, type KubernetesObject } from '../../domain/kubernetes-api.ts';
import { completedAt } from '../backup/good.ts';
import { placeOf } from '../backup/location.ts';
import { BACKUP } from '../backup/objects.ts';
import type { Place } from '../backup/results.ts';
import { requireVelero } from '../installed.ts';
import { textAt } from '../values.ts';
import { readContents, type BackupContents } from '../backup/contents.ts';
import { covers, isOf, standingOf, type Standing } from './proof.ts';

/** The backup that is restored, and what it holds. */
export interface Source extends BackupContents {
  readonly backup: string;
  readonly location: string;
  readonly place: Place;
  readonly standing: Standing;
}

/**
 * Finds the backup that a step means, and refuses one that nobody should restore.
 *
 * @throws WindlassFailure `NotFound`, `BackupUnproven` for one that is not good or not proven, `BackupFailed` for one
 *   whose contents cannot be told, `UnknownKind` where Velero is not installed.
 */
export async function findSource(
  api: Pick<KubernetesApi, 'get' | 'list'>,
  reader: Pick<BucketReader, 'read'>,
  spec: VeleroRestoreSpec,
  signal: AbortSignal,
): Promise<Source> {
  const backup = await requireVelero(() => findBackup(api, spec, signal));
  const { name } = backup.metadata;
  const standing = standingOf(backup, spec);
  if (standing.against.length > 0 && !spec.allowUnproven) throw unproven(spec, name, standing.against);
  const location = textAt(backup.spec, 'storageLocation') ?? 'default';
  const place = placeOf(await findLocation(api, spec.namespace, location, signal));
  const contents = await readContents(reader, place, name, signal);
  const lacking = (spec.includedNamespaces ?? []).filter((namespace) => !holds(contents, namespace));
  if (lacking.length > 0)
    throw new WindlassFailure('NotFound', `The backup holds nothing of ${lacking.join(', ')}.`, {
      object: `Backup ${spec.namespace}/${name}`,
      next: 'Correct includedNamespaces, or choose a backup that holds them.',
    });
  return { backup: name, location, place, standing, ...contents };
}

async function findBackup(
  api: Pick<KubernetesApi, 'get' | 'list'>,
  spec: VeleroRestoreSpec,
  signal: AbortSignal,
): Promise<KubernetesObject> {
  const { namespace, backup, latestProvenOf = [], includedNamespaces } = spec;
  if (backup !== undefined) {
    const found = await api.get({ ...BACKUP, namespace, name: backup }, { signal });
    if (found !== null) return found;
    await assertSynced(api, spec, `Backup ${namespace}/${backup}`, signal);
    throw new WindlassFailure('NotFound', 'Velero knows no such backup.', {
      object: `Backup ${namespace}/${backup}`,
      next: 'List those that there are with `velero backup get`, and look whether its time to live is over.',
    });
  }
  const all = await api.list(BACKUP, { namespace, signal });
  const candidates = all.filter((one) => isOf(latestProvenOf, one) && covers(includedNamespaces, one));
  const usable = candidates.filter((one) => spec.allowUnproven || standingOf(one, spec).against.length === 0);
  const [newest] = usable.sort((a, b) => completedAt(b) - completedAt(a));
  if (newest !== undefined) return newest;
  if (candidates.length === 0) await assertSynced(api, spec, `Backups ${namespace}/*`, signal);
  const of = `${latestProvenOf.join(', ')}${includedNamespaces === undefined ? '' : ` of ${includedNamespaces.join(', ')}`}`;
  throw new WindlassFailure('BackupUnproven', `None of ${String(candidates.length)} backups of ${of} is proven.`, {
    object: `Backups ${namespace}/*`,
    next: 'Let a drill prove one, or name a backup and allow that it is unproven.',
    facts: { backups: candidates.slice(-10).map(({ metadata }) => metadata.name) },
  });
}

/**
 * A new cluster has no backups until Velero has read them from the bucket: within a minute of its first look there.
 *
 * @throws WindlassFailure `NotFound` without such a location, and, to be tried again, while Velero has not looked yet.
 */
async function assertSynced(
  api: Pick<KubernetesApi, 'get'>,
  { namespace, storageLocation }: VeleroRestoreSpec,
  object: string,
  signal: AbortSignal,
): Promise<void> {
  const location = await findLocation(api, namespace, storageLocation, signal);
  if (textAt(location.status, 'lastSyncedTime') !== null) return;
  throw new WindlassFailure(
    'NotFound',
    'Velero knows no such backup, and has not yet read which there are in the bucket.',
    {
      object,
      next: 'Nothing, if the location is Available: Velero looks every minute, and the step tries again.',
      retryable: true,
    },
  );
}

async function findLocation(
  api: Pick<KubernetesApi, 'get'>,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<KubernetesObject> {
  const ref = { apiVersion: BACKUP.apiVersion, kind: 'BackupStorageLocation', namespace, name };
  const found = await api.get(ref, { signal });
  if (found !== null) return found;
  const object = labelOf(ref);
  throw new WindlassFailure('NotFound', 'Velero has no storage location of this name.', {
    object,
    next: 'Bring the location back first, as a step of kind velero.location does.',
    facts: { objects: [object] },
    missing: [{ is: 'object', object: ref }],
  });
}

function unproven({ namespace }: VeleroRestoreSpec, backup: string, against: readonly string[]): WindlassFailure {
  return new WindlassFailure('BackupUnproven', `The backup should not be restored: ${against.join('; ')}.`, {
    object: `Backup ${namespace}/${backup}`,
    next: 'Choose a proven one, let a drill prove this one, or set allowUnproven, which the gate will show.',
    facts: { backup, against },
  });
}

function holds({ objects }: BackupContents, namespace: string): boolean {
  return objects.some((object) =>
    object.kind === 'Namespace' ? object.name === namespace : object.namespace === namespace,
  );
}
