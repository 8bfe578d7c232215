import type { Change } from '../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../domain/engine.ts';
import type { Finding } from '../domain/evidence.ts';
import { assertFence } from '../domain/fence.ts';
import type { ObjectstoreBucketSpec } from '../domain/kinds/objectstore-bucket.ts';
import { openBucket, type BucketHandle } from './ask.ts';
import type { S3Connection } from './client.ts';
import { makeBucket } from './existence.ts';
import { changeOf, differingSettings, readState, type BucketState } from './state.ts';
import type { Bounds } from './transport.ts';

/** Requests about a bucket are small: one that takes longer is lost. */
const BOUNDS: Bounds = { idleMs: 10_000, wholeMs: 20_000 };

/**
 * The engine of `objectstore.bucket`. Fails with `AccessDenied`, `BucketRefused`, `TargetUnreachable`, `TargetBusy`,
 * `Throttled`, `ServerError`, `InvalidRollout` (the region) or `FenceLost`; nothing it throws holds a credential.
 */
export function objectstoreBucketEngine(
  connection: S3Connection,
  bounds: Bounds = BOUNDS,
): StepEngine<ObjectstoreBucketSpec> {
  const open = (spec: ObjectstoreBucketSpec, context: EngineContext): BucketHandle =>
    openBucket(connection, spec.bucket, { ...bounds, signal: context.signal });

  async function plan(spec: ObjectstoreBucketSpec, context: EngineContext): Promise<readonly Change[]> {
    return [changeOf(spec.bucket, await readState(open(spec, context), spec))];
  }

  async function apply(spec: ObjectstoreBucketSpec, context: EngineContext): Promise<Applied> {
    const handle = open(spec, context);
    const before = await readState(handle, spec);
    let change = changeOf(spec.bucket, before);
    let state = before;
    if (!before.exists) {
      assertFence(context.fence, `bucket ${spec.bucket}`);
      const made = await makeBucket(handle, connection.region);
      context.progress({ bucket: spec.bucket, made });
      state = await readState(handle, spec);
      // Whoever made it in between may also have set it up.
      if (!made) change = changeOf(spec.bucket, state);
    }
    await writeSettings(handle, state, context);
    return { changes: [change], findings: await verify(spec, context) };
  }

  async function verify(spec: ObjectstoreBucketSpec, context: EngineContext): Promise<readonly Finding[]> {
    return findingsOf(spec.bucket, await readState(open(spec, context), spec));
  }

  return { plan, apply, verify, undo };
}

async function writeSettings(handle: BucketHandle, state: BucketState, context: EngineContext): Promise<void> {
  for (const { setting, wanted } of differingSettings(state)) {
    assertFence(context.fence, `bucket ${handle.bucket}`);
    await setting.write(handle, wanted);
    context.progress({ bucket: handle.bucket, set: setting.name });
  }
}

function findingsOf(bucket: string, state: BucketState): readonly Finding[] {
  const common = { subject: `bucket ${bucket}`, how: 'real', time: new Date().toISOString() } as const;
  const existence: Finding = {
    ...common,
    claim: 'exists',
    holds: state.exists,
    source: `HEAD s3://${bucket}`,
    observed: { exists: state.exists },
  };
  const settings = state.settings.map(({ setting, wanted, found }): Finding => ({
    ...common,
    claim: `${setting.name} is ${wanted}`,
    holds: found === wanted,
    source: `GET s3://${bucket}?${setting.name}`,
    observed: { [setting.name]: found },
  }));
  return [existence, ...settings];
}

function undo(spec: ObjectstoreBucketSpec): string {
  return (
    `Bucket ${spec.bucket} is not deleted and its settings stay: what is in it may be the only copy. ` +
    'Delete it by hand when nobody needs it.'
  );
}
