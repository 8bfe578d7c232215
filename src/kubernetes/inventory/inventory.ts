import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { labelOf } from '../identity.ts';
import { OUR_TOOLING, PARENT_ID, TOOLING, type InventoryRef } from './apply-set.ts';
import { annotationsOf, isSame, NOTHING, readContents, union, type Contents } from './contents.ts';
import { writeOwn } from './write.ts';

/**
 * What the inventory says of where members are; nothing when there is none yet.
 *
 * @throws WindlassFailure `OwnershipConflict` when another tool keeps the set.
 */
export async function readInventory(
  inventory: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Contents> {
  const parent = await client.get(inventory.ref, { signal });
  if (parent === null) return NOTHING;
  assertOurs(parent, inventory);
  return readContents(parent);
}

/**
 * Makes the inventory know of kinds and namespaces before the first object there is written: whatever happens then, what
 * was written is found again. Nothing is written when it knows them.
 *
 * @throws WindlassFailure as `readInventory`.
 */
export async function recordMembers(
  inventory: InventoryRef,
  added: Contents,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  await replaceContents(inventory, client, signal, (known) => union(known, added));
}

/**
 * Makes it forget what holds no members any more, after a prune; `left` has to say everything that may.
 *
 * @throws WindlassFailure as `writeOwn` does: `TargetBusy` when others keep writing it; `OwnershipConflict` for an
 *   inventory that Windlass did not make.
 */
export async function narrowInventory(
  inventory: InventoryRef,
  left: Contents,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  await replaceContents(inventory, client, signal, () => left);
}

async function replaceContents(
  inventory: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
  change: (known: Contents) => Contents,
): Promise<void> {
  const { ref, id } = inventory;
  await writeOwn(ref, client, signal, (parent) => {
    if (parent !== null) assertOurs(parent, inventory);
    const known = parent === null ? NOTHING : readContents(parent);
    // The namespace of the parent belongs to every set.
    const wanted = union(change(known), {
      ...NOTHING,
      namespaces: new Set(ref.namespace === undefined ? [] : [ref.namespace]),
    });
    const unmarked = parent?.metadata.labels?.[PARENT_ID] !== id;
    if (!unmarked && isSame(known, wanted)) return null;
    const annotations = { [TOOLING]: OUR_TOOLING, ...annotationsOf(wanted, ref) };
    return { metadata: { labels: { [PARENT_ID]: id }, annotations } };
  });
}

/** The specification wants tools to refuse sets of others; the version behind the slash may differ. */
function assertOurs(parent: KubernetesObject, { ref, id }: InventoryRef): void {
  const tool = parent.metadata.annotations?.[TOOLING]?.split('/', 1)[0];
  const marked = parent.metadata.labels?.[PARENT_ID];
  if (tool === OUR_TOOLING.split('/', 1)[0] && (marked === undefined || marked === id)) return;
  throw new WindlassFailure('OwnershipConflict', `The inventory is not one of Windlass, but of ${tool ?? 'nobody'}.`, {
    object: labelOf(ref),
    next: 'Move that object away, or bind the target with another inventoryNamespace.',
  });
}
