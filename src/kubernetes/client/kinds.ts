import type { KindRef } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';

/** A kind that a server serves, and where. */
export interface ServedKind extends KindRef {
  /** Plural name in paths: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /**
   * Whether `status` is a subresource: then applying an object never writes it. Where it is not, it is a field like any
   * other.
   */
  readonly statusApart: boolean;
}

/** A served kind with what discovery tells beside. */
export interface DiscoveredKind extends ServedKind {
  /** Whether objects of it are kept: there are kinds that can only be created, as one asks a question. */
  readonly kept: boolean;
  /** Whether the version is the one that the server prefers of its group. */
  readonly preferred: boolean;
  /** Singular and short names of the resource. */
  readonly otherNames: readonly string[];
}

/** Path of a group and version: `/api/v1`, `/apis/apps/v1`. */
export function versionPath(apiVersion: string): string {
  return groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

/** Path of all objects of a kind, in one namespace or in all. */
export function collectionPath(kind: ServedKind, namespace: string | undefined): string {
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(kind.apiVersion)}${scope}/${kind.plural}`;
}

/** Path of one object. */
export function objectPath(kind: ServedKind, namespace: string | undefined, name: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** Path of a subresource of an object; without one, of the object itself. */
export function subresourcePath(path: string, subresource: string | undefined): string {
  return subresource === undefined ? path : `${path}/${subresource}`;
}
