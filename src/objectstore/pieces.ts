import { WindlassFailure } from '../domain/failure.ts';
import { LIMITS } from '../domain/limits.ts';
import { asNotFound } from './absent.ts';
import type { BucketHandle } from './ask.ts';
import { codeBehind } from './failure.ts';
import { exchange, headerOf, type S3Answer } from './exchange.ts';

const PIECE = 8 * 1024 * 1024;

/**
 * The content of an object, one bounded request for each piece: a reader that takes its time between them holds no
 * connection that could run into a time-out.
 *
 * @throws WindlassFailure `NotFound` without the object, `TargetBusy` when it was overwritten meanwhile; else as
 *   `BucketHandle.ask` does.
 */
export async function* streamObject(handle: BucketHandle, key: string): AsyncGenerator<Uint8Array> {
  const first = await readFirst(handle, key);
  if (first === null) return;
  yield first.body;
  const size = sizeOf(first);
  for (let offset = first.body.length; offset < size; offset += PIECE) {
    const piece = await readPiece(
      handle,
      key,
      offset,
      Math.min(PIECE, size - offset),
      headerOf(first, 'x-amz-version-id'),
    );
    if (headerOf(piece, 'etag') !== headerOf(first, 'etag')) throw overtaken(handle.bucket, key);
    yield piece.body;
  }
}

/** Null when the object is empty: there is no piece that could be had of it. */
async function readFirst(handle: BucketHandle, key: string): Promise<S3Answer | null> {
  try {
    return await readPiece(handle, key, 0, PIECE, null);
  } catch (error) {
    if (codeBehind(error) === 'InvalidRange') return null;
    throw asNotFound(error, `object ${handle.bucket}/${key}`);
  }
}

async function readPiece(
  handle: BucketHandle,
  key: string,
  offset: number,
  length: number,
  version: string | null,
): Promise<S3Answer> {
  const { bucket } = handle;
  const range = `bytes=${String(offset)}-${String(offset + length - 1)}`;
  const query = version === null ? '' : `versionId=${encodeURIComponent(version)}`;
  return handle.ask(`reading ${key}`, (client) =>
    exchange(client, {
      method: 'GET',
      bucket,
      key,
      query,
      headers: { range },
      accept: [200, 206],
      limit: LIMITS.bucketObject,
    }),
  );
}

/** `Content-Range: bytes 0-8388607/73400320` tells the size of the whole; without it the whole was answered. */
function sizeOf(answer: S3Answer): number {
  const whole = /\/(\d+)$/.exec(headerOf(answer, 'content-range') ?? '')?.[1];
  return whole === undefined ? answer.body.length : Number(whole);
}

function overtaken(bucket: string, key: string): WindlassFailure {
  return new WindlassFailure('TargetBusy', 'The object was overwritten while it was read.', {
    object: `object ${bucket}/${key}`,
    next: 'Try again when nobody writes it.',
  });
}
