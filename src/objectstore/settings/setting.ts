import type { ObjectstoreBucketSpec } from '../../domain/kinds/objectstore-bucket.ts';
import type { BucketHandle } from '../ask.ts';

/** One setting of a bucket that a step may ask for. Its values are texts, as plans and evidence show them. */
export interface BucketSetting {
  /** Also the query of its S3 request, as evidence names it: `GET s3://bucket?versioning`. */
  readonly name: string;
  /** The value that the step asks for; null when it leaves the setting as it is. */
  wanted(spec: ObjectstoreBucketSpec): string | null;
  /** The value that a bucket has. */
  read(handle: BucketHandle): Promise<string>;
  /** Makes a bucket have a value that `wanted` gave. */
  write(handle: BucketHandle, value: string): Promise<void>;
}
