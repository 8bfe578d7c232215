import { isObject, read, readList, readObject, readText } from '../domain/json-fields.ts';
import type { JsonObject } from '../domain/json.ts';
import { groupOf, type KindRef, type KubernetesObject } from '../domain/kubernetes-api.ts';

/** A kind that a CustomResourceDefinition of the set makes, with its schema when it has one. */
export interface DefinedKind extends KindRef {
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether `status` is a subresource. */
  readonly statusApart: boolean;
  readonly schema: JsonObject | null;
}

export function isDefinition(object: KubernetesObject): boolean {
  return object.kind === 'CustomResourceDefinition' && groupOf(object.apiVersion) === 'apiextensions.k8s.io';
}

/** The kinds that a CustomResourceDefinition serves. */
export function kindsDefinedBy(definition: KubernetesObject): DefinedKind[] {
  const group = readText(definition, 'spec', 'group');
  const kind = readText(definition, 'spec', 'names', 'kind');
  const plural = readText(definition, 'spec', 'names', 'plural');
  if (group === undefined || kind === undefined || plural === undefined) return [];
  const namespaced = readText(definition, 'spec', 'scope') === 'Namespaced';
  return readList(definition, 'spec', 'versions').flatMap((version) => {
    const name = readText(version, 'name');
    if (name === undefined || read(version, 'served') !== true) return [];
    const schema = readObject(version, 'schema', 'openAPIV3Schema');
    return [
      {
        apiVersion: `${group}/${name}`,
        kind,
        plural,
        namespaced,
        statusApart: isObject(read(version, 'subresources', 'status')),
        schema: Object.keys(schema).length > 0 ? schema : null,
      },
    ];
  });
}
