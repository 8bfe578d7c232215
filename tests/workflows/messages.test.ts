import { randomUUID } from 'node:crypto';
import type { WorkflowClient } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import fc from 'fast-check';
import { until } from '../support/poll.ts';
import { lockWorkflowId, phaseWorkflowId } from '../../src/domain/names.ts';
import {
  acquireSignal,
  commandedSignal,
  commandSignal,
  decidedSignal,
  decideSignal,
  grantedSignal,
  lockQuery,
  phaseChangedSignal,
  releaseSignal,
  WORKFLOWS,
} from '../../src/contract/messages.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

/** Messages by signal, update and query, over as many rollouts as it takes; `WINDLASS_MESSAGES` asks for more. */
const MESSAGES = Number(process.env['WINDLASS_MESSAGES'] ?? '300');
const PER_ROLLOUT = 150;
const ROLLOUTS = Math.ceil(MESSAGES / PER_ROLLOUT);

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const two = () =>
  shape(phase('only', [step('a', { ...gated(), target: 'cluster' }), step('b', { target: 'cluster' })]));

type Receiver = 'rollout' | 'phase' | 'lock';
const SIGNALS = [
  decideSignal,
  commandSignal,
  phaseChangedSignal,
  decidedSignal,
  commandedSignal,
  grantedSignal,
  acquireSignal,
  releaseSignal,
].map(({ name }) => name);

interface Payload {
  readonly metadata: Record<string, Uint8Array>;
  readonly data: Uint8Array;
}

interface Message {
  readonly by: 'signal' | 'update' | 'query';
  readonly to: Receiver;
  readonly name: string;
  readonly payloads: readonly Payload[];
}

/** Until the update is answered: stage COMPLETED. */
const waitPolicy: object = { lifecycleStage: 3 };

const bytes = (text: string) => Buffer.from(text);
const json = (value: unknown): Payload => ({
  metadata: { encoding: bytes('json/plain') },
  data: bytes(JSON.stringify(value)),
});

/** Forms of our own messages, with something wrong in them nearly always: none of them decides anything. */
const NEARLY = [
  { verdict: 'approve', bundle: 'b', run: 'r', phase: 'only', step: 'a', changeDigest: 'x', by: 'm', comment: '' },
  { action: 'retry', run: 'r', phase: 'only', step: 'a', by: 'm', comment: '', signature: '' },
  { phase: 'nowhere', steps: [] },
  { phase: 'only', steps: [null] },
  { phase: 'only', steps: [{ name: 'a', state: 'done', plan: { lines: null } }] },
  { id: 'x', lock: 'l', token: 1e300, deadline: 1e300 },
  { id: 'x', owner: 'm', holder: null, leaseMs: 1 },
  { id: 'x', owner: 'm', holder: { workflowId: 'none', runId: '' }, leaseMs: Number.MAX_SAFE_INTEGER },
  { id: { toString: null }, owner: 'm', holder: { workflowId: 'none', runId: 'none' }, leaseMs: -1 },
];

const nested = fc.integer({ min: 1, max: 3_000 }).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`);
const mutated = fc
  .tuple(fc.constantFrom(...NEARLY), fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 2 }))
  .map(([form, key, value]) => ({ ...form, [key]: value }));
const payload: fc.Arbitrary<Payload> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }).map(json),
  mutated.map(json),
  nested.map((text) => ({ metadata: { encoding: bytes('json/plain') }, data: bytes(text) })),
  fc.constant(json({ ...NEARLY[0], comment: 'x'.repeat(100_000), signature: '' })),
  fc
    .tuple(fc.constantFrom('json/plain', 'binary/null', 'binary/plain', 'json/protobuf', 'no/such'), fc.uint8Array())
    .map(([encoding, data]) => ({ metadata: { encoding: bytes(encoding) }, data })),
  fc.uint8Array().map((data) => ({ metadata: {}, data })),
);
const message: fc.Arbitrary<Message> = fc.record({
  by: fc.constantFrom('signal', 'signal', 'signal', 'update', 'query'),
  to: fc.constantFrom('rollout', 'phase', 'lock'),
  name: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...SIGNALS, 'status', 'lock') },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
  ),
  payloads: fc.array(payload, { maxLength: 2 }),
});

async function send({ workflowService, options }: WorkflowClient, id: string, one: Message): Promise<void> {
  const { namespace } = options;
  const input = { payloads: one.payloads.map((each) => ({ ...each })) };
  const workflowExecution = { workflowId: id };
  const sent =
    one.by === 'signal'
      ? workflowService.signalWorkflowExecution({ namespace, workflowExecution, signalName: one.name, input })
      : one.by === 'query'
        ? workflowService.queryWorkflow({
            namespace,
            execution: workflowExecution,
            query: { queryType: one.name, queryArgs: input },
          })
        : workflowService.updateWorkflowExecution({
            namespace,
            workflowExecution,
            request: { meta: { updateId: randomUUID() }, input: { header: {}, name: one.name, args: input } },
            waitPolicy,
          });
  // What Temporal or the workflow refuses is no matter here; that it goes on is.
  await sent.catch(() => undefined);
}

async function eventTypes(workflowId: string): Promise<string[]> {
  const history = await bench.env.client.workflow.getHandle(workflowId).fetchHistory();
  return (JSON.parse(historyToJSON(history)) as { events: { eventType: string }[] }).events.map(
    ({ eventType }) => eventType,
  );
}

describe('messages of any form', () => {
  test.each(
    fc.sample(fc.array(message, { minLength: PER_ROLLOUT, maxLength: PER_ROLLOUT, size: 'max' }), {
      numRuns: ROLLOUTS,
      seed: 12,
    }),
  )('stop neither a rollout nor its phase nor a lock, which all answer and end', async (...messages) => {
    await Driver.run(bench, two(), async (driver) => {
      await driver.until('only/a', 'gate');
      await driver.until('only/b', 'done');
      const ids: Readonly<Record<Receiver, string>> = {
        rollout: driver.handle.workflowId,
        phase: phaseWorkflowId(driver.environment, 'platform', 'only'),
        lock: lockWorkflowId(driver.environment, 'cluster'),
      };
      for (const one of messages) await send(bench.env.client.workflow, ids[one.to], one);
      // Nothing that was sent decided anything.
      expect((await driver.step('only/a')).state).toBe('gate');
      expect(driver.world.recorded('decision').filter(({ denial }) => denial === null)).toEqual([]);
      await driver.decide('only/a');
      await driver.handle.result();
      expect((await driver.status()).state).toBe('done');
      const lock = bench.env.client.workflow.getHandle(ids.lock);
      await until(async () => ((await lock.query(lockQuery)).held.length === 0 ? true : null));
      for (const id of Object.values(ids))
        expect((await eventTypes(id)).filter((type) => type.includes('TASK_FAILED'))).toEqual([]);
    });
  });

  test('that start a workflow end it with a reason', async () => {
    await Driver.run(bench, two(), async (driver) => {
      for (const workflow of [WORKFLOWS.rollout, WORKFLOWS.phase, WORKFLOWS.drill]) {
        const started = bench.env.client.workflow.execute(workflow, {
          workflowId: `junk/${workflow}`,
          taskQueue: driver.taskQueue,
          args: [{ environment: 7 }],
        });
        await expect(started).rejects.toMatchObject({ cause: { type: 'InvalidRollout' } });
      }
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });

  test('are counted where the rollout shows how it stands', async () => {
    await Driver.run(bench, two(), async (driver) => {
      await driver.until('only/a', 'gate');
      await driver.handle.signal('decide', null);
      await driver.handle.signal('nonsense');
      await until(async () => ((await driver.status()).dropped === 2 ? true : null));
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });

  test.each([
    ['a comment of a megabyte', { comment: 'x'.repeat(1_000_000) }, /comment is longer or more than 8000/],
    ['no text where text must be', { by: 7 }, /by must be text/],
    ['another verdict', { verdict: 'maybe' }, /verdict must be one of approve, reject/],
    ['a field that no decision has', { more: {} }, /it has fields that no such message has/],
  ])('by update are told what is wrong: %s', async (_name, more, reason) => {
    await Driver.run(bench, two(), async (driver) => {
      await expect(driver.decide('only/a', more as object)).rejects.toMatchObject({
        cause: { message: expect.stringMatching(reason) as unknown },
      });
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });
});
