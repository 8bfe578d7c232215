import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labPaths } from '../directory.ts';
import { nodeNames } from '../node/names.ts';
import { LOOPBACK } from '../ports.ts';
import type { ServerContext } from '../context.ts';

/** The servers of which every lab has one, for S3. */
export type ObjectStore = 'minio' | 'seaweedfs';

/** Which of them has the lab's buckets, as long as they are there; undefined in a lab that never had any. */
export function storeOfLab(dir: string): ObjectStore | undefined {
  const { data } = labPaths(dir);
  if (existsSync(join(data, 'seaweedfs', 'data'))) return 'seaweedfs';
  return existsSync(join(data, 'minio', 'objects')) ? 'minio' : undefined;
}

/** The port of the lab's object store on loopback. */
export function s3Port(context: ServerContext): number {
  return context.port(context.has('seaweedfs') ? 'seaweedfs' : 'minio', 's3');
}

/** The address for those who use the lab: beside a real node one that its pods reach too, since Velero is one of them. */
export function s3Address(context: ServerContext): string {
  const host = context.has('node') ? nodeNames(context.paths).gateway : LOOPBACK;
  return `http://${host}:${String(s3Port(context))}`;
}
