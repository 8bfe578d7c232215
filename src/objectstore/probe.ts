import { randomUUID } from 'node:crypto';
import { CLOCK } from '../clock.ts';
import { comparisonOf } from '../domain/kinds/comparison.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine, type Sighting } from '../domain/probing.ts';
import { inTime, judged, type Asking, type Reading } from '../domain/reading.ts';
import type { Resolved } from '../domain/reference.ts';
import { placeLabel, valueAt, type SecretReader } from '../domain/secret-place.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { openBucket } from './ask.ts';
import { hostPort, type S3Connection } from './client.ts';
import { bucketReader } from './reader.ts';
import { bucketWriter } from './writer.ts';

export type S3ProbeSpec = Resolved<Extract<ProbeSpec, { protocol: 's3' }>>;

/** What is counted; without a bucket in all of them. */
export interface S3Question {
  readonly bucket?: string | undefined;
  readonly prefix: string;
  readonly of: 'objects' | 'bytes' | 'buckets';
}

/** What was asked of a bucket, and did not end within the time of one try, goes on being removed for so long. */
const REMOVE_MS = 10_000;

/** `probe` with protocol `s3`: a bucket is listed, or gives back what was put. */
export function s3ProbeEngine(
  connection: S3Connection,
  secrets: SecretReader = () => Promise.resolve(null),
): StepEngine<S3ProbeSpec> {
  return probeEngine(
    {
      label: (spec) => {
        const by = spec.keys === undefined ? '' : `, signed with ${placeLabel(spec.keys.accessKey)},`;
        return `${s3Label(connection, spec)}${by}`;
      },
      expects: (spec) => {
        const comparison = comparisonOf(spec);
        if (comparison !== null) return { protocol: 's3', of: spec.of, is: comparison };
        return { protocol: 's3', of: spec.roundTrip ? 'round trip' : 'list' };
      },
      ask: async (spec, context, ms) => {
        const asking = { ...context, ms };
        const signed = await signedBy(connection, spec, secrets, asking);
        return 'unknown' in signed ? { met: false, seen: signed.unknown } : ask(signed, spec, asking);
      },
    },
    CLOCK,
  );
}

/** What is asked, without secrets. */
export function s3Label(connection: S3Connection, { bucket, prefix }: Omit<S3Question, 'of'>): string {
  const server = hostPort(connection.endpoint);
  return bucket === undefined
    ? `object store ${server}`
    : `bucket ${bucket}${prefix === '' ? '' : `/${prefix}`} at ${server}`;
}

/**
 * How many objects, bytes or buckets there are.
 *
 * @throws `asking.signal.reason` once it aborts.
 */
export function readS3(
  connection: S3Connection,
  { bucket, prefix, of }: S3Question,
  asking: Asking & { readonly ms: number },
): Promise<Reading> {
  return inTime(asking, async (signal): Promise<Reading> => {
    const buckets = bucket === undefined ? await bucketsOf(connection, signal) : [bucket];
    if (of === 'buckets') return { value: buckets.length };
    const reader = bucketReader(connection);
    let value = 0;
    for (const one of buckets)
      for await (const { size } of reader.list(one, prefix, { signal })) value += of === 'bytes' ? size : 1;
    return { value };
  });
}

/** The connection with the keys of a spec; or why these cannot be had. */
async function signedBy(
  connection: S3Connection,
  { keys }: S3ProbeSpec,
  secrets: SecretReader,
  asking: Asking & { readonly ms: number },
): Promise<S3Connection | { readonly unknown: string }> {
  if (keys === undefined) return connection;
  let signed = connection;
  const reading = await inTime(asking, async (signal) => {
    const [accessKey, secretKey] = await Promise.all(
      [keys.accessKey, keys.secretKey].map((place) => valueAt(place, secrets, { ...asking, signal })),
    );
    signed = { ...connection, accessKey: accessKey ?? '', secretKey: secretKey ?? '' };
    return { value: true };
  });
  return 'unknown' in reading ? reading : signed;
}

async function ask(
  connection: S3Connection,
  spec: S3ProbeSpec,
  asking: Asking & { readonly ms: number },
): Promise<Sighting> {
  const comparison = comparisonOf(spec);
  if (comparison !== null) return judged(await readS3(connection, spec, asking), comparison);
  const reading = await inTime(asking, (signal) =>
    spec.roundTrip ? roundTrip(connection, spec, signal) : firstPage(connection, spec, signal),
  );
  return 'unknown' in reading ? { met: false, seen: reading.unknown } : { met: true, seen: String(reading.value) };
}

async function firstPage(connection: S3Connection, { bucket, prefix }: S3ProbeSpec, signal: AbortSignal) {
  await bucketReader(connection).list(bucket, prefix, { signal })[Symbol.asyncIterator]().next();
  return { value: 'could be listed' };
}

async function roundTrip(
  connection: S3Connection,
  { bucket, prefix }: S3ProbeSpec,
  signal: AbortSignal,
): Promise<Reading> {
  const key = `${prefix}windlass-probe-${randomUUID()}`;
  const content = Buffer.from(randomUUID());
  const writer = bucketWriter(connection);
  try {
    await writer.put(bucket, key, content, { signal });
    const back = await bucketReader(connection).read(bucket, key, { signal });
    if (back === null) return { unknown: 'does not give back what was put' };
    if (!content.equals(back)) return { unknown: 'gives back something else than was put' };
  } catch (error) {
    // Whether it was put is not known: what cannot be removed either is told by the first error.
    await writer.remove(bucket, key, { signal: AbortSignal.timeout(REMOVE_MS) }).catch(() => undefined);
    throw error;
  }
  await writer.remove(bucket, key, { signal });
  return { value: 'gave back what was put' };
}

async function bucketsOf(connection: S3Connection, signal: AbortSignal): Promise<readonly string[]> {
  const server = openBucket(connection, '*', { signal });
  const buckets = await server.ask('listing the buckets', (client) => client.listBuckets());
  return buckets.map(({ name }) => name);
}
