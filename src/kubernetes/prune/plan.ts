import type { Change } from '../../domain/change.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Declaration } from '../../domain/kinds/descriptor.ts';
import type { KubernetesPruneSpec } from '../../domain/kinds/kubernetes-prune.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { compareTexts } from '../../domain/compare.ts';
import { groupOf, keyOf, labelOf, refOf } from '../identity.ts';
import type { InventoryRef } from '../inventory/apply-set.ts';
import { union, type Contents } from '../inventory/contents.ts';
import { readInventory } from '../inventory/inventory.ts';
import { isDefinition } from '../../manifests/definitions.ts';
import { allDeclared } from './declared.ts';
import { membersOf } from './members.ts';
import { reasonToKeep } from './protect.ts';

/** What a prune would do. */
export interface PrunePlan {
  /** Members that no step declares, and that may go. Metadata alone, sorted by label. */
  readonly doomed: readonly KubernetesObject[];
  /** Those that stay, and why. */
  readonly kept: readonly { readonly object: KubernetesObject; readonly why: string }[];
  /** Where members will be afterwards. */
  readonly declared: Contents;
  /** Jobs that are declared, by `jobKey`: no others are remembered. */
  readonly jobs: ReadonlySet<string>;
}

/** @throws WindlassFailure `PruneRefused` above the cap; `InvalidManifest`, `AccessDenied`, `OwnershipConflict`. */
export async function planPrune(
  spec: KubernetesPruneSpec,
  inventory: InventoryRef,
  declaredBy: readonly Declaration[],
  client: KubernetesClient,
  { files, signal }: Pick<EngineContext, 'files' | 'signal'>,
): Promise<PrunePlan> {
  const declared = await allDeclared(declaredBy, files);
  // Should the inventory have been lost, what is declared is a good guess at where the rest is.
  const contents = union(await readInventory(inventory, client, signal), declared.contents);
  const members = await membersOf(inventory, contents, client, signal);
  const orphans = members
    .filter((object) => !declared.has(refOf(object)))
    .sort((a, b) => compareTexts(labelOf(refOf(a)), labelOf(refOf(b))));
  // Definitions come last: whether one may go depends on which of its objects do.
  const reasons = new Map<KubernetesObject, string>();
  for (const definitions of [false, true]) {
    const doomed = new Set(orphans.filter((object) => !reasons.has(object)).map((object) => keyOf(refOf(object))));
    for (const object of orphans.filter((orphan) => isDefinition(orphan) === definitions)) {
      const why = await reasonToKeep(object, { allow: spec.allow, declared, doomed, client, signal });
      if (why !== null) reasons.set(object, why);
    }
  }
  const doomed = orphans.filter((object) => !reasons.has(object));
  refuseTooMany(doomed, spec.max);
  const kept = [...reasons].map(([object, why]) => ({ object, why }));
  return { doomed, kept, declared: declared.contents, jobs: declared.jobs };
}

const SHOWN = 20;
const KEPT = 500;

function refuseTooMany(doomed: readonly KubernetesObject[], max: number): void {
  const fresh = doomed.filter((object) => !isGoing(object)).map((object) => labelOf(refOf(object)));
  if (fresh.length <= max) return;
  const more = fresh.length > SHOWN ? `\n  and ${String(fresh.length - SHOWN)} more` : '';
  throw new WindlassFailure(
    'PruneRefused',
    `${String(fresh.length)} objects would be deleted, and at most ${String(max)} may be; nothing was touched:\n  ${fresh.slice(0, SHOWN).join('\n  ')}${more}`,
    {
      object: `${String(fresh.length)} objects`,
      next: 'Look whether a step has lost its manifests. If all of them are to go, raise `max` in the step.',
      facts: { max, deletes: fresh.slice(0, KEPT) },
    },
  );
}

/** Whether an object has been deleted already, and is only not gone yet. */
export function isGoing(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** What people read of it. What is kept shows as unchanged, with the reason. */
export function changesOf({ doomed, kept }: Pick<PrunePlan, 'doomed' | 'kept'>): readonly Change[] {
  return [...doomed.map(deletion), ...kept.map(({ object, why }) => keeping(object, why))];
}

export function deletion(object: KubernetesObject): Change {
  const loss = WITH_IT[object.kind];
  return {
    action: 'delete',
    what: labelOf(refOf(object)),
    destructive: !isGoing(object) && !holdsNothing(object),
    detail: [
      isGoing(object) ? 'it is being deleted' : 'no step declares it any more',
      ...(loss === undefined ? [] : [loss]),
    ],
  };
}

/**
 * Kinds of Kubernetes that hold no data, run nothing and have no address: a later apply of the same declaration makes them
 * as they were. All others count as a loss, custom resources included.
 */
const HOLDS_NOTHING: Readonly<Record<string, readonly string[] | 'all'>> = {
  '': ['Endpoints', 'LimitRange', 'PodTemplate', 'ResourceQuota', 'ServiceAccount'],
  'admissionregistration.k8s.io': 'all',
  'apiregistration.k8s.io': 'all',
  autoscaling: 'all',
  'coordination.k8s.io': 'all',
  'discovery.k8s.io': 'all',
  'flowcontrol.apiserver.k8s.io': 'all',
  'networking.k8s.io': 'all',
  'node.k8s.io': 'all',
  policy: 'all',
  'rbac.authorization.k8s.io': 'all',
  'scheduling.k8s.io': 'all',
  'storage.k8s.io': ['CSIDriver', 'CSINode', 'CSIStorageCapacity', 'StorageClass', 'VolumeAttributesClass'],
};

function holdsNothing({ apiVersion, kind }: KubernetesObject): boolean {
  const kinds = HOLDS_NOTHING[groupOf(apiVersion)];
  return kinds === 'all' || (kinds?.includes(kind) ?? false);
}

const WITH_IT: Readonly<Record<string, string>> = {
  Namespace: 'everything in it goes with it',
  CustomResourceDefinition: 'every object of its kind goes with it',
  PersistentVolumeClaim: 'its data goes with it, unless the volume is retained',
};

function keeping(object: KubernetesObject, why: string): Change {
  return {
    action: 'unchanged',
    what: labelOf(refOf(object)),
    destructive: false,
    detail: [`no step declares it any more; kept: ${why}`],
  };
}
