import { groupOf, type KindRef, type ObjectRef } from './kubernetes-api.ts';

/** What one step may make and another must find before it can be planned. */
export type Prerequisite =
  | { readonly is: 'object'; readonly object: ObjectRef }
  /** A kind that a CustomResourceDefinition makes. */
  | { readonly is: 'kind'; readonly kind: KindRef }
  | { readonly is: 'database'; readonly database: string };

export function namespaceAsPrerequisite(name: string): Prerequisite {
  return { is: 'object', object: { apiVersion: 'v1', kind: 'Namespace', name } };
}

/** True when what is made is what is needed; of objects each version of a group is the same one. */
export function isSamePrerequisite(made: Prerequisite, needed: Prerequisite): boolean {
  if (made.is === 'database') return needed.is === 'database' && made.database === needed.database;
  if (made.is === 'kind')
    return (
      needed.is === 'kind' && made.kind.apiVersion === needed.kind.apiVersion && made.kind.kind === needed.kind.kind
    );
  if (needed.is !== 'object') return false;
  const [a, b] = [made.object, needed.object];
  return (
    groupOf(a.apiVersion) === groupOf(b.apiVersion) &&
    a.kind === b.kind &&
    a.namespace === b.namespace &&
    a.name === b.name
  );
}
