import { randomBytes } from 'node:crypto';
import type { S3Connection } from '../../src/objectstore/client.ts';
import { removeWhole } from './support.ts';

/** An object store with buckets of a test file's own. */
export interface Stage {
  readonly store: S3Connection;
  /** A name that no other test uses; the bucket is removed in the end. */
  newBucket(): string;
  clear(): Promise<void>;
}

export function stageOn(store: S3Connection): Stage {
  const made: string[] = [];
  return {
    store,
    newBucket: () => {
      const bucket = `objectstore-${randomBytes(6).toString('hex')}`;
      made.push(bucket);
      return bucket;
    },
    clear: async () => {
      for (const bucket of made) await removeWhole(store, bucket);
    },
  };
}
