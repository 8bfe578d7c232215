import { S3Error } from 'minio';
import type { BucketHandle } from './ask.ts';
import { exchange, headerOf } from './exchange.ts';
import { codeBehind } from './failure.ts';
import { REFUSALS } from './refusals.ts';
import { serverOf, type Server } from './server.ts';

/**
 * Whether the bucket exists and may be used with these credentials, and what answered.
 *
 * @throws WindlassFailure when the server does not answer or refuses to tell, with its reason.
 */
export function lookAt(handle: BucketHandle): Promise<{ readonly exists: boolean; readonly server: Server }> {
  const { bucket } = handle;
  return handle.ask('looking for the bucket', async (client) => {
    try {
      const answer = await exchange(client, { method: 'HEAD', bucket, accept: [200, 404] });
      return { exists: answer.status === 200, server: serverOf(handle.server, headerOf(answer, 'server')) };
    } catch (error) {
      // The answer to a HEAD has no body, hence no reason: a GET of the same bucket is refused with one.
      if (error instanceof S3Error) await client.getBucketVersioning(bucket);
      throw error;
    }
  });
}

/**
 * Makes the bucket, with object lock where asked for, which it can hardly get later. False when it was there already:
 * another worker of ours was first, as happens when a lost activity still runs. Not every server lets only one be first.
 *
 * @param region where the bucket is made.
 * @throws WindlassFailure `BucketRefused` when the name is somebody else's, or the server does not accept it.
 */
export async function makeBucket(handle: BucketHandle, region: string, locking: boolean): Promise<boolean> {
  try {
    await handle.ask('making the bucket', (client) =>
      client.makeBucket(handle.bucket, region, { ObjectLocking: locking }),
    );
    return true;
  } catch (error) {
    const code = codeBehind(error);
    if (code === 'BucketAlreadyOwnedByYou') return false;
    // Some servers say this of one's own bucket too; the list of buckets holds only one's own.
    if (code === 'BucketAlreadyExists' && (await isListed(handle))) return false;
    throw error;
  }
}

async function isListed(handle: BucketHandle): Promise<boolean> {
  try {
    const buckets = await handle.ask('listing the buckets', (client) => client.listBuckets());
    return buckets.some((bucket) => bucket.name === handle.bucket);
  } catch (error) {
    // Keys with narrow rights may not list: then the first answer stands.
    if (codeBehind(error) !== null && REFUSALS[codeBehind(error) ?? '']?.type === 'AccessDenied') return false;
    throw error;
  }
}
