import { WindlassFailure } from '../../domain/failure.ts';
import type { JsonObject } from '../../domain/json.ts';
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
  await writeInventory(inventory, client, signal, (known) => ({ contents: union(known, added) }));
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
  await writeInventory(inventory, client, signal, () => ({ contents: left }));
}

/** What to change of an inventory. */
export interface InventoryChange {
  readonly contents: Contents;
  /** Entries to write over those of the same names; null takes one away. */
  readonly data?: JsonObject;
}

/**
 * The one way to write an inventory, so that it always carries the marks by which tools know whose it is. Nothing is
 * written when nothing differs.
 *
 * @param change what it should be, from where it knows members to be and the parent as read; null for nothing to write.
 * @throws WindlassFailure as `narrowInventory`.
 */
export async function writeInventory(
  inventory: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
  change: (known: Contents, parent: KubernetesObject | null) => InventoryChange | null,
): Promise<void> {
  const { ref, id } = inventory;
  await writeOwn(ref, client, signal, (parent) => {
    if (parent !== null) assertOurs(parent, inventory);
    const known = parent === null ? NOTHING : readContents(parent);
    const changed = change(known, parent);
    if (changed === null) return null;
    const { contents, data } = changed;
    // The namespace of the parent belongs to every set.
    const wanted = union(contents, {
      ...NOTHING,
      namespaces: new Set(ref.namespace === undefined ? [] : [ref.namespace]),
    });
    const isMarked = parent?.metadata.labels?.[PARENT_ID] === id && isSame(known, wanted);
    if (isMarked && data === undefined) return null;
    const annotations = { [TOOLING]: OUR_TOOLING, ...annotationsOf(wanted, ref) };
    return {
      ...(isMarked ? {} : { metadata: { labels: { [PARENT_ID]: id }, annotations } }),
      ...(data === undefined ? {} : { data }),
    };
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
