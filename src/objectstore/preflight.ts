import { WindlassFailure } from '../domain/failure.ts';
import { openBucket } from './ask.ts';
import type { S3Connection } from './client.ts';
import { lookAt } from './existence.ts';
import { nameOf } from './server.ts';
import { versioning } from './settings/versioning.ts';

/** What an object store says of a bucket, without touching it. */
interface BucketLook {
  /** What answers. */
  readonly server: string | null;
  readonly exists: boolean;
  /** What was refused, in words. */
  readonly refused: readonly string[];
}

/**
 * Asks for a bucket and its settings. Whether a bucket that is not there may be made is told only by making it.
 *
 * @throws WindlassFailure as `BucketHandle.ask`, but for refusals; `signal.reason` once it aborts.
 */
export async function lookAtBucket(connection: S3Connection, bucket: string, signal: AbortSignal): Promise<BucketLook> {
  const handle = openBucket(connection, bucket, { signal });
  try {
    const { exists, server } = await lookAt(handle);
    const refused = exists
      ? await refusedBy(() => versioning.read(handle), `reading the versioning of bucket ${bucket}`)
      : [];
    return { server: nameOf(server), exists, refused };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { server: null, exists: false, refused: [`looking for bucket ${bucket} (${error.message})`] };
  }
}

async function refusedBy(ask: () => Promise<unknown>, what: string): Promise<readonly string[]> {
  try {
    await ask();
    return [];
  } catch (error) {
    if (isRefusal(error)) return [what];
    throw error;
  }
}

function isRefusal(error: unknown): error is WindlassFailure {
  return error instanceof WindlassFailure && (error.type === 'AccessDenied' || error.type === 'BucketRefused');
}
