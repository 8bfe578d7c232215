import type { Change } from '../../domain/change.ts';
import { compareTexts } from '../../domain/compare.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { isSentinel } from '../backup/objects.ts';
import type { ListedObject, RestoredObject } from '../backup/contents.ts';

/** One object that a restore is to bring back, under the namespace that it is restored into. */
export interface WantedObject extends ListedObject {
  /** Made by controllers or by the cluster from other objects, under names of their own: it proves nothing that it is gone. */
  readonly follows: boolean;
}

/** Velero restores these never. */
const NEVER = new Set([
  'Node',
  'Event',
  'CSINode',
  'VolumeAttachment',
  'Backup.velero.io',
  'Restore.velero.io',
  'BackupRepository.velero.io',
]);
const FOLLOWERS = new Set([
  'Pod',
  'ReplicaSet.apps',
  'ControllerRevision.apps',
  'Job.batch',
  'Endpoints',
  'EndpointSlice.discovery.k8s.io',
  'Lease.coordination.k8s.io',
  'PersistentVolume',
]);
/** The cluster makes them in every namespace. */
const IN_EVERY_NAMESPACE = new Set(['ServiceAccount default', 'ConfigMap kube-root-ca.crt']);

/** What of a backup is to come back: as Velero chooses it by the same settings. */
export function wantedOf(
  objects: readonly ListedObject[],
  spec: Pick<VeleroRestoreSpec, 'includedNamespaces' | 'namespaceMapping' | 'includeClusterResources' | 'volumes'>,
): readonly WantedObject[] {
  const { includedNamespaces, namespaceMapping, volumes } = spec;
  const clusterToo = spec.includeClusterResources ?? includedNamespaces === undefined;
  const chosen = (namespace: string): boolean => includedNamespaces?.includes(namespace) ?? true;
  const into = (namespace: string): string => namespaceMapping[namespace] ?? namespace;
  return objects
    .filter((object) => !NEVER.has(groupKind(object)) && !NEVER.has(object.kind))
    .filter(({ name }) => !isSentinel(name))
    .filter(({ kind }) => volumes === 'restore' || !kind.startsWith('PersistentVolume'))
    .flatMap((object) => {
      const { kind, namespace, name } = object;
      if (kind === 'Namespace') return chosen(name) ? [{ ...object, name: into(name), follows: false }] : [];
      if (namespace === null) return clusterToo ? [{ ...object, follows: follows(object) }] : [];
      return chosen(namespace) ? [{ ...object, namespace: into(namespace), follows: follows(object) }] : [];
    })
    .sort((a, b) => compareTexts(wordsOf(a), wordsOf(b)));
}

function follows(object: ListedObject): boolean {
  return FOLLOWERS.has(groupKind(object)) || IN_EVERY_NAMESPACE.has(`${object.kind} ${object.name}`);
}

/** `Deployment.apps`, `ConfigMap`. */
function groupKind({ apiVersion, kind }: KindRef): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`;
}

/** `ConfigMap shop/settings`, `Namespace shop`. */
export function wordsOf({ kind, namespace, name }: ListedObject): string {
  return `${kind} ${namespace === null ? '' : `${namespace}/`}${name}`;
}

/** Tells objects of two groups apart that have a kind's name in common. */
export function keyOf(object: ListedObject): string {
  return `${groupKind(object)} ${object.namespace ?? ''}/${object.name}`;
}

/** What a restore did to each object, as Velero wrote it down. */
export function becameChanges(
  { namespaceMapping }: Pick<VeleroRestoreSpec, 'namespaceMapping'>,
  objects: readonly RestoredObject[],
): readonly Change[] {
  return objects.map((object) => {
    const into = object.namespace === null ? null : (namespaceMapping[object.namespace] ?? object.namespace);
    const what = wordsOf({ ...object, namespace: into });
    switch (object.became) {
      case 'created':
        return { action: 'create', what, destructive: false };
      case 'updated':
        return { action: 'update', what, destructive: true };
      case 'skipped':
        return { action: 'unchanged', what, destructive: false };
      case 'failed':
        return { action: 'unchanged', what, destructive: false, detail: ['could not be restored'] };
    }
  });
}
