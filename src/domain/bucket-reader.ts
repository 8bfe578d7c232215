import type { CallOptions } from './kubernetes-api.ts';

/** Reads what other programs put into buckets. Rejects with `signal.reason` on abort, else with a `WindlassFailure`. */
export interface BucketReader {
  /** The content of an object, or null when there is none of that key. */
  read(bucket: string, key: string, options?: CallOptions): Promise<Uint8Array | null>;
}
