import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { WindlassClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import type { StepRef } from '../../src/contract/activities.ts';
import { decidedSignal, phaseChangedSignal, phaseQuery, type RunScope } from '../../src/contract/messages.ts';
import { decisionOver, type Decision } from '../../src/domain/gate.ts';
import type { RolloutStatus } from '../../src/domain/status.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

// What somebody can do who reaches Temporal, and nothing else, while a rollout waits at its gate.
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const REF = { rollout: 'gated', environment: 'lab' };
const suffix = freshName();
const taskQueue = 'windlass';
let own: OwnSettings;
let worker: TestWorker;
let windlass: WindlassClient;
let connection: Connection;
let temporal: Client;
let status: RolloutStatus;
let scope: RunScope;
let ref: StepRef;

beforeAll(async () => {
  own = await ownSettings();
  worker = await TestWorker.start(own.settings, join(own.scratch, 'worker.log'));
  windlass = await WindlassClient.connect(readConfig(own.settings));
  connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE'] ?? '' });
  await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters: { suffix }, by: 'linus' });
  status = (await gate()).status;
  const { phase, step } = (await gate()).gates[0]!;
  scope = { ...REF, run: status.run, bundle: status.bundle };
  ref = { scope, phase, step };
});
afterAll(async () => {
  await windlass.close();
  await connection.close();
  await worker.stop('SIGTERM');
  own.remove();
});

function gate() {
  return until(async () => {
    const open = await windlass.gates(REF);
    return open.gates.length > 0 ? open : null;
  });
}

const entries = async () => (await openRecord(openStore(own.settings['WINDLASS_STORE'] ?? '', null)).read(REF)).entries;
const madeBuckets = async () =>
  (await s3Client(labStore()).listBuckets()).map(({ name }) => name).filter((name) => name.includes(suffix));
const decision = async (by: string): Promise<Decision> => {
  const said = { verdict: 'approve', by, comment: '' } as const;
  return { ...decisionOver(status, (await gate()).gates[0]!, said), signature: '' };
};

describe('nobody who reaches Temporal alone', () => {
  test('has an activity act, plan, or write into the record by itself', async () => {
    const before = (await entries()).length;
    const fence = { token: Date.now(), deadline: Date.now() + 600_000, lock: 'lock/lab/objects' };
    const forged = { type: 'decision', decision: await decision('ada'), denial: null };
    const calls: Record<string, unknown[]> = {
      applyStep: [ref, fence],
      planStep: [ref],
      verifyStep: [ref],
      drillStep: [ref, fence],
      appendRecord: [scope, ref.phase, ref.step, 'key', forged],
      confirmDecision: [ref, (await gate()).gates[0], await decision('ada')],
      askPhase: [scope, ref.phase],
      openRollout: [{ ...REF, bundle: scope.bundle, startedBy: 'ada', signature: '' }, scope.run],
    };
    for (const [activity, args] of Object.entries(calls)) {
      const id = `${activity}-${suffix}`;
      const options = { id, taskQueue, args, startToCloseTimeout: '30s', retry: { maximumAttempts: 1 } } as const;
      await expect(temporal.activity.execute(activity, options)).rejects.toMatchObject({
        cause: { type: 'Unauthorised', message: expect.stringContaining('it was started by itself') },
      });
    }
    expect(await entries()).toHaveLength(before);
    expect(await madeBuckets()).toEqual([]);
  });

  test('carries a phase of a rollout through that is the child of none', async () => {
    const shape = {
      ...{ name: ref.phase, needs: [] },
      steps: [
        {
          ...{ name: ref.step, kind: 'objectstore.bucket', needs: [], target: null, timeoutMs: 30_000 },
          ...{ retry: { attempts: 1, initialMs: 100, maximumMs: 100 }, approval: null, byHand: false, included: true },
        },
      ],
    };
    const phase = await temporal.workflow.start('phase', {
      ...{ workflowId: `forged-${suffix}`, taskQueue },
      args: [{ scope, phase: shape, steps: null }],
    });
    await expect(phase.result()).rejects.toMatchObject({ cause: { type: 'Unauthorised' } });
    expect(await madeBuckets()).toEqual([]);
    expect((await entries()).filter(({ body }) => body.type === 'parked')).toEqual([]);
  });

  test('opens a gate by a signal to its phase: the denial is on record, and the gate stays', async () => {
    const phase = temporal.workflow.getHandle(`rollout/lab/gated/${ref.phase}`);
    await phase.signal(decidedSignal, await decision('mallory'));
    const denied = await until(async () => {
      const found = (await entries()).flatMap(({ body }) => (body.type === 'decision' ? [body] : []));
      return found.length > 0 ? found : null;
    });
    expect(denied).toMatchObject([{ decision: { by: 'mallory' }, denial: expect.stringContaining('not an approver') }]);
    expect(await madeBuckets()).toEqual([]);
  });

  test('has a step act by what its phase believes: without a decision on record nothing is done, and the step is parked', async () => {
    // Past the rollout, which puts decisions on record; as whoever says in the place of the worker that a decision stands.
    await temporal.workflow.getHandle(`rollout/lab/gated/${ref.phase}`).signal(decidedSignal, await decision('ada'));
    const parked = await until(async () => {
      const { phases } = await windlass.status(REF);
      const found = phases.flatMap(({ steps }) => steps).find(({ name }) => name === ref.step);
      return found?.state === 'parked' ? found : null;
    });
    expect(parked.failure).toMatchObject({
      type: 'Unauthorised',
      message: expect.stringContaining('no approval of') as unknown,
    });
    expect(await madeBuckets()).toEqual([]);
    const parking = parked.parkings === undefined ? {} : { parking: parked.parkings };
    const retry = { action: 'retry', run: scope.run, phase: ref.phase, step: ref.step, ...parking } as const;
    expect(await windlass.command(REF, retry, { by: 'linus' })).toEqual({ accepted: true });
    expect((await gate()).gates).toHaveLength(1);
  });
});

test('news in the name of a phase hides no gate from whoever decides, and is counted', async () => {
  const { status: shown, gates } = await gate();
  const rollout = temporal.workflow.getHandle(shown.workflowId);
  const steps = shown.phases[0]!.steps.map((step) => ({ ...step, state: 'done' as const, gate: null }));
  await rollout.signal(phaseChangedSignal, { phase: ref.phase, steps });
  // Denied for who it is by, and not since no gate were open.
  const by = { by: 'mallory' };
  const answer = await windlass.decide(REF, 'approve', { status: shown, gate: gates[0]! }, by);
  expect(answer).toMatchObject({ accepted: false, reason: expect.stringContaining('not an approver') as unknown });
  await until(async () => ((await windlass.status(REF)).forged === 1 ? true : null));
  expect((await gate()).gates).toHaveLength(1);
});

test('the rollout itself goes on as before', async () => {
  const { status: now, gates } = await gate();
  await windlass.decide(REF, 'approve', { status: now, gate: gates[0]! }, { by: 'ada' });
  expect((await windlass.result(REF)).status.state).toBe('done');
  expect(await madeBuckets()).not.toEqual([]);
});

test('a phase that is reset once its rollout has ended acts no more', async () => {
  const bucket = (await madeBuckets())[0]!;
  await s3Client(labStore()).removeBucket(bucket);
  const phase = temporal.workflow.getHandle(`rollout/lab/gated/${ref.phase}`);
  const { runId } = await phase.describe();
  const { events } = await temporal.workflow.getHandle(phase.workflowId, runId).fetchHistory();
  // Approved, and about to act.
  const at = (events ?? []).find(
    ({ activityTaskScheduledEventAttributes: asked }) => asked?.activityType?.name === 'applyStep',
  )?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId;
  const failure = await until(async () => {
    await connection.workflowService.resetWorkflowExecution({
      ...{ namespace: temporal.options.namespace, workflowExecution: { workflowId: phase.workflowId, runId } },
      ...{ reason: 'test', workflowTaskFinishEventId: at ?? null, requestId: freshName() },
    });
    // A worker that looks after phases without a rollout may cancel it before it comes to act: then it is reset once more.
    return until(async () => {
      if ((await phase.describe()).status.name !== 'RUNNING') return 'cancelled';
      const { status: now } = await phase.query(phaseQuery);
      return now.steps.find(({ name }) => name === ref.step)?.failure ?? null;
    }).then((outcome) => (outcome === 'cancelled' ? null : outcome));
  });
  expect(failure).toMatchObject({
    type: 'Unauthorised',
    message: expect.stringContaining('was reset, and what was decided before would count again') as unknown,
  });
  expect(await madeBuckets()).toEqual([]);
});

test('a phase that is reset while its rollout goes on acts no more: what was decided before does not count again', async () => {
  const parameters = { suffix: `${suffix}-again` };
  await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters, by: 'linus' });
  await gate();
  const phase = temporal.workflow.getHandle(`rollout/lab/gated/${ref.phase}`);
  const { runId } = await phase.describe();
  const { events } = await temporal.workflow.getHandle(phase.workflowId, runId).fetchHistory();
  const first = (events ?? []).find((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? null;
  await connection.workflowService.resetWorkflowExecution({
    ...{ namespace: temporal.options.namespace, workflowExecution: { workflowId: phase.workflowId, runId } },
    ...{ reason: 'test', workflowTaskFinishEventId: first, requestId: freshName() },
  });
  const failure = await until(async () => {
    const { status: now } = await phase.query(phaseQuery);
    return now.steps.find(({ name }) => name === ref.step)?.failure ?? null;
  });
  expect(failure).toMatchObject({ type: 'Unauthorised', message: expect.stringContaining('was reset') as unknown });
  expect(await madeBuckets()).toEqual([]);
  const { run } = await windlass.status(REF);
  await windlass.command(REF, { action: 'cancel', run, phase: '', step: '' }, { by: 'linus' });
});
