import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { WindlassClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

// What becomes of the watch at an open gate: a bucket may be made by hand while the gate waits for an approval.
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const REF = { rollout: 'gated', environment: 'lab' };
const PHASE = 'rollout/lab/gated/make';
/** Four of these pass before a gate goes to another worker. */
const SILENCE_SECONDS = 3;
let own: OwnSettings;
let windlass: WindlassClient;
let connection: Connection;
let temporal: Client;
const workers: TestWorker[] = [];

beforeAll(async () => {
  own = await ownSettings();
  windlass = await WindlassClient.connect(readConfig(own.settings));
  connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE'] ?? '' });
});
afterAll(async () => {
  await windlass.close();
  await connection.close();
  await Promise.all(workers.map((worker) => worker.stop('SIGTERM')));
  own.remove();
});

async function startWorker(name: string): Promise<TestWorker> {
  const settings = { ...own.settings, WINDLASS_SILENCE_SECONDS: String(SILENCE_SECONDS) };
  const worker = await TestWorker.start(settings, join(own.scratch, `${name}.log`));
  workers.push(worker);
  return worker;
}

const gatesOf = async ({ health }: TestWorker): Promise<number> =>
  ((await (await fetch(`${health}/healthz`)).json()) as { gates: number }).gates;

const opened = () =>
  until(async () => {
    const { status, gates } = await windlass.gates(REF);
    return gates[0] === undefined ? null : { status, gate: gates[0] };
  });

/** Starts a rollout, and waits until its gate is watched by this worker. */
async function untilWatched(worker: TestWorker): Promise<string> {
  const suffix = freshName();
  await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters: { suffix }, by: 'ada' });
  await opened();
  await until(async () => (await gatesOf(worker)) === 1);
  return `gated-${suffix}`;
}

const state = async () => (await windlass.status(REF)).phases.at(-1)?.steps.at(-1)?.state;
/** The attempt that waits at the gate, as Temporal knows it. */
const pending = async () => (await temporal.workflow.getHandle(PHASE).describe()).raw.pendingActivities?.[0];
const make = (bucket: string) => s3Client(labStore()).makeBucket(bucket, 'us-east-1');

describe('the watch at an open gate', () => {
  test('goes to another worker when its own is killed', async () => {
    const killed = await startWorker('killed');
    const bucket = await untilWatched(killed);
    await killed.stop('SIGKILL');
    const next = await startWorker('next');
    await until(async () => (await gatesOf(next)) === 1);
    await make(bucket);
    expect((await windlass.result(REF)).status.state).toBe('done');
    expect(await gatesOf(next)).toBe(0);
    await next.stop('SIGTERM');
  });

  test('is handed over by a worker that drains, which does not wait for the gate', async () => {
    const drained = await startWorker('drained');
    const bucket = await untilWatched(drained);
    const next = await startWorker('after drain');
    await drained.stop('SIGTERM');
    expect(drained.exitCode).toBe(0);
    await until(async () => (await gatesOf(next)) === 1);
    expect(await pending()).toMatchObject({ lastFailure: { applicationFailureInfo: { type: 'Interrupted' } } });
    await make(bucket);
    expect((await windlass.result(REF)).status.state).toBe('done');
    await next.stop('SIGTERM');
  });

  test('ends when the gate was decided, which cancels its activity', async () => {
    const worker = await startWorker('deciding');
    await untilWatched(worker);
    const answer = await windlass.decide(REF, 'reject', await opened(), { by: 'ada' });
    expect(answer).toMatchObject({ accepted: true });
    await until(async () => (await state()) === 'parked');
    await until(async () => (await gatesOf(worker)) === 0);
    const { events } = await temporal.workflow.getHandle(PHASE).fetchHistory();
    expect(events?.some((event) => event.activityTaskCanceledEventAttributes)).toBe(true);
    const watched = events
      ?.map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled)
      .find((scheduled) => scheduled?.activityType?.name === 'awaitDoneByHand');
    expect(Number(watched?.heartbeatTimeout?.seconds)).toBe(8 * SILENCE_SECONDS);
    expect(await pending()).toBeUndefined();
    await worker.stop('SIGTERM');
  });
});
