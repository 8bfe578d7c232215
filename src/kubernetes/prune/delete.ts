import { pauseFor } from '../../clock.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject, Propagation } from '../../domain/kubernetes-api.ts';
import { doublingPauses } from '../../domain/pauses.ts';
import type { KubernetesClient } from '../client/client.ts';
import { concurrently } from '../concurrently.ts';
import { kindKey, labelOf, refOf } from '../identity.ts';
import type { InventoryRef } from '../inventory/apply-set.ts';
import type { FenceGuard } from '../inventory/fence-guard.ts';
import { isOurMember } from '../inventory/membership.ts';
import { isDefinition } from '../../manifests/definitions.ts';
import { inDeletionStages } from '../order.ts';
import { labelled } from './members.ts';
import { ownersAmong } from './owners.ts';
import { isGoing } from './plan.ts';
import { objectsLeft } from './protect.ts';

export interface DeleteOptions {
  readonly inventory: InventoryRef;
  readonly client: KubernetesClient;
  readonly guard: FenceGuard;
  readonly signal: AbortSignal;
  readonly goneWithinMs: number;
  /** Definitions of these go although objects are left. */
  readonly allow: readonly string[];
  /** Called with each object that was told to go. */
  deleted(object: KubernetesObject): void;
}

/** A status that changes all the time must not keep an object from being deleted. */
const LOOKS = 10;
const ASK_AGAIN = { firstMs: 50, mostMs: 1_000 };

/**
 * Deletes objects stage by stage, each gone before the next: a webhook before what it asks, custom resources before the
 * operator that finalizes them, a workload before what it mounts, objects before their definition. Every deletion asks for
 * the uid and version that were looked at.
 *
 * @throws WindlassFailure `FenceLost`, `PruneRefused` when a definition got new objects, `NotReadyInTime` when one stays.
 */
export async function deleteAll(doomed: readonly KubernetesObject[], options: DeleteOptions): Promise<void> {
  for (const { items } of inDeletionStages(doomed, (object) => object)) {
    const owners = await ownersAmong(items, options.client, options.signal);
    await concurrently(items, (object) => deleteOne(object, owners, options));
    await untilGone(items, options);
  }
}

async function deleteOne(object: KubernetesObject, owners: ReadonlySet<string>, options: DeleteOptions): Promise<void> {
  const { client, guard, signal } = options;
  const ref = refOf(object);
  if (isDefinition(object)) await refuseInUse(object, options);
  for (let now: KubernetesObject | undefined = object, look = 1; now !== undefined && !isGoing(now); look += 1) {
    await guard.holdNow(labelOf(ref));
    try {
      const { uid = '', resourceVersion = '' } = now.metadata;
      // In the foreground where an object owns others, so that "gone" counts for them too. That is a finalizer, which the
      // garbage collector takes away by an update; where a webhook that refuses updates is dead, the object would stay for
      // ever. So what owns nothing, such as an Ingress, just goes.
      const propagation: Propagation = owners.has(uid) ? 'Foreground' : 'Background';
      await client.delete(ref, { uid, resourceVersion, propagation, signal });
      options.deleted(object);
      return;
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.type !== 'TargetBusy' || look >= LOOKS) throw error;
      now = (await stillThere([object], options)).find(isOurMember);
    }
  }
}

/** Looked at last when the objects of its kind are gone: nothing that came since goes with it unseen. */
async function refuseInUse(definition: KubernetesObject, options: DeleteOptions): Promise<void> {
  const label = labelOf(refOf(definition));
  if (options.allow.includes(definition.kind) || options.allow.includes(label)) return;
  const left = await objectsLeft(definition, { ...options, doomed: new Set() });
  if (left === 0) return;
  throw new WindlassFailure('PruneRefused', `There are ${String(left ?? 'unknown')} objects of its kind again.`, {
    object: label,
    next: 'Delete them first, or let `allow` name the definition; then retry the step.',
  });
}

/** Those of the objects that are there still, as they are now. */
async function stillThere(
  objects: readonly KubernetesObject[],
  { inventory, client, signal }: DeleteOptions,
): Promise<readonly KubernetesObject[]> {
  const uids = new Set(objects.map(({ metadata }) => metadata.uid));
  const places = Map.groupBy(objects, (object) => `${kindKey(object)} ${object.metadata.namespace ?? ''}`);
  const left: KubernetesObject[] = [];
  await concurrently([...places.values()], async ([first]) => {
    if (first === undefined) return;
    const { namespace } = first.metadata;
    const where = { ...(namespace === undefined ? {} : { namespace }), signal };
    const found = await labelled(inventory, first, client, where).catch(noneOfUnserved);
    left.push(...found.filter(({ metadata }) => uids.has(metadata.uid)));
  });
  return left;
}

/** The kind of a custom resource goes with its definition. */
function noneOfUnserved(error: unknown): readonly KubernetesObject[] {
  if (error instanceof WindlassFailure && error.type === 'UnknownKind') return [];
  throw error;
}

async function untilGone(objects: readonly KubernetesObject[], options: DeleteOptions): Promise<void> {
  const until = performance.now() + options.goneWithinMs;
  let left = objects;
  for (const pause of doublingPauses(ASK_AGAIN)) {
    // What was not deleted, because it changed hands, is nobody's to wait for.
    left = (await stillThere(left, options)).filter(isGoing);
    if (left.length === 0) return;
    if (performance.now() > until) throw notGone(left, options.goneWithinMs);
    await pauseFor(pause, options.signal);
  }
}

function notGone(left: readonly KubernetesObject[], withinMs: number): WindlassFailure {
  const lines = left.map((object) => {
    const finalizers = object.metadata.finalizers;
    const held = Array.isArray(finalizers) ? ` (held by ${finalizers.join(', ')})` : '';
    return `${labelOf(refOf(object))}${held}`;
  });
  const [first = ''] = lines;
  return new WindlassFailure(
    'NotReadyInTime',
    `${lines.length === 1 ? first : `${String(lines.length)} objects`} not gone within ${String(withinMs / 1_000)} s: ${lines.slice(0, 10).join(', ')}.`,
    {
      object: lines.length === 1 ? labelOf(refOf(left[0] as KubernetesObject)) : `${String(lines.length)} objects`,
      next: 'Look at who should take their finalizers away, then retry the step: it goes on waiting.',
      facts: { left: lines.slice(0, 100) },
    },
  );
}
