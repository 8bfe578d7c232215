import { WindlassFailure } from '../../domain/failure.ts';
import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { concurrently } from '../concurrently.ts';
import { groupOf, ownerUids } from '../identity.ts';
import { stageOf } from '../order.ts';

/** Kinds whose objects own others by what they are. */
const OWNERS = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/CronJob',
  'batch/Job',
  '/ReplicationController',
]);

/** What operators make for their objects, and others wait for: where these are gone, so are their pods. */
const MADE: readonly KindRef[] = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'v1', kind: 'Pod' },
];

/**
 * The uids of those objects that own others. Of a custom resource that is looked up: among what operators make, and the
 * other kinds of its group. Where the user may not look, it counts as an owner.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for what may not be listed.
 */
export async function ownersAmong(
  objects: readonly KubernetesObject[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const owners = new Set(objects.filter((object) => OWNERS.has(nameOf(object))).map(uidOf));
  const custom = objects.filter((object) => stageOf(object) === 'custom');
  if (custom.length === 0) return owners;
  const uids = new Set(custom.map(uidOf));
  const kept = await client.discovery.keptKinds(signal);
  const groups = new Set(custom.map(({ apiVersion }) => groupOf(apiVersion)));
  const kinds = [...MADE, ...kept.filter(({ apiVersion }) => groups.has(groupOf(apiVersion)))];
  // What has no namespace may own objects in any.
  const everywhere = custom.some(({ metadata }) => metadata.namespace === undefined);
  const namespaces = new Set(custom.flatMap(({ metadata }) => metadata.namespace ?? []));
  const where = everywhere ? [{}] : [...namespaces].map((namespace) => ({ namespace }));
  const places = kinds.flatMap((kind) =>
    where.map((one) => ({ kind, options: { ...one, metadataOnly: true, signal } })),
  );
  await concurrently(places, async ({ kind, options }) => {
    const found = await client.list(kind, options).catch(notSeen);
    const owning = found === null ? uids : found.flatMap(ownerUids);
    for (const uid of owning) if (uids.has(uid)) owners.add(uid);
  });
  return owners;
}

function notSeen(error: unknown): readonly KubernetesObject[] | null {
  if (!(error instanceof WindlassFailure)) throw error;
  if (error.type === 'AccessDenied') return null;
  // Nothing is of a kind that is not served.
  if (error.type === 'UnknownKind') return [];
  throw error;
}

function nameOf({ apiVersion, kind }: KindRef): string {
  return `${groupOf(apiVersion)}/${kind}`;
}

function uidOf({ metadata }: KubernetesObject): string {
  return metadata.uid ?? '';
}
