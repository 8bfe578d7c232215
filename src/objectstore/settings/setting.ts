import type { ObjectstoreBucketSpec } from '../../domain/kinds/objectstore-bucket.ts';
import type { BucketHandle } from '../ask.ts';
import type { Server } from '../server.ts';

/** Why a server cannot do what a step asks for. */
export interface Lack {
  /** The rest of a sentence that begins with the server: `has no quotas for buckets`. */
  readonly why: string;
  readonly next: string;
}

/** One setting of a bucket that a step may ask for. */
export interface BucketSetting<Value> {
  /** As plans name it. */
  readonly name: string;
  /** The query of its request, where it is not the name: evidence is seen at `GET s3://bucket?versioning`. */
  readonly query?: string;
  /** The value that the step asks for; undefined when it leaves the setting as it is. */
  wanted(spec: ObjectstoreBucketSpec): Value | undefined;
  /** The value that a bucket has. */
  read(handle: BucketHandle): Promise<Value>;
  /** Makes a bucket have a value. */
  write(handle: BucketHandle, value: Value): Promise<void>;
  /** The value in lines, in an order that does not depend on the server's. Values with the same lines are the same. */
  show(value: Value): readonly string[];
  /** What would be lost by the change, in words; none when it can be taken back. `found` is null for a new bucket. */
  loses?(found: Value | null, wanted: Value): readonly string[];
  /** Why this server has no such setting, told before anything of it is read or written; null when it has. */
  lacks?(server: Server, wanted: Value): Lack | null;
  /** Why this bucket cannot get it any more; null when it can. */
  tooLate?(server: Server, found: Value): Lack | null;
}
