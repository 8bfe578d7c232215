import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { OverLimit, type Limit } from './domain/limit.ts';

/**
 * Reads a file that others wrote, and never more of it than the limit. Without `O_NONBLOCK` a pipe in its place would be
 * waited for, for ever; a device would never end.
 *
 * @param what as the subject of a sentence.
 * @throws WindlassFailure `LimitExceeded`; ErrnoException, `EISDIR` for a directory and `ENXIO` for whatever else is no file.
 */
export async function readFileWithin(path: string, limit: Limit, what = 'The file'): Promise<Buffer> {
  const file = await openFile(path);
  try {
    return await joinedWithin(file.createReadStream({ autoClose: false }), limit, what, path);
  } finally {
    await file.close();
  }
}

/**
 * Opens a regular file to read.
 *
 * @throws ErrnoException; `EISDIR` for a directory, and `ENXIO` for whatever else is no file.
 */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = await file.stat().catch(() => null);
  if (found?.isFile() === true) return file;
  await file.close();
  throw Object.assign(new Error('not a file'), { code: found?.isDirectory() === true ? 'EISDIR' : 'ENXIO' });
}

/**
 * The bytes of a stream in one piece. Beyond the limit it is left, which ends what it comes from.
 *
 * @throws WindlassFailure `LimitExceeded`; what `chunks` throws.
 */
export async function joinedWithin(
  chunks: AsyncIterable<Uint8Array>,
  limit: Limit,
  what: string,
  object: string,
): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of within(chunks, limit, what, object)) all.push(chunk);
  return Buffer.concat(all);
}

/**
 * The same bytes as they come, as far as the limit.
 *
 * @throws WindlassFailure `LimitExceeded` in the place of the piece that goes beyond it; what `chunks` throws.
 */
export async function* within<T extends Uint8Array>(
  chunks: AsyncIterable<T>,
  limit: Limit,
  what: string,
  object: string,
): AsyncGenerator<T> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit.most) throw new OverLimit(limit, what, object);
    yield chunk;
  }
}

/**
 * Unpacks gzip, and never more of it than the limit.
 *
 * @throws WindlassFailure `LimitExceeded`; Error of zlib for what is damaged or not packed.
 */
export async function unpackedWithin(packed: Uint8Array, limit: Limit, what: string, object: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: limit.most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new OverLimit(limit, what, object);
    throw error;
  }
}
