import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import type { ServedKind } from '../client/kinds.ts';
import { concurrently } from '../concurrently.ts';
import { groupKindOf, PART_OF, type InventoryRef } from '../inventory/apply-set.ts';
import type { Contents } from '../inventory/contents.ts';
import { isOurMember } from '../inventory/membership.ts';

/**
 * The members of an inventory, metadata alone: one LIST per kind, and per namespace for kinds that have them, so that no
 * right over the whole cluster is needed. Kinds that are not served any more have no objects.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function membersOf(
  inventory: InventoryRef,
  contents: Contents,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const served = await servedKinds(contents.groupKinds, client, signal);
  const places = served.flatMap((kind) =>
    kind.namespaced ? [...contents.namespaces].map((namespace) => ({ kind, namespace })) : [{ kind }],
  );
  const found: KubernetesObject[] = [];
  await concurrently(places, async ({ kind, ...where }) => {
    found.push(...(await labelled(inventory, kind, client, { ...where, signal })));
  });
  return found.filter(isOurMember);
}

/** What carries the label, of one kind, in one place. @throws WindlassFailure as `KubernetesApi.list` does. */
export async function labelled(
  { id }: InventoryRef,
  kind: KindRef,
  client: KubernetesClient,
  where: { readonly namespace?: string; readonly signal: AbortSignal },
): Promise<readonly KubernetesObject[]> {
  return client.list(kind, { ...where, labelSelector: `${PART_OF}=${id}`, metadataOnly: true });
}

/** Each kind in one of its versions, the first that the server names: the one it prefers. */
async function servedKinds(
  groupKinds: ReadonlySet<string>,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly ServedKind[]> {
  const kinds = await client.discovery.findAll([], signal);
  const first = new Map<string, ServedKind>();
  for (const kind of kinds.values()) {
    const name = groupKindOf(kind);
    if (groupKinds.has(name) && !first.has(name)) first.set(name, kind);
  }
  return [...first.values()];
}
