import type { CallOptions } from './kubernetes-api.ts';

/** One object of a bucket, as its list names it. */
export interface ListedObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}

/** Reads what other programs put into buckets. Rejects with `signal.reason` on abort, else with a `WindlassFailure`. */
export interface BucketReader {
  /** The content of an object, or null when there is none of that key. @throws WindlassFailure `LimitExceeded` */
  read(bucket: string, key: string, options?: CallOptions): Promise<Uint8Array | null>;

  /** The content of one version of an object, or null when there is none of that id or it marks a deletion. Throws as `read` does. */
  readVersion(bucket: string, key: string, versionId: string, options?: CallOptions): Promise<Uint8Array | null>;

  /**
   * The content of an object in pieces of some MiB, asked for as they are taken: whoever iterates may take its time. An
   * object that is overwritten meanwhile is never mixed with its successor.
   *
   * @throws WindlassFailure `NotFound` when there is none of that key, `TargetBusy` when another object took its place.
   */
  stream(bucket: string, key: string, options?: CallOptions): AsyncIterable<Uint8Array>;

  /**
   * The objects whose keys begin with a prefix, in the order of their keys; page by page.
   *
   * @throws WindlassFailure `NotFound` when there is no such bucket.
   */
  list(bucket: string, prefix: string, options?: CallOptions): AsyncIterable<ListedObject>;
}
