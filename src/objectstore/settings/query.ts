import { createHash } from 'node:crypto';
import { S3Error } from 'minio';
import { WindlassFailure } from '../../domain/failure.ts';
import { jsonIn } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { BucketHandle } from '../ask.ts';
import { exchange } from '../exchange.ts';

/**
 * What the server has of a setting, as it says it.
 *
 * @param absent the code of the answer that there is none, which is null here and no failure; null when the server always
 *   has one.
 * @throws WindlassFailure as `BucketHandle.ask` does.
 */
export function readSetting(
  handle: BucketHandle,
  query: string,
  words: string,
  absent: string | null,
): Promise<string | null> {
  return handle.ask(`reading ${words}`, async (client) => {
    try {
      const { body } = await exchange(client, { method: 'GET', bucket: handle.bucket, query });
      return body.toString('utf8');
    } catch (error) {
      if (absent !== null && error instanceof S3Error && 'code' in error && error.code === absent) return null;
      throw error;
    }
  });
}

/**
 * What a server answers that speaks JSON.
 *
 * @throws WindlassFailure `ServerError` for anything else; none of it is repeated.
 */
export function jsonAnswer({ bucket, server }: BucketHandle, words: string, text: string): Json {
  const answer = jsonIn(text);
  if (answer !== undefined) return answer;
  throw new WindlassFailure('ServerError', `${server}, asked for ${words}, answered something that is no JSON.`, {
    object: `bucket ${bucket}`,
    next: 'See whether something else answers at that address, such as a proxy; then retry.',
  });
}

/** Gives the bucket a setting, in the words of the S3 API. @throws WindlassFailure as `BucketHandle.ask` does. */
export async function writeSetting(handle: BucketHandle, query: string, words: string, text: string): Promise<void> {
  // Servers want this hash of some settings, so that none is set by half.
  const headers = { 'content-md5': createHash('md5').update(text).digest('base64') };
  await handle.ask(`setting ${words}`, (client) =>
    exchange(client, { method: 'PUT', bucket: handle.bucket, query, payload: text, headers }),
  );
}

/** Takes a setting off the bucket. @throws WindlassFailure as `BucketHandle.ask` does. */
export async function removeSetting(handle: BucketHandle, query: string, words: string): Promise<void> {
  await handle.ask(`removing ${words}`, (client) =>
    exchange(client, { method: 'DELETE', bucket: handle.bucket, query }),
  );
}
