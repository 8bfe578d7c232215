import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { WindlassClient, type Actor } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { labAddresses } from '../../src/lab/addresses.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

// Rollouts at their gate whose history grows long, where starts and decisions are signed.
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const REF = { rollout: 'gated', environment: 'lab' };
const ID = 'rollout/lab/gated';
const PHASE = `${ID}/make`;
const EVENTS = 60;
const pairs = { ada: generateKeyPairSync('ed25519'), grace: generateKeyPairSync('ed25519') };
const actor = (by: keyof typeof pairs): Actor => ({
  by,
  sign: (text) => sign(null, Buffer.from(text), pairs[by].privateKey).toString('base64'),
});
let own: OwnSettings;
let worker: TestWorker;
let windlass: WindlassClient;
let connection: Connection;
let temporal: Client;

async function policyFor(): Promise<string> {
  const key = (by: keyof typeof pairs) => [
    { key: pairs[by].publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
  ];
  const lab = {
    ...{ signatures: 'required', selfApproval: false, signers: { ada: key('ada'), grace: key('grace') } },
    references: { variables: ['WINDLASS_LAB_*'] },
    endpoints: [...labAddresses()],
  };
  return writePolicy(join(own.scratch, 'policy.yaml'), { lab });
}

beforeAll(async () => {
  own = await ownSettings();
  const settings = { ...own.settings, WINDLASS_POLICY: await policyFor(), WINDLASS_ROLLOUT_EVENTS: String(EVENTS) };
  worker = await TestWorker.start(settings, join(own.scratch, 'worker.log'));
  windlass = await WindlassClient.connect(readConfig(own.settings));
  connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE'] ?? '' });
});
afterAll(async () => {
  await windlass.close();
  await connection.close();
  await worker.stop('SIGTERM');
  own.remove();
});

const rollout = () => temporal.workflow.getHandle(ID);
const runOf = async () => (await rollout().describe()).runId;
const openGate = () =>
  until(async () => {
    const { status, gates } = await windlass.gates(REF);
    return gates[0] === undefined ? null : { status, gate: gates[0] };
  });

/** Sends the rollout so many messages that it does not take, as fast as Temporal takes them. */
async function flood(messages: number): Promise<void> {
  for (let sent = 0; sent < messages; sent += 50)
    await Promise.all(Array.from({ length: 50 }, () => rollout().signal('unheard-of', sent)));
}

/** Makes the rollout continue as a new run. */
async function continued(): Promise<string> {
  const before = await runOf();
  for (;;) {
    await flood(50);
    // Each answer is one of a worker that has taken up what came before.
    await windlass.status(REF);
    const now = await runOf();
    if (now !== before) return now;
  }
}

/** Runs of the rollout that Temporal knows, with how many events each has. */
async function lengths(): Promise<number[]> {
  const found: number[] = [];
  for await (const { runId, historyLength } of temporal.workflow.list({ query: `WorkflowId = "${ID}"` }))
    found.push(runId === '' ? 0 : historyLength);
  return found;
}

describe('a rollout whose history grows long', () => {
  let first: string;
  beforeEach(async () => {
    const parameters = { suffix: freshName() };
    first = (await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters, ...actor('grace') })).run;
    await openGate();
  });

  // A test that fails leaves the next one nothing to wait for.
  afterEach(async () => {
    await rollout()
      .terminate()
      .catch(() => undefined);
  });

  test('is one run for whoever asks, decides and reads its record, though Temporal has forgotten the one that began it', async () => {
    const shown = await openGate();
    await continued();
    await continued();
    // As Temporal does once its retention is over.
    const { namespace } = temporal.options;
    const { workflowService } = connection;
    await workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: ID, runId: first } });
    await until(async () => ((await lengths()).length === 2 ? true : null));

    const { status, gate } = await openGate();
    expect(status.run).toBe(first);
    expect(gate).toEqual(shown.gate);
    // Whoever has started it approves nothing.
    expect(await windlass.decide(REF, 'approve', shown, actor('grace'))).toMatchObject({ accepted: false });
    expect(await windlass.decide(REF, 'approve', shown, actor('ada'))).toMatchObject({ accepted: true });
    const { status: ended } = await windlass.result(REF);
    expect(ended).toMatchObject({ state: 'done', run: first, phases: [{ state: 'done' }, { state: 'done' }] });
    expect(await windlass.status(REF)).toMatchObject({ state: 'done', run: first });

    const record = openRecord(openStore(own.settings['WINDLASS_STORE'] ?? '', null));
    const { entries } = await record.read({ ...REF, run: first });
    const of = (type: string) => entries.filter(({ body }) => body.type === type);
    expect(of('start')).toHaveLength(1);
    expect(of('decision').map(({ body }) => body.type === 'decision' && body.denial === null)).toEqual([false, true]);
    expect(of('verdict')).toHaveLength(1);
  });

  test('is flooded, and takes a decision all the same; no run of it grows beyond what Temporal takes', async () => {
    const shown = await openGate();
    const flooded = flood(2_000).catch(() => undefined);
    expect(await windlass.decide(REF, 'approve', shown, actor('ada'))).toMatchObject({ accepted: true });
    await flooded;
    expect((await windlass.result(REF)).status.state).toBe('done');
    for (const events of await lengths()) expect(events).toBeLessThan(5_000);
  });

  test('is cancelled with the phase that a run before has begun', async () => {
    await continued();
    const cancel = { action: 'cancel', run: first, phase: '', step: '' } as const;
    expect(await windlass.command(REF, cancel, actor('ada'))).toEqual({ accepted: true });
    await expect(windlass.result(REF)).rejects.toMatchObject({ message: 'The rollout was cancelled.' });
    expect((await temporal.workflow.getHandle(PHASE).describe()).status.name).toBe('CANCELLED');
    expect(await windlass.status(REF)).toMatchObject({ state: 'cancelled', phases: [{}, { state: 'cancelled' }] });
  });

  test('is reset to no second use of its start', async () => {
    const second = await continued();
    const { events = [] } = await until(async () => {
      const history = await rollout().fetchHistory();
      return (history.events ?? []).some((event) => event.activityTaskCompletedEventAttributes) ? history : null;
    });
    const at = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? null;
    await connection.workflowService.resetWorkflowExecution({
      ...{ namespace: temporal.options.namespace, workflowExecution: { workflowId: ID, runId: second } },
      ...{ reason: 'test', workflowTaskFinishEventId: at, requestId: freshName() },
    });
    await expect(rollout().result()).rejects.toMatchObject({
      cause: { message: 'Activity task failed', cause: { type: 'Unauthorised' } },
    });
    await until(async () =>
      (await temporal.workflow.getHandle(PHASE).describe()).status.name === 'CANCELLED' ? true : null,
    );
  });

  test('is reset to no second use of its start either when what comes of it continues as a new run', async () => {
    const { events } = await rollout().fetchHistory();
    const at = (events ?? []).findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? null;
    await connection.workflowService.resetWorkflowExecution({
      ...{ namespace: temporal.options.namespace, workflowExecution: { workflowId: ID, runId: first } },
      ...{ reason: 'test', workflowTaskFinishEventId: at, requestId: freshName() },
    });
    const reset = await runOf();
    expect(reset).not.toBe(first);
    await until(async () => {
      await flood(50).catch(() => undefined);
      return (await runOf()) !== reset ? true : null;
    });
    await expect(rollout().result()).rejects.toMatchObject({
      cause: { message: 'Activity task failed', cause: { type: 'Unauthorised' } },
    });
  });
});

test('a phase ends whose rollout was terminated, and the next run of the rollout waits for it no longer than that', async () => {
  const start = () =>
    windlass.startDirectory(FIXTURE, { environment: 'lab', parameters: { suffix: freshName() }, ...actor('grace') });
  await start();
  await openGate();
  await rollout().terminate();
  const phase = temporal.workflow.getHandle(PHASE);
  await until(async () => ((await phase.describe()).status.name === 'CANCELLED' ? true : null), 200);
  await start();
  await openGate();
  await rollout().terminate();
  await start();
  const shown = await openGate();
  await windlass.decide(REF, 'approve', shown, actor('ada'));
  expect((await windlass.result(REF)).status.state).toBe('done');
});
