import type { Client } from 'minio';
import { pauseFor } from '../clock.ts';
import { hostPort, s3Client, type S3ClientOptions, type S3Connection } from './client.ts';
import { isAbsent } from './absent.ts';
import { s3Failure } from './failure.ts';

/** Waits before the second and the third try, in milliseconds. Longer patience is the retry policy's of the step. */
const PAUSES = [200, 1_000];

/** Failures that are often gone a moment later. An unreachable server is not: its time-outs would add up. */
const BRIEF: ReadonlySet<string> = new Set(['Throttled', 'ServerError', 'TargetBusy']);

/** One bucket of one server, to ask things of. */
export interface BucketHandle {
  readonly bucket: string;
  /** `host:port`. */
  readonly server: string;
  /** What is asked (`making the bucket`) and how; every request may be sent again. */
  ask<T>(doing: string, how: (client: Client) => Promise<T>): Promise<T>;
  /** The same with addresses by path, whatever the connection says: for what is no bucket. */
  byPath(): BucketHandle;
}

/**
 * Opens a bucket, which need not exist. What is asked of it rejects with `signal.reason` when the signal aborts, else
 * with a `WindlassFailure`.
 */
export function openBucket(
  connection: S3Connection,
  bucket: string,
  options: S3ClientOptions & { readonly signal: AbortSignal },
): BucketHandle {
  const client = s3Client(connection, options);
  const server = hostPort(connection.endpoint);
  const { signal } = options;

  async function ask<T>(doing: string, how: (client: Client) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      signal.throwIfAborted();
      try {
        return await how(client);
      } catch (error) {
        signal.throwIfAborted();
        const failure = s3Failure(error, { server, bucket, doing });
        const pause = PAUSES[tries];
        if (pause === undefined || !BRIEF.has(failure.type) || isAbsent(failure)) throw failure;
        await pauseFor(pause, signal);
      }
    }
  }
  const byPath = (): BucketHandle => openBucket({ ...connection, pathStyle: true }, bucket, options);
  return { bucket, server, ask, byPath };
}
