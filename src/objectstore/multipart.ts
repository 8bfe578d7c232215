import { createHash } from 'node:crypto';
import { WindlassFailure } from '../domain/failure.ts';
import type { BucketHandle } from './ask.ts';
import { exchange, headerOf } from './exchange.ts';
import { codeBehind } from './failure.ts';
import { buildXml, parseXml, textOf } from './xml.ts';

/** Ten thousand parts are the most that servers take. */
const PART = 16 * 1024 * 1024;

/**
 * A content in parts of the same size, the last one excepted; none when it is empty.
 *
 * @throws what `content` throws; nothing of its own.
 */
export async function* inParts(content: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    let rest = chunk;
    while (size + rest.length >= PART) {
      const taken = PART - size;
      yield Buffer.concat([...held, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      held = [];
      size = 0;
    }
    if (rest.length === 0) continue;
    held.push(rest);
    size += rest.length;
  }
  if (size > 0) yield Buffer.concat(held);
  return undefined;
}

/**
 * Puts an object part by part, and gives its version. An upload that fails is taken back, so that nothing of it stays.
 *
 * @param anew opens the bucket without the signal that may have ended the upload.
 * @throws WindlassFailure as `BucketHandle.ask` does; what `parts` throws.
 */
export async function putInParts(
  handle: BucketHandle,
  key: string,
  parts: AsyncIterable<Buffer>,
  anew: () => BucketHandle,
): Promise<string | null> {
  const upload = await begin(handle, key);
  try {
    const etags: string[] = [];
    for await (const part of parts) etags.push(await putPart(handle, key, upload, etags.length + 1, part));
    return await complete(handle, key, upload, etags);
  } catch (error) {
    // The first failure is the one to tell; parts that stay are for a lifecycle rule.
    await takeBack(anew(), key, upload).catch(() => undefined);
    throw error;
  }
}

/**
 * Removes an upload that was not completed, with its parts; one that is not there is removed already.
 *
 * @throws WindlassFailure as `BucketHandle.ask` does.
 */
export async function takeBack(handle: BucketHandle, key: string, upload: string): Promise<void> {
  const { bucket } = handle;
  const query = `uploadId=${encodeURIComponent(upload)}`;
  try {
    await handle.ask(`taking back ${key}`, (client) => exchange(client, { method: 'DELETE', bucket, key, query }));
  } catch (error) {
    if (codeBehind(error) !== 'NoSuchUpload') throw error;
  }
}

function begin(handle: BucketHandle, key: string): Promise<string> {
  return handle.ask(`writing ${key}`, async (client) => {
    const { body } = await exchange(client, { method: 'POST', bucket: handle.bucket, key, query: 'uploads' });
    return textOf(parseXml(body.toString('utf8'), 'InitiateMultipartUploadResult'), 'UploadId');
  });
}

async function putPart(
  handle: BucketHandle,
  key: string,
  upload: string,
  number: number,
  payload: Buffer,
): Promise<string> {
  const query = `partNumber=${String(number)}&uploadId=${encodeURIComponent(upload)}`;
  const headers = { 'content-md5': createHash('md5').update(payload).digest('base64') };
  const answer = await handle.ask(`writing ${key}`, (client) =>
    exchange(client, { method: 'PUT', bucket: handle.bucket, key, query, payload, headers }),
  );
  return headerOf(answer, 'etag') ?? '';
}

async function complete(
  handle: BucketHandle,
  key: string,
  upload: string,
  etags: readonly string[],
): Promise<string | null> {
  const payload = buildXml('CompleteMultipartUpload', {
    Part: etags.map((etag, index) => ({ PartNumber: String(index + 1), ETag: etag })),
  });
  const query = `uploadId=${encodeURIComponent(upload)}`;
  const answer = await handle.ask(`writing ${key}`, (client) =>
    exchange(client, { method: 'POST', bucket: handle.bucket, key, query, payload }),
  );
  // A server may begin to answer 200 before it has joined the parts, and say only then that it could not.
  if (textOf(parseXml(answer.body.toString('utf8'), 'CompleteMultipartUploadResult'), 'ETag') === '') {
    throw new WindlassFailure('ServerError', `The object store could not join the parts of ${key}.`, {
      object: `bucket ${handle.bucket}`,
      next: 'Nothing to do if it passes; else look at the log of the object store.',
    });
  }
  return headerOf(answer, 'x-amz-version-id');
}
