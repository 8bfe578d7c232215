import type { Json, JsonObject } from './json.ts';

/** A kind as manifests name it: `apps/v1` and `Deployment`. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A kind whose objects live in namespaces, and its resource as Velero names it: `deployments.apps`. */
export interface KindOfNamespace extends KindRef {
  readonly resource: string;
}

/** A kind whose objects are kept, wherever they live. */
export interface KeptKind extends KindOfNamespace {
  readonly namespaced: boolean;
  /** By which the server knows the resource, each with and without its group: `deployments`, `deploy.apps`. */
  readonly names: readonly string[];
}

/** One object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef extends KindRef {
  readonly namespace?: string;
  readonly name: string;
}

/** The group of an API version: empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** How people read an object: `StatefulSet data/zookeeper`, `Namespace data`. */
export function labelOf(ref: Omit<ObjectRef, 'apiVersion'>): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

/** @internal exported for its tests */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly [key: string]: Json;
}

/** An object as the API server takes and gives it. */
export interface KubernetesObject extends KindRef {
  readonly metadata: ObjectMeta;
  readonly [key: string]: Json;
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
}

/** What becomes of the objects that a deleted one owns. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * What engines may ask of a Kubernetes API server. Every method rejects with `signal.reason` as soon as its signal
 * aborts, and otherwise only with a `WindlassFailure`: `TargetUnreachable`, `AccessDenied`, `UnknownKind`, `Throttled`,
 * `ServerError`, and those named at the method. Error texts never hold a body, a header or the value of a Secret.
 */
export interface KubernetesApi {
  /** One object, or a subresource of it; null when there is none of that name. `UnknownKind` without that subresource. */
  get(ref: ObjectRef, options?: CallOptions & { readonly subresource?: 'scale' }): Promise<KubernetesObject | null>;

  /** All objects of a kind, of one namespace or of all; read page by page. */
  list(
    kind: KindRef,
    options?: CallOptions & {
      readonly namespace?: string;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
    },
  ): Promise<readonly KubernetesObject[]>;

  /**
   * Server-side apply with strict field validation, as field manager `windlass`. Gives the object as stored, or as it
   * would be stored with `dryRun`.
   *
   * @throws WindlassFailure `InvalidManifest`, `OwnershipConflict` (unless `force`), `AdmissionDenied`.
   */
  apply(
    object: KubernetesObject,
    options?: CallOptions & { readonly force?: boolean; readonly dryRun?: boolean },
  ): Promise<KubernetesObject>;

  /**
   * Merges fields into an object that exists, or into a subresource of it, as field manager `windlass`: for single fields
   * of objects that somebody else declares. Null takes a field away.
   *
   * @param resourceVersion the state that was looked at before; without it, whatever there is now.
   * @throws WindlassFailure `TargetBusy` when the object has another state by now, `NotFound` when there is none,
   * `InvalidManifest`, `AdmissionDenied`.
   */
  merge(
    ref: ObjectRef,
    fields: JsonObject,
    options?: CallOptions & { readonly subresource?: 'scale'; readonly resourceVersion?: string | undefined },
  ): Promise<KubernetesObject>;

  /**
   * Deletes an object; false when there was none. Its dependents go after it (`Background`, unless said otherwise),
   * before it (`Foreground`), or stay without an owner (`Orphan`).
   *
   * @throws WindlassFailure `TargetBusy` when the object is not the one that the preconditions describe.
   */
  delete(
    ref: ObjectRef,
    options?: CallOptions & {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly propagation?: Propagation;
    },
  ): Promise<boolean>;

  /**
   * The objects there are (as `ADDED`), then every change, for as long as it is iterated. Lost connections are resumed
   * without a gap; where the server has forgotten the past, the difference is listed anew, so that the last event of an
   * object always tells its latest state. Ends only by rejection or by leaving the loop.
   */
  watch(
    kind: KindRef,
    options: { readonly namespace?: string; readonly name?: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent>;
}
