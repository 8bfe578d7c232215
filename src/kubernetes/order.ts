import type { KindRef } from '../domain/kubernetes-api.ts';
import { groupOf } from './identity.ts';

/**
 * The stages of an apply, first to last.
 *
 * @internal exported for its tests
 */
export const STAGES = [
  'namespaces',
  'definitions',
  'rbac',
  'config',
  'custom',
  'workloads',
  'apis',
  'webhooks',
] as const;
export type Stage = (typeof STAGES)[number];

/**
 * The stages of a deletion, first to last: the way of an apply back, but that custom resources go before the workloads, since
 * one of these may be the operator that has to finalize them, and before the APIs that serve them.
 */
const DELETION: readonly Stage[] = [
  'webhooks',
  'custom',
  'apis',
  'workloads',
  'config',
  'rbac',
  'definitions',
  'namespaces',
];

const CORE: Readonly<Record<string, Stage>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'rbac',
  Pod: 'workloads',
  ReplicationController: 'workloads',
};

/** Everything in these groups is of one stage. Every group of the API server itself is among them: what is not is custom. */
const GROUPS: Readonly<Record<string, Stage>> = {
  'apiextensions.k8s.io': 'definitions',
  'rbac.authorization.k8s.io': 'rbac',
  'scheduling.k8s.io': 'config',
  'storage.k8s.io': 'config',
  'node.k8s.io': 'config',
  'networking.k8s.io': 'config',
  policy: 'config',
  'flowcontrol.apiserver.k8s.io': 'config',
  'coordination.k8s.io': 'config',
  'discovery.k8s.io': 'config',
  // A claim on a device is held for as long as pods use it.
  'resource.k8s.io': 'config',
  'certificates.k8s.io': 'config',
  'storagemigration.k8s.io': 'config',
  'events.k8s.io': 'config',
  'authentication.k8s.io': 'config',
  'authorization.k8s.io': 'config',
  'internal.apiserver.k8s.io': 'config',
  'imagepolicy.k8s.io': 'config',
  autoscaling: 'workloads',
  apps: 'workloads',
  batch: 'workloads',
  // An API that is announced before its server runs breaks discovery; a webhook before its server breaks every write.
  'apiregistration.k8s.io': 'apis',
  'admissionregistration.k8s.io': 'webhooks',
};

/**
 * The stage of a kind: what others need comes first, what can refuse others comes last. Custom resources come before
 * workloads, since these often mount what operators make of them.
 */
export function stageOf(kind: KindRef): Stage {
  const group = groupOf(kind.apiVersion);
  if (group === '') return CORE[kind.kind] ?? 'config';
  return GROUPS[group] ?? 'custom';
}

/** Splits things into stages, empty ones left out; within a stage their order is kept. */
export function inStages<T>(items: readonly T[], kindOf: (item: T) => KindRef): readonly InStage<T>[] {
  return staged(items, kindOf, STAGES);
}

/** The same in the order of a deletion. */
export function inDeletionStages<T>(items: readonly T[], kindOf: (item: T) => KindRef): readonly InStage<T>[] {
  return staged(items, kindOf, DELETION);
}

interface InStage<T> {
  readonly stage: Stage;
  readonly items: T[];
}

function staged<T>(items: readonly T[], kindOf: (item: T) => KindRef, stages: readonly Stage[]): readonly InStage<T>[] {
  const groups = Map.groupBy(items, (item) => stageOf(kindOf(item)));
  return stages.flatMap((stage) => {
    const group = groups.get(stage);
    return group === undefined ? [] : [{ stage, items: group }];
  });
}
