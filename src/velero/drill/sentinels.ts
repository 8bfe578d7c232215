import { randomBytes } from 'node:crypto';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { drillLabels, type DrillKeys } from './names.ts';

const KINDS = ['ConfigMap', 'Secret'];

/** The name of a drill's sentinels in every namespace that is drilled. */
function sentinelName({ run }: DrillKeys): string {
  return `windlass-sentinel-${run}`;
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
  const metadata = { name: sentinelName(keys), namespace, labels: drillLabels(keys) };
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
 * Deletes the sentinels of this step and run from the namespaces; those that are gone already count as deleted.
 *
 * @throws WindlassFailure as `KubernetesApi.delete` does.
 */
export async function removeSentinels(
  api: KubernetesApi,
  namespaces: readonly string[],
  keys: DrillKeys,
  signal: AbortSignal,
): Promise<void> {
  const name = sentinelName(keys);
  const refs = namespaces.flatMap((namespace) => KINDS.map((kind) => ({ apiVersion: 'v1', kind, namespace, name })));
  await Promise.all(refs.map((ref) => api.delete(ref, { signal })));
}

/** The sentinels as an inventory names them. */
export function sentinelKeys(namespaces: readonly string[], keys: DrillKeys): string[] {
  return namespaces.flatMap((namespace) => KINDS.map((kind) => `${kind} ${namespace}/${sentinelName(keys)}`));
}
