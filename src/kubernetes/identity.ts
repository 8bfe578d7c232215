import { readList, readText } from '../domain/json-fields.ts';
import { groupOf, type KindRef, type KubernetesObject, type ObjectRef } from '../domain/kubernetes-api.ts';

export { groupOf, labelOf } from '../domain/kubernetes-api.ts';

/** Our name in `managedFields`. */
export const FIELD_MANAGER = 'windlass';

export function refOf(object: KubernetesObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** One key per stored object: two versions of one group are the same object. */
export function keyOf(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

/** One key per kind and version. */
export function kindKey(kind: KindRef): string {
  return `${kind.apiVersion}/${kind.kind}`;
}

/** The uids of an object's owners. */
export function ownerUids(object: KubernetesObject): readonly string[] {
  return readList(object, 'metadata', 'ownerReferences').map((owner) => readText(owner, 'uid') ?? '');
}

/** Kinds whose content must not be shown, not even the part that the server repeats in its messages. */
export function isSecretKind(kind: KindRef): boolean {
  return kind.kind === 'Secret' && kind.apiVersion === 'v1';
}

export function isJob({ apiVersion, kind }: KindRef): boolean {
  return kind === 'Job' && groupOf(apiVersion) === 'batch';
}
