import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RolloutStatus, StepStatus } from '../../src/domain/status.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { stage, type Stage } from './support/stage.ts';
import { windlass, windlassJson } from './support/windlass.ts';

const client = s3Client(labStore());
let set: Stage;
let bucket: string;

beforeEach(async () => {
  set = await stage();
  bucket = `${set.name}-uploads`;
});
afterEach(() => set.close());

/** Gives the bucket's step a setting. */
async function wanting(setting: string): Promise<void> {
  const file = join(set.rollout, 'rollout.yaml');
  const text = await readFile(file, 'utf8');
  const line = `            bucket: ${bucket}\n`;
  expect(text).toContain(line);
  await writeFile(file, text.replace(line, `${line}            ${setting}\n`));
}

/** Starts the rollout that `windlass init` writes, and waits until the gate of its bucket is open. */
async function untilGate(): Promise<StepStatus> {
  await set.startWorker();
  await windlass(['start', set.rollout, '--environment', 'lab', '--as', 'ada'], set.settings);
  return until(async () => {
    const step = await uploads();
    return (step?.gate ?? null) === null ? null : step;
  });
}

async function uploads(): Promise<StepStatus | undefined> {
  const { document } = await windlassJson(['status', set.name, '--environment', 'lab'], set.settings);
  const { phases } = document as RolloutStatus;
  return phases.flatMap(({ steps }) => steps).find(({ name }) => name === 'uploads');
}

describe('a bucket that is made by hand while its gate is open', () => {
  test('as the step wants it is noticed, and nobody needs to approve', async () => {
    await wanting('versioning: true');
    await untilGate();
    await client.makeBucket(bucket, 'us-east-1');
    await client.setBucketVersioning(bucket, { Status: 'Enabled' });
    await until(async () => (await uploads())?.state === 'unchanged');
  });

  test('without its settings opens the gate again over what is left, which waits for an approval', async () => {
    await wanting('versioning: true');
    const first = await untilGate();
    expect(first.gate?.plan?.lines).toEqual([`create    bucket ${bucket}`]);
    await client.makeBucket(bucket, 'us-east-1');
    const again = await until(async () => {
      const step = await uploads();
      const gate = step?.gate ?? null;
      return gate?.changeDigest === first.gate?.changeDigest ? null : gate;
    });
    expect(again.plan?.lines).toEqual([`update    bucket ${bucket}`]);
    expect(await client.getBucketVersioning(bucket)).toBeFalsy();

    const at = [set.name, '--environment', 'lab', '--yes', '--as', 'demo'];
    expect(await windlass(['approve', ...at], set.settings)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('versioning: off -> enabled') as unknown,
    });
    await until(async () => (await uploads())?.state === 'done');
    expect(await client.getBucketVersioning(bucket)).toMatchObject({ Status: 'Enabled' });
  });

  test('in a way that its step cannot mend parks the step with the reason', async () => {
    await wanting('objectLock: true');
    await untilGate();
    await client.makeBucket(bucket, 'us-east-1');
    const parked = await until(async () => {
      const step = await uploads();
      return step?.state === 'parked' ? step : null;
    });
    expect(parked.failure).toMatchObject({
      type: 'BucketRefused',
      message: expect.stringContaining('gives object lock only to a new bucket') as unknown,
    });
  });
});
