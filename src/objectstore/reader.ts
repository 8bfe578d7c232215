import { buffer } from 'node:stream/consumers';
import type { BucketReader } from '../domain/bucket-reader.ts';
import { codeBehind, openBucket } from './ask.ts';
import type { S3Connection } from './client.ts';

const ABSENT: ReadonlySet<string | null> = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);

/** Reads objects of any bucket that these credentials may read. */
export function bucketReader(connection: S3Connection): BucketReader {
  return {
    async read(bucket, key, { signal = new AbortController().signal } = {}) {
      try {
        const handle = openBucket(connection, bucket, { signal });
        return await handle.ask(`reading ${key}`, async (client) => buffer(await client.getObject(bucket, key)));
      } catch (error) {
        if (ABSENT.has(codeBehind(error))) return null;
        throw error;
      }
    },
  };
}
