import { z } from 'zod';
import { compareTexts } from '../../domain/compare.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { KindOfNamespace, KindRef, KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { textAt } from '../values.ts';
import { canonicalContent, contentHash } from './canonical.ts';

/** What namespaces held at one moment: for each object, by `Kind namespace/name`, the hash of its content. */
export type Inventory = ReadonlyMap<string, InventoryItem>;

interface InventoryItem {
  readonly hash: string;
  /** Null once it was written down: the journal keeps hashes alone. */
  readonly content: JsonObject | null;
}

/** Made by the cluster in every namespace, the scratch ones included. */
const IN_EVERY_NAMESPACE = new Set(['ServiceAccount default', 'ConfigMap kube-root-ca.crt']);
const TOKEN = 'kubernetes.io/service-account-token';

/**
 * Lists everything in these namespaces that a restore must bring back: not what controllers make of other objects, and
 * not what the cluster makes by itself.
 *
 * @param original what each of the namespaces stands for; itself where that is not named.
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `UnknownKind`: a kind that is gone has no objects.
 */
export async function takeInventory(
  api: Pick<KubernetesApi, 'list'>,
  kinds: readonly KindOfNamespace[],
  namespaces: readonly string[],
  original: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Inventory> {
  const asked = kinds.flatMap((kind) => namespaces.map((namespace) => ({ kind, namespace })));
  const lists = await Promise.all(
    asked.map(async ({ kind: { apiVersion, kind }, namespace }) =>
      // Items of a list do not name their kind.
      (await listed(api, { apiVersion, kind }, namespace, signal)).map((item) => ({ ...item, apiVersion, kind })),
    ),
  );
  const items = lists
    .flat()
    .filter((object) => !isDerived(object))
    .map((object) => {
      const content = canonicalContent(object, original);
      return [keyOf(object, original), { hash: contentHash(content), content }] as const;
    });
  return new Map(items.sort(([a], [b]) => compareTexts(a, b)));
}

/** A kind that is gone since one looked which there are has no objects. */
async function listed(api: Pick<KubernetesApi, 'list'>, kind: KindRef, namespace: string, signal: AbortSignal) {
  try {
    return await api.list(kind, { namespace, signal });
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'UnknownKind') return [];
    throw error;
  }
}

function keyOf({ kind, metadata }: KubernetesObject, original: ReadonlyMap<string, string>): string {
  const namespace = metadata.namespace ?? '';
  return `${kind} ${original.get(namespace) ?? namespace}/${metadata.name}`;
}

function isDerived({ kind, metadata, type }: KubernetesObject): boolean {
  const owners = metadata['ownerReferences'];
  return (
    (Array.isArray(owners) && owners.length > 0) ||
    textAt(metadata, 'deletionTimestamp') !== null ||
    IN_EVERY_NAMESPACE.has(`${kind} ${metadata.name}`) ||
    (kind === 'Secret' && type === TOKEN)
  );
}

/** The objects that are the same in both: what did not move while the backup was made. */
export function standing(before: Inventory, after: Inventory): { readonly still: Inventory; readonly moved: string[] } {
  const still = new Map([...before].filter(([key, { hash }]) => after.get(key)?.hash === hash));
  const moved = [...new Set([...before.keys(), ...after.keys()])].filter((key) => !still.has(key));
  return { still, moved: moved.sort(compareTexts) };
}

/** An inventory as the journal keeps it: hashes without contents. */
export const writtenInventory = z.array(z.tuple([z.string(), z.string()]));
export type WrittenInventory = z.output<typeof writtenInventory>;

export function writeInventory(inventory: Inventory): WrittenInventory {
  return [...inventory].map(([key, { hash }]) => [key, hash]);
}

export function readInventory(written: WrittenInventory): Inventory {
  return new Map(written.map(([key, hash]) => [key, { hash, content: null }]));
}
