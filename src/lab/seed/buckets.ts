import { readFile } from 'node:fs/promises';
import type { Client } from 'minio';
import { s3Client } from '../../objectstore/client.ts';
import type { LabPaths } from '../directory.ts';
import { LabFailure } from '../failure.ts';
import { reasonOf } from '../probe.ts';
import { readRecord, recordFilling } from '../record.ts';
import type { SeedBucket } from './directory.ts';

/** The region that the lab's S3 answers for. */
const REGION = 'us-east-1';

/**
 * Makes the buckets that are not there yet, with their objects; a bucket that is there stays as it is. One that an earlier
 * seeding was interrupted in, by the lab's record, gets all of its objects.
 *
 * @returns those that were made.
 * @throws LabFailure when the object store refuses something; Error of `node:fs` when a file cannot be read.
 */
export async function seedBuckets(
  paths: LabPaths,
  server: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string },
  buckets: readonly SeedBucket[],
): Promise<string[]> {
  if (buckets.length === 0) return [];
  const client = s3Client({ ...server, region: REGION, pathStyle: true });
  const made: string[] = [];
  for (const bucket of buckets) if (await seedBucket(paths, client, bucket)) made.push(bucket.name);
  return made;
}

async function seedBucket(paths: LabPaths, client: Client, { name, objects }: SeedBucket): Promise<boolean> {
  try {
    const exists = await client.bucketExists(name);
    if (exists && readRecord(paths).filling?.includes(name) !== true) return false;
    recordFilling(paths, name, false);
    if (!exists) await client.makeBucket(name, REGION);
    for (const { key, path } of objects) await client.putObject(name, key, await readFile(path));
    recordFilling(paths, name, true);
    return true;
  } catch (error) {
    throw new LabFailure(
      `The object store refused it: ${reasonOf(error)}`,
      `bucket ${name}`,
      'Correct it, then seed again.',
    );
  }
}
