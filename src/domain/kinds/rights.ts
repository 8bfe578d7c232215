import type { KindRef } from '../kubernetes-api.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

/** What must be allowed on objects of a kind. How the resource is called is for the cluster to say. */
export interface KindRight extends KindRef {
  readonly verbs: readonly Verb[];
  readonly subresource?: 'scale' | 'log';
  /** Absent for kinds without namespaces, and for all of them. */
  readonly namespace?: string;
  /** Absent for objects of any name. */
  readonly names?: readonly string[];
  /** What cannot be told without it, where the step goes on all the same. */
  readonly without?: string;
}

/** What steps of a kind must be allowed on the cluster that they act on. */
export interface Rights<Spec> {
  /** On each object that the step declares. `list` counts from a few objects of one kind and namespace on. */
  readonly declared?: (spec: Spec) => readonly Verb[];
  /** On each kind of object that any step of the rollout declares on the cluster. */
  readonly everything?: readonly Verb[];
  /** On the ConfigMaps that say who acts and what a rollout owns, in the target's `inventoryNamespace`. */
  readonly inventory?: readonly Verb[];
  /** The cluster, where it is not the step's target. */
  readonly on?: (spec: Spec) => string;
  /** @param namespaces those of the objects that it declares. */
  readonly others?: (spec: Spec, namespaces: readonly string[]) => readonly KindRight[];
}

const READ: readonly Verb[] = ['get', 'list', 'watch'];
const POD: KindRef = { apiVersion: 'v1', kind: 'Pod' };
const WHETHER_REAL = 'whether pods really run, since nodes may be simulated';

/** What tells whether workloads become ready, and why they do not. */
export function waiting(namespaces: readonly string[]): readonly KindRight[] {
  const why = 'why a workload does not become ready';
  return [
    ...namespaces.flatMap((namespace): readonly KindRight[] => [
      { ...POD, verbs: READ, namespace, without: why },
      { apiVersion: 'v1', kind: 'Event', verbs: READ, namespace, without: why },
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', verbs: READ, namespace, without: why },
    ]),
    { apiVersion: 'v1', kind: 'Node', verbs: ['list'], without: WHETHER_REAL },
  ];
}

/** To read namespaces, by their names. */
export function namespacesRead(names: readonly string[]): readonly KindRight[] {
  return names.length === 0 ? [] : [{ apiVersion: 'v1', kind: 'Namespace', verbs: ['get'], names }];
}

/** On kinds of Velero, where it lives. */
export function veleroRight(kind: string, verbs: readonly Verb[], namespace: string): KindRight {
  return { apiVersion: 'velero.io/v1', kind, verbs, namespace };
}

/** For whoever writes as the holder of a lock. */
export const INVENTORY: readonly Verb[] = ['get', 'create', 'patch'];
/** What an object takes that is applied. */
export const APPLIED: readonly Verb[] = ['get', 'list', 'create', 'patch'];
/** What a ConfigMap or Secret takes that is read, made, changed and taken away again. */
export const KEPT: readonly Verb[] = ['get', 'list', 'create', 'patch', 'delete'];
/** What an object of Velero takes that is asked for, and waited for. */
export const ASKED: readonly Verb[] = ['get', 'list', 'watch', 'create', 'patch'];
