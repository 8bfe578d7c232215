import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WindlassClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const ref = { rollout: 'gated', environment: 'lab' };
let own: OwnSettings;
let log: string;
let worker: TestWorker;
let client: WindlassClient;

beforeAll(async () => {
  own = await ownSettings();
  log = join(own.scratch, 'worker.log');
  worker = await TestWorker.start(own.settings, log);
  client = await WindlassClient.connect(readConfig(own.settings));
});
afterAll(async () => {
  await client.close();
  await worker.stop('SIGTERM');
  own.remove();
});

const start = (suffix: string) =>
  client.startDirectory(FIXTURE, { environment: 'lab', parameters: { suffix }, by: 'ada' });

async function approve(): Promise<void> {
  const { status, gates } = await until(async () => {
    const open = await client.gates(ref);
    return open.gates.length > 0 ? open : null;
  });
  await client.decide(ref, 'approve', { status, gate: gates[0]! }, { by: 'ada' });
}

function buckets(): Promise<string[]> {
  const { settings } = own;
  const s3 = s3Client({
    endpoint: settings['WINDLASS_LAB_S3_ENDPOINT']!,
    accessKey: settings['WINDLASS_LAB_S3_ACCESS_KEY']!,
    secretKey: settings['WINDLASS_LAB_S3_SECRET_KEY']!,
    region: 'us-east-1',
    pathStyle: true,
  });
  return s3.listBuckets().then((found) => found.map(({ name }) => name));
}

describe('a worker', () => {
  test('carries a rollout through, tells its histogram by step kind, and logs JSON lines with rollout, phase and step', async () => {
    const suffix = freshName();
    await start(suffix);
    await approve();
    expect((await client.result(ref)).status.state).toBe('done');
    expect(await buckets()).toContain(`gated-${suffix}`);

    const metrics = await (await fetch(worker.metrics)).text();
    expect(metrics).toMatch(/windlass_step_duration\w*_count\{[^}]*kind="objectstore\.bucket"[^}]*\} [1-9]/);
    expect(metrics).toMatch(/temporal_\w+/);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed).toContainEqual(
      expect.objectContaining({
        rollout: 'gated',
        phase: 'make',
        step: 'bucket',
        verb: 'apply',
        message: 'apply done',
      }),
    );
  });

  test('keeps credentials out of its log and out of the record', () => {
    const secret = own.settings['WINDLASS_LAB_S3_SECRET_KEY']!;
    expect(readFileSync(log, 'utf8')).not.toContain(secret);
    const store = join(own.scratch, 'store');
    const files = readdirSync(store, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((f) =>
      f.isFile(),
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain(secret);
  });

  test('refuses a bundle whose file was changed under its digest, and touches nothing', async () => {
    const suffix = freshName();
    const loaded = await loadRollout(FIXTURE, 'lab', { parameters: { suffix } });
    if (!loaded.ok) throw new Error('the fixture is wrong');
    const path = join(own.scratch, 'store', 'bundles', `${loaded.digest}.json`);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '{"rollout":"gated","forged":true}');
    await expect(start(suffix)).rejects.toMatchObject({ type: 'StoreConflict' });
    await client.startStored({ ...ref, bundle: loaded.digest }, { by: 'ada' });
    await expect(client.result(ref)).rejects.toMatchObject({ type: 'BundleCorrupt' });
    expect(await buckets()).not.toContain(`gated-${suffix}`);
  });

  test('says that it is ready while it polls, and drains on SIGTERM with exit code 0', async () => {
    const second = await TestWorker.start(own.settings, join(own.scratch, 'second.log'));
    expect((await fetch(`${second.health}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${second.health}/readyz`)).json()).toEqual({ state: 'RUNNING', gates: 0 });
    expect((await fetch(`${second.health}/secrets`)).status).toBe(404);
    await second.stop('SIGTERM');
    expect(second.exitCode).toBe(0);
    expect(readFileSync(join(own.scratch, 'second.log'), 'utf8')).toContain('worker drained');
  });
});
