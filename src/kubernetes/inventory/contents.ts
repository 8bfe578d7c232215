import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { groupKindOf, GROUP_KINDS, NAMESPACES } from './apply-set.ts';

/** Where members of a set can be: what has to be listed to find them all. */
export interface Contents {
  /** `Deployment.apps`, `ConfigMap`. */
  readonly groupKinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

export const NOTHING: Contents = { groupKinds: new Set(), namespaces: new Set() };

export function contentsOf(refs: readonly ObjectRef[]): Contents {
  return {
    groupKinds: new Set(refs.map(groupKindOf)),
    namespaces: new Set(refs.flatMap(({ namespace }) => namespace ?? [])),
  };
}

export function union(a: Contents, b: Contents): Contents {
  return { groupKinds: a.groupKinds.union(b.groupKinds), namespaces: a.namespaces.union(b.namespaces) };
}

export function isSame(a: Contents, b: Contents): boolean {
  return (
    a.groupKinds.symmetricDifference(b.groupKinds).size + a.namespaces.symmetricDifference(b.namespaces).size === 0
  );
}

/** What a parent says. Its own namespace always counts. */
export function readContents(parent: KubernetesObject): Contents {
  const { annotations = {}, namespace } = parent.metadata;
  const own = namespace === undefined ? [] : [namespace];
  return {
    groupKinds: new Set(words(annotations[GROUP_KINDS])),
    namespaces: new Set([...own, ...words(annotations[NAMESPACES])]),
  };
}

/** The same as annotations, in the one order that the specification wants. */
export function annotationsOf({ groupKinds, namespaces }: Contents, parent: ObjectRef): Record<string, string> {
  return {
    [GROUP_KINDS]: [...groupKinds].sort().join(','),
    [NAMESPACES]: [...namespaces]
      .filter((namespace) => namespace !== parent.namespace)
      .sort()
      .join(','),
  };
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}
