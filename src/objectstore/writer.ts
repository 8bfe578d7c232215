import { createHash } from 'node:crypto';
import type { BucketWriter } from '../domain/bucket-writer.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { asNotFound, isAbsent } from './absent.ts';
import { openBucket, type BucketHandle } from './ask.ts';
import type { S3Connection } from './client.ts';
import { exchange, headerOf } from './exchange.ts';
import { inParts, putInParts, takeBack } from './multipart.ts';
import type { Bounds } from './transport.ts';
import { uploadsOf, versionsOf } from './versions.ts';

/** Puts objects into any bucket that these credentials may write. */
export function bucketWriter(connection: S3Connection, bounds: Partial<Bounds> = {}): BucketWriter {
  const open = (bucket: string, signal = new AbortController().signal): BucketHandle =>
    openBucket(connection, bucket, { ...bounds, signal });
  return {
    async put(bucket, key, content, { signal } = {}) {
      const handle = open(bucket, signal);
      // Parts are told from the last one by looking one ahead: what fits into one needs no upload in parts.
      const parts = inParts(content);
      const first = await parts.next();
      const second = first.done === true ? first : await parts.next();
      try {
        const versionId =
          second.done === true
            ? await putWhole(handle, key, first.done === true ? Buffer.alloc(0) : first.value)
            : await putInParts(handle, key, rejoined([first.value as Buffer, second.value], parts), () => open(bucket));
        return { versionId };
      } catch (error) {
        throw asNotFound(error, `bucket ${bucket}`);
      } finally {
        await parts.return(undefined);
      }
    },
    async remove(bucket, key, { signal, versionId, keep = [] } = {}) {
      const handle = open(bucket, signal);
      try {
        const versions = (await versionsOf(handle, key)) ?? [versionId];
        const meant = versions.filter((version) => version === undefined || !keep.includes(version));
        let held = false;
        for (const version of meant) held = (await isHeld(handle, key, version)) || held;
        for (const upload of (await uploadsOf(handle, key)) ?? []) await takeBack(handle, key, upload);
        if (held) await removeVersion(handle, key, undefined);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    },
  };
}

/** Removes a version, or marks the object as deleted; what is removed already is no failure. */
async function removeVersion(handle: BucketHandle, key: string, versionId: string | undefined): Promise<void> {
  const query = versionId === undefined ? '' : `versionId=${encodeURIComponent(versionId)}`;
  try {
    await handle.ask(`removing ${key}`, (client) =>
      exchange(client, { method: 'DELETE', bucket: handle.bucket, key, query }),
    );
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Removes a version unless it may not be removed, as under a lock. */
async function isHeld(handle: BucketHandle, key: string, versionId: string | undefined): Promise<boolean> {
  try {
    await removeVersion(handle, key, versionId);
    return false;
  } catch (error) {
    if (versionId === undefined || !(error instanceof WindlassFailure) || error.type !== 'AccessDenied') throw error;
    return true;
  }
}

async function putWhole(handle: BucketHandle, key: string, payload: Buffer): Promise<string | null> {
  const { bucket } = handle;
  const headers = { 'content-md5': createHash('md5').update(payload).digest('base64') };
  const answer = await handle.ask(`writing ${key}`, (client) =>
    exchange(client, { method: 'PUT', bucket, key, payload, headers }),
  );
  return headerOf(answer, 'x-amz-version-id');
}

async function* rejoined(taken: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* taken;
  yield* rest;
}
