import type { BucketReader, ListedObject } from '../domain/bucket-reader.ts';
import { LIMITS } from '../domain/limits.ts';
import { isAbsent, asNotFound } from './absent.ts';
import { openBucket, type BucketHandle } from './ask.ts';
import type { S3Connection } from './client.ts';
import { exchange } from './exchange.ts';
import { codeBehind } from './failure.ts';
import { streamObject } from './pieces.ts';
import type { Bounds } from './transport.ts';
import { childrenOf, parseXml, textOf, type XmlElement } from './xml.ts';

/** Reads objects of any bucket that these credentials may read. */
export function bucketReader(connection: S3Connection, bounds: Partial<Bounds> = {}): BucketReader {
  const open = (bucket: string, signal = new AbortController().signal): BucketHandle =>
    openBucket(connection, bucket, { ...bounds, signal });
  return {
    async read(bucket, key, { signal } = {}) {
      try {
        return await whole(open(bucket, signal), key);
      } catch (error) {
        if (isAbsent(error)) return null;
        throw error;
      }
    },
    async readVersion(bucket, key, versionId, { signal } = {}) {
      try {
        return await whole(open(bucket, signal), key, `versionId=${encodeURIComponent(versionId)}`);
      } catch (error) {
        // So a version is answered that marks a deletion.
        if (isAbsent(error) || codeBehind(error) === 'MethodNotAllowed') return null;
        throw error;
      }
    },
    stream: (bucket, key, { signal } = {}) => streamObject(open(bucket, signal), key),
    list: (bucket, prefix, { signal } = {}) => listObjects(open(bucket, signal), prefix),
  };
}

function whole(handle: BucketHandle, key: string, query = ''): Promise<Uint8Array> {
  const { bucket } = handle;
  return handle.ask(
    `reading ${key}`,
    async (client) => (await exchange(client, { method: 'GET', bucket, key, query, limit: LIMITS.bucketObject })).body,
  );
}

/** The objects below a prefix, page by page. @throws WindlassFailure `NotFound` without the bucket. */
async function* listObjects(handle: BucketHandle, prefix: string): AsyncGenerator<ListedObject> {
  let token = '';
  do {
    const page = await readPage(handle, prefix, token);
    for (const entry of childrenOf(page, 'Contents')) {
      yield { key: textOf(entry, 'Key'), size: Number(textOf(entry, 'Size')) };
    }
    token = textOf(page, 'IsTruncated') === 'true' ? textOf(page, 'NextContinuationToken') : '';
  } while (token !== '');
}

async function readPage(handle: BucketHandle, prefix: string, token: string): Promise<XmlElement> {
  const { bucket } = handle;
  const after = token === '' ? '' : `continuation-token=${encodeURIComponent(token)}&`;
  const query = `${after}list-type=2&prefix=${encodeURIComponent(prefix)}`;
  try {
    return await handle.ask(`listing ${prefix}`, async (client) => {
      const { body } = await exchange(client, { method: 'GET', bucket, query });
      return parseXml(body.toString('utf8'), 'ListBucketResult');
    });
  } catch (error) {
    throw asNotFound(error, `bucket ${bucket}`);
  }
}
