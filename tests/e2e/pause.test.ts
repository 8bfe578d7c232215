import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RolloutStatus } from '../../src/client.ts';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import { until } from '../support/poll.ts';
import type { TestWorker } from '../support/worker.ts';
import { driftingStage, type DriftingStage } from './support/drifting.ts';
import { windlass, windlassJson } from './support/windlass.ts';

let set: DriftingStage;
let worker: TestWorker;
let connection: Connection;
beforeAll(async () => {
  set = await driftingStage({ spec: { drift: 'refuse' } });
  worker = await set.startWorker();
  expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
  connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
});
afterAll(async () => {
  await connection.close();
  await set.close();
});

const at = ['--environment', 'lab'];
const told = (verb: string, ...more: string[]) =>
  windlassJson([verb, set.name, ...at, '--as', 'grace', ...more], set.settings);

async function status(): Promise<RolloutStatus> {
  return (await windlassJson(['status', set.name, ...at], set.settings)).document as RolloutStatus;
}
async function step() {
  return (await status()).phases[0]?.steps[0];
}
/** Whether the phase has been told: its workflow has checked the command. */
async function phaseHas(summary: string): Promise<boolean> {
  const client = new Client({ connection, namespace: set.settings['TEMPORAL_NAMESPACE'] ?? '' });
  const { events } = await client.workflow.getHandle(phaseWorkflowId('lab', set.name, 'data')).fetchHistory();
  const scheduled = events?.filter(({ userMetadata }) =>
    Buffer.from(userMetadata?.summary?.data ?? [])
      .toString()
      .includes(summary),
  );
  const done = new Set(events?.map((event) => String(event.activityTaskCompletedEventAttributes?.scheduledEventId)));
  return scheduled?.some(({ eventId }) => done.has(String(eventId))) === true;
}

test('a paused run stands still through the death of its worker, although its gate is approved, and goes on once it is resumed', async () => {
  await set.paint('green');
  expect(await windlass(['start', set.rollout, ...at, '--as', 'ada'], set.settings)).toMatchObject({ code: 0 });
  await until(async () => (await step())?.state === 'gate');
  expect(await told('pause', '--comment', 'the network is moved')).toMatchObject({
    code: 0,
    document: { accepted: true },
  });
  await until(() => phaseHas('check pause'));
  // Once more changes nothing.
  expect(await told('pause')).toMatchObject({ code: 0, document: { sent: null } });

  await worker.stop('SIGKILL');
  worker = await set.startWorker();
  // Temporal gives the tasks of a worker that is gone to others after a while: until then nobody answers.
  await until(async () => (await windlass(['status', set.name, ...at], set.settings)).code === 0);
  expect(await status()).toMatchObject({
    state: 'paused',
    pauses: 1,
    paused: { by: 'grace', comment: 'the network is moved' },
  });
  const shown = await windlass(['status', set.name, ...at, '--exit-code'], set.settings);
  expect(shown).toMatchObject({ code: 5, stdout: expect.stringContaining('Paused by grace since') });
  expect(shown.stdout).toContain(`windlass resume ${set.name} --environment lab`);
  await until(async () => {
    const { document } = await windlassJson(['list', ...at, '--blocked'], set.settings);
    const { rollouts } = document as { rollouts: { rollout: string; state: string; blockedOn: string }[] };
    const own = rollouts.find(({ rollout }) => rollout === set.name);
    return own?.state === 'paused' && own.blockedOn === 'paused by grace, gate data/apps';
  });
  const report = await windlass(['report', set.name, ...at], set.settings);
  expect(report.stdout).toContain('is PAUSED by grace (the network is moved)');

  expect(await told('approve', '--yes')).toMatchObject({ code: 0 });
  await until(async () => (await step())?.state === 'pending');
  expect(await set.colour()).toBe('green');
  const locks = await windlass(['locks', 'list', set.name, ...at], set.settings);
  expect(locks.stdout).toContain(`cluster-${set.name}: free`);

  expect(await told('resume')).toMatchObject({ code: 0, document: { accepted: true } });
  await until(async () => (await status()).state === 'done');
  expect(await set.colour()).toBe('red');
  expect(await told('resume')).toMatchObject({ code: 0, document: { sent: null } });
  const after = await windlass(['report', set.name, ...at], set.settings);
  expect(after.stdout).toMatch(/pause[^]*the network is moved[^]*resume/);
});

test('a paused run can be cancelled, and another start begins unpaused', async () => {
  await set.paint('blue');
  expect(await windlass(['start', set.rollout, ...at, '--as', 'ada'], set.settings)).toMatchObject({ code: 0 });
  await until(async () => (await step())?.state === 'gate');
  expect(await told('pause')).toMatchObject({ code: 0 });
  expect(await told('cancel')).toMatchObject({ code: 0 });
  await until(async () => (await status()).state === 'cancelled');
  expect(await set.colour()).toBe('blue');
  expect(await windlass(['start', set.rollout, ...at, '--as', 'ada'], set.settings)).toMatchObject({ code: 0 });
  await until(async () => (await step())?.state === 'gate');
  expect((await status()).state).toBe('blocked');
  expect(await told('approve', '--yes')).toMatchObject({ code: 0 });
  await until(async () => (await status()).state === 'done');
});
