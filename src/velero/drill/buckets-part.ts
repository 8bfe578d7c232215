import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DrillOf, DrillPart, PartVerdict } from '../../domain/drill-part.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KindRef, KubernetesApi } from '../../domain/kubernetes-api.ts';
import { fieldAt, textAt } from '../values.ts';
import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { BucketWriter } from '../../domain/bucket-writer.ts';

const LOCATION: KindRef = { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation' };

/** What the part works with. */
interface BucketTools {
  readonly api: Pick<KubernetesApi, 'list'>;
  readonly buckets: (target: string) => Promise<BucketAccess>;
}

/** One sentinel object. */
const sentinel = z.object({
  target: z.string(),
  bucket: z.string(),
  key: z.string(),
  sha256: z.string(),
  /** Null where the bucket keeps no versions. */
  version: z.string().nullable(),
});
const sentinels = z.array(sentinel);
type Sentinel = z.output<typeof sentinel>;
/** Where one lies that may have been planted. */
type Place = Pick<Sentinel, 'target' | 'bucket' | 'key' | 'version'>;

/**
 * Buckets: what protects them are their versions, so an object that was planted before the backup must come back by its
 * version. It is brought back into memory; nothing else in the bucket is read or written.
 */
export function bucketsPart(
  { api, buckets: open }: BucketTools,
  { spec: { buckets = [], namespace }, keys, context: { signal } }: DrillOf,
): DrillPart | null {
  if (buckets.length === 0) return null;
  const key = `windlass-sentinel/${keys.step}/${keys.run}`;

  async function plant(nonce: string): Promise<Json> {
    const planted: Sentinel[] = [];
    await noneIsVeleros(
      api,
      namespace,
      buckets.map(({ bucket }) => bucket),
      signal,
    );
    for (const { target, bucket } of buckets) {
      const content = Buffer.from(`${nonce} ${bucket}\n`);
      const { versionId } = await (await open(target)).writer.put(bucket, key, content, { signal });
      // What S3 calls the version of an object in a bucket whose versioning is suspended.
      const version = versionId === 'null' ? null : versionId;
      planted.push({ target, bucket, key, sha256: sha256(content), version });
    }
    return planted;
  }

  async function compare(recorded: Json): Promise<PartVerdict> {
    const checked = await Promise.all(
      sentinels.parse(recorded).map(async (one) => ({ bucket: one.bucket, fault: await faultOf(one) })),
    );
    return {
      faults: checked.flatMap(({ fault }) => (fault === null ? [] : [fault])),
      facts: {
        part: 'buckets',
        broughtBack: checked.filter(({ fault }) => fault === null).map(({ bucket }) => bucket),
      },
    };
  }

  async function faultOf({ target, bucket, key: at, sha256: hash, version }: Sentinel): Promise<string | null> {
    if (version === null) return `bucket ${bucket} keeps no versions: nothing in it can be brought back`;
    const content = await (await open(target)).reader.readVersion(bucket, at, version, { signal });
    if (content === null) return `the sentinel ${bucket}/${at} did not come back by its version`;
    return sha256(content) === hash ? null : `the sentinel ${bucket}/${at} did not come back as it was planted`;
  }

  /**
   * With what attempts planted that could not write down its version. A run that saw several backups being made has put all
   * of their sentinels under one key.
   */
  async function remove({ target, bucket, key: at, version }: Place, kept: readonly Sentinel[], during: AbortSignal) {
    const { writer } = await open(target);
    const keep = kept
      .filter((one) => one.target === target && one.bucket === bucket && one.key === at)
      .flatMap((one) => one.version ?? []);
    await writer.remove(bucket, at, { signal: during, keep, ...(version === null ? {} : { versionId: version }) });
  }

  return {
    name: 'buckets',
    // Journals of earlier runs tell what they planted.
    sweep: () => Promise.resolve(),
    plant,
    record: (planted) => Promise.resolve(planted),
    restore: (recorded) => Promise.resolve(() => compare(recorded)),
    dissolve: () => Promise.resolve(),
    withdraw: async (state, during, kept) => {
      const planted =
        state === null ? buckets.map((bucket) => ({ ...bucket, key, version: null })) : sentinels.parse(state);
      const staying = kept.flatMap((one) => sentinels.parse(one));
      for (const one of planted) await remove(one, staying, during);
    },
  };
}

/**
 * Velero calls a location Unavailable when there are directories in it that are not its own: the sentinel would be one.
 *
 * @throws WindlassFailure `ExpectationFailed`.
 */
async function noneIsVeleros(
  api: Pick<KubernetesApi, 'list'>,
  namespace: string,
  buckets: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const { metadata, spec } of await api.list(LOCATION, { namespace, signal })) {
    const storage = fieldAt(spec, 'objectStorage');
    const bucket = textAt(storage, 'bucket') ?? '';
    const whole = (textAt(storage, 'prefix') ?? '').replaceAll('/', '') === '';
    if (!whole || !buckets.includes(bucket)) continue;
    throw new WindlassFailure(
      'ExpectationFailed',
      `Bucket ${bucket} is all Velero's, and its location becomes Unavailable when anything else is put there.`,
      {
        object: `BackupStorageLocation ${namespace}/${metadata.name}`,
        next: 'Leave the bucket out of `buckets`, or give the storage location a prefix.',
      },
    );
  }
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export interface BucketAccess {
  readonly reader: BucketReader;
  readonly writer: BucketWriter;
}
