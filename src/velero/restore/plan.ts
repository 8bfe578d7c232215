import type { Change } from '../../domain/change.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { Prerequisite } from '../../domain/prerequisite.ts';
import type { VolumeData } from '../backup/contents.ts';
import type { Live } from './live.ts';
import { keyOf, wordsOf, type WantedObject } from './wanted.ts';

/** All that decides what a restore would do. */
export interface RestorePicture {
  readonly backup: string;
  /** In words, for people: what speaks for the backup, or against it. */
  readonly standing: readonly string[];
  readonly wanted: readonly WantedObject[];
  readonly volumes: readonly VolumeData[];
  readonly live: Live;
}

/**
 * The changes of a restore: first the restore itself, then each object and volume. What exists and would be overwritten is
 * destructive. Nothing to do means that whatever stands for itself is there; what controllers make of it may be gone.
 */
export function restoreChanges(spec: VeleroRestoreSpec, picture: RestorePicture): readonly Change[] {
  const objects = picture.wanted.map((object) => ({ object, change: objectChange(spec, picture.live, object) }));
  const volumes = spec.volumes === 'none' ? [] : volumeChanges(spec, picture);
  const needed =
    objects.some(({ object, change }) => !object.follows && change.action !== 'unchanged') ||
    volumes.some(({ action }) => action !== 'unchanged');
  const what = subjectOf(spec, picture.backup);
  if (!needed) {
    const there = [what, ...objects.map(({ change }) => change.what), ...volumes.map((change) => change.what)];
    return there.map((one) => ({ action: 'unchanged', what: one, destructive: false }));
  }
  const own: Change = { action: 'create', what, destructive: false, detail: detailOf(spec, picture) };
  return [own, ...objects.map(({ change }) => change), ...volumes];
}

export function subjectOf({ namespace }: VeleroRestoreSpec, backup: string): string {
  return `restore of Backup ${namespace}/${backup}`;
}

function detailOf(spec: VeleroRestoreSpec, { standing, live }: RestorePicture): readonly string[] {
  const mapped = Object.entries(spec.namespaceMapping);
  return [
    ...standing,
    `namespaces: ${spec.includedNamespaces?.join(', ') ?? 'all that it holds'}`,
    ...mapped.map(([from, into]) => `what was in ${from} goes into ${into}`),
    spec.existing === 'keep' ? 'objects that exist are kept as they are' : 'objects that exist are OVERWRITTEN',
    ...(spec.volumes === 'none' ? ['no volumes'] : []),
    ...live.unknownKinds.map((kind) => `the cluster does not know ${kind} yet: its definition must come back first`),
  ];
}

function objectChange(spec: VeleroRestoreSpec, live: Live, object: WantedObject): Change {
  const what = wordsOf(object);
  if (!live.there.has(keyOf(object))) return { action: 'create', what, destructive: false, makes: [madeBy(object)] };
  // Velero makes a namespace that is missing, and never changes one that is there.
  if (spec.existing === 'keep' || object.kind === 'Namespace') return { action: 'unchanged', what, destructive: false };
  const detail = ['to its state in the backup, where it differs'];
  return { action: 'update', what, destructive: !object.follows, detail };
}

function madeBy({ apiVersion, kind, namespace, name }: WantedObject): Prerequisite {
  return { is: 'object', object: { apiVersion, kind, name, ...(namespace === null ? {} : { namespace }) } };
}

/** Files come back with the pod that they belong to: into a claim that is there, over what is in it. */
function volumeChanges(spec: VeleroRestoreSpec, { wanted, volumes, live }: RestorePicture): readonly Change[] {
  const isThere = (kind: string, namespace: string, name: string): boolean =>
    live.there.has(keyOf({ apiVersion: 'v1', kind, namespace, name }));
  return volumes.flatMap(({ namespace, pod, volume, claim, bytes }): readonly Change[] => {
    const into = spec.namespaceMapping[namespace] ?? namespace;
    if (!wanted.some((object) => object.kind === 'Pod' && object.namespace === into && object.name === pod)) return [];
    const what = `data in volume ${volume} of Pod ${into}/${pod}`;
    const observed = `${String(bytes)} bytes in the backup`;
    if (isThere('Pod', into, pod)) return [{ action: 'unchanged', what, destructive: false }];
    if (claim === null || !isThere('PersistentVolumeClaim', into, claim))
      return [{ action: 'create', what, destructive: false, observed }];
    const detail = [
      `PersistentVolumeClaim ${into}/${claim} is there: files of the backup are written over those in it`,
    ];
    return [{ action: 'update', what, destructive: true, observed, detail }];
  });
}
