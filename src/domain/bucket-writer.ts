import type { CallOptions } from './kubernetes-api.ts';

/** Puts objects into buckets. Rejects with `signal.reason` on abort, else with a `WindlassFailure`. */
export interface BucketWriter {
  /**
   * Puts an object, over any that has its key. It is there as a whole or not at all: a content that fails in the middle
   * leaves nothing. Up to 150 GiB; of a large content a few parts of some MiB are in memory.
   *
   * @returns the id of the new version; null where the bucket keeps no versions.
   * @throws WindlassFailure `NotFound` when there is no such bucket; whatever `content` throws, as it is.
   */
  put(
    bucket: string,
    key: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options?: CallOptions,
  ): Promise<{ readonly versionId: string | null }>;

  /**
   * Removes an object with all its versions, the marks of its deletion and uploads of it that were never completed: for
   * one that nobody else writes. Where this user may not list versions, or the server has no list, the known one goes.
   * One that is held by a lock stays, and is marked as deleted. One that is not there is removed already.
   *
   * @param versionId the one that is known.
   * @param keep versions that stay.
   * @throws WindlassFailure `AccessDenied` when the object may not be removed in any way.
   */
  remove(
    bucket: string,
    key: string,
    options?: CallOptions & { readonly versionId?: string; readonly keep?: readonly string[] },
  ): Promise<void>;
}
