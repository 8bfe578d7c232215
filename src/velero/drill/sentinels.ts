import { randomBytes } from 'node:crypto';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { DRILL, isSentinel, SENTINEL } from '../backup/objects.ts';
import { drillLabels, type DrillKeys } from './names.ts';

const KINDS = ['ConfigMap', 'Secret'];

/** So much of a nonce is in names. */
const NAMED = 8;

/** The name of an attempt's sentinels in every namespace that is drilled: two attempts at once have their own. */
function sentinelName({ run }: DrillKeys, nonce: string): string {
  return `${SENTINEL}${run}-${nonce.slice(0, NAMED)}`;
}

/** A value that nothing else holds: what comes back with it comes from the backup of this drill. */
export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/**
 * A ConfigMap and a Secret that exist so that a restore can be seen to bring them back.
 *
 * @internal exported for its tests
 */
export function sentinelsOf(namespace: string, keys: DrillKeys, nonce: string): readonly KubernetesObject[] {
  const metadata = { name: sentinelName(keys, nonce), namespace, labels: drillLabels(keys) };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { nonce } },
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { nonce: btoa(nonce) } },
  ];
}

/**
 * Puts the sentinels with this nonce into every one of the namespaces.
 *
 * @throws WindlassFailure as `KubernetesApi.apply` does: `InvalidManifest` for a namespace that does not exist.
 */
export async function plantSentinels(
  api: KubernetesApi,
  namespaces: readonly string[],
  keys: DrillKeys,
  nonce: string,
  signal: AbortSignal,
): Promise<void> {
  const all = namespaces.flatMap((namespace) => sentinelsOf(namespace, keys, nonce));
  await Promise.all(all.map((object) => api.apply(object, { signal })));
}

/**
 * Deletes the sentinels of this step and run from the namespaces, of all its attempts; those that are gone already count as deleted.
 *
 * @throws WindlassFailure as `KubernetesApi.list` and `KubernetesApi.delete` do.
 */
export async function removeSentinels(
  api: KubernetesApi,
  namespaces: readonly string[],
  keys: DrillKeys,
  signal: AbortSignal,
): Promise<void> {
  const places = namespaces.flatMap((namespace) => KINDS.map((kind) => ({ apiVersion: 'v1', kind, namespace })));
  const labelSelector = `${DRILL}=${keys.run}`;
  await Promise.all(
    places.map(async ({ namespace, ...kind }) => {
      for (const { metadata } of await api.list(kind, { namespace, labelSelector, signal }))
        // Journals carry the label too.
        if (isSentinel(metadata.name)) await api.delete({ ...kind, namespace, name: metadata.name }, { signal });
    }),
  );
}

/** The sentinels as an inventory names them. */
export function sentinelKeys(namespaces: readonly string[], keys: DrillKeys, nonce: string): string[] {
  const name = sentinelName(keys, nonce);
  return namespaces.flatMap((namespace) => KINDS.map((kind) => `${kind} ${namespace}/${name}`));
}
