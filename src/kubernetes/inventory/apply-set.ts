import { createHash } from 'node:crypto';
import type { EngineContext } from '../../domain/step-engine.ts';
import type { KindRef, ObjectRef } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';

/**
 * Names of the ApplySet specification (Kubernetes Enhancement Proposal 3659): one parent object stands for a set, and
 * every member carries its id as a label. Tools that know the specification can list what we own, and keep off it.
 */
export const PARENT_ID = 'applyset.kubernetes.io/id';
export const PART_OF = 'applyset.kubernetes.io/part-of';
export const TOOLING = 'applyset.kubernetes.io/tooling';
export const GROUP_KINDS = 'applyset.kubernetes.io/contains-group-kinds';
export const NAMESPACES = 'applyset.kubernetes.io/additional-namespaces';

/** Who keeps the set; another tool's set is not touched. What follows the slash is the version of our format. */
export const OUR_TOOLING = 'windlass/v1';

/** Where the inventories of a target are kept, and of which target. */
export interface InventoryHome {
  /** A namespace that is there before any rollout. */
  readonly namespace: string;
  readonly target: string;
}

/** The inventory of one rollout in one environment on one target. */
export interface InventoryRef {
  /** The parent object. */
  readonly ref: ObjectRef;
  /** What members are labelled with. */
  readonly id: string;
}

/** No part of the name can hold a dot, so that no two rollouts share one. */
export function inventoryOf(home: InventoryHome, owner: EngineContext['owner']): InventoryRef {
  const name = `windlass.inventory.${owner.environment}.${owner.rollout}.${home.target}`;
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: home.namespace, name };
  return { ref, id: applySetId(ref) };
}

/**
 * The id that the specification wants for a parent: a hash over its name, namespace, kind and group.
 *
 * @internal exported for its tests
 */
export function applySetId({ name, namespace, kind, apiVersion }: ObjectRef): string {
  const hash = createHash('sha256').update([name, namespace ?? '', kind, groupOf(apiVersion)].join('.'));
  return `applyset-${hash.digest('base64url')}-v1`;
}

/** A kind without its version, as the specification writes it: `Deployment.apps`, `ConfigMap`. */
export function groupKindOf(kind: KindRef): string {
  const group = groupOf(kind.apiVersion);
  return group === '' ? kind.kind : `${kind.kind}.${group}`;
}
