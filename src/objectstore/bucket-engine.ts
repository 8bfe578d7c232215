import type { Change } from '../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../domain/step-engine.ts';
import type { Finding } from '../domain/evidence.ts';
import { assertFence } from '../domain/fence.ts';
import type { ObjectstoreBucketSpec } from '../domain/kinds/objectstore-bucket.ts';
import { openBucket, type BucketHandle } from './ask.ts';
import type { S3Connection } from './client.ts';
import { makeBucket } from './existence.ts';
import { assertPossible, changeOf, differs, inOneLine, readState, type BucketState } from './state.ts';
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
    const state = await readState(open(spec, context), spec);
    assertPossible(spec.bucket, state);
    return [changeOf(spec.bucket, state)];
  }

  async function apply(spec: ObjectstoreBucketSpec, context: EngineContext): Promise<Applied> {
    const handle = open(spec, context);
    let state = await readState(handle, spec);
    assertPossible(spec.bucket, state);
    let change = changeOf(spec.bucket, state);
    if (!state.exists) {
      assertFence(context.fence, `bucket ${spec.bucket}`);
      const made = await makeBucket(handle, connection.region, spec.objectLock === true);
      context.progress({ bucket: spec.bucket, made });
      state = await readState(handle, spec);
      // Whoever made it in between may also have set it up, and in a way that cannot be changed any more.
      assertPossible(spec.bucket, state);
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
  for (const setting of state.settings.filter(differs)) {
    assertFence(context.fence, `bucket ${handle.bucket}`);
    await setting.write();
    context.progress({ bucket: handle.bucket, set: setting.name });
  }
}

function findingsOf(bucket: string, state: BucketState): readonly Finding[] {
  const common = { how: 'real', time: new Date().toISOString() } as const;
  const existence: Finding = {
    ...common,
    kind: 'bucket-exists',
    about: { bucket },
    holds: state.exists,
    source: `HEAD s3://${bucket}`,
    observed: { exists: state.exists },
  };
  const settings = state.settings.map((setting): Finding => ({
    ...common,
    kind: 'bucket-setting',
    about: { bucket, setting: setting.name, value: inOneLine(setting.wanted) },
    holds: !differs(setting),
    source: `GET s3://${bucket}?${setting.query}`,
    observed: { value: setting.found === null ? null : inOneLine(setting.found) },
  }));
  return [existence, ...settings];
}

function undo(spec: ObjectstoreBucketSpec): string {
  return (
    `Bucket ${spec.bucket} is not deleted and its settings stay: what is in it may be the only copy. ` +
    'Delete it by hand when nobody needs it.'
  );
}
