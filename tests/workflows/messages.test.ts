import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Context, sleep } from '@temporalio/activity';
import type { WorkflowClient } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import fc from 'fast-check';
import { until } from '../support/poll.ts';
import {
  drillWorkflowId,
  healWorkflowId,
  lockWorkflowId,
  phaseWorkflowId,
  lookWorkflowId,
} from '../../src/domain/names.ts';
import {
  acquireSignal,
  commandedSignal,
  commandSignal,
  decidedSignal,
  decideSignal,
  drillQuery,
  grantedSignal,
  lockQuery,
  phaseChangedSignal,
  phaseQuery,
  releaseSignal,
  statusQuery,
  wishesQuery,
  WORKFLOWS,
  type ReadinessOutcome,
  type RunScope,
} from '../../src/contract/messages.ts';
import { proven } from './support/drill-world.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import type { FakeWorld } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

/** Messages by signal, update and query, over as many rollouts as it takes; `WINDLASS_MESSAGES` asks for more. */
const MESSAGES = Number(process.env['WINDLASS_MESSAGES'] ?? '300');
const PER_ROLLOUT = 150;
const ROLLOUTS = Math.ceil(MESSAGES / PER_ROLLOUT);

let bench: WorkflowBench;
/** Events of the longest history. */
let longest = 0;
const RESULTS = process.env['WINDLASS_FAULT_RESULTS'];
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(async () => {
  const result = { fault: 'messages', messages: ROLLOUTS * PER_ROLLOUT, rollouts: ROLLOUTS, longestHistory: longest };
  if (RESULTS !== undefined) appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
  await bench.close();
});

const two = () =>
  shape(phase('only', [step('a', { ...gated(), target: 'cluster' }), step('b', { target: 'cluster' })]));

type Receiver = 'rollout' | 'phase' | 'drill' | 'lock' | 'readiness' | 'heal';
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
const QUERIES = [statusQuery, phaseQuery, drillQuery, lockQuery, wishesQuery].map(({ name }) => name);

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

/** What whoever reads a history knows of a rollout; put into messages where they say so. */
interface Known {
  readonly run: string;
  readonly digest: string;
}
const AT = { bundle: 'b'.repeat(64), run: '%run%', phase: 'only', step: 'a' };
const forgedStep = { name: 'a', kind: 'kubernetes.apply', plan: null, gate: null, failure: null };

/** Messages of the right form, which nobody signed. */
const FORGED = [
  { ...AT, verdict: 'approve', changeDigest: '%digest%', opening: 1, by: 'ada', comment: '', signature: '' },
  { ...AT, verdict: 'reject', changeDigest: '%digest%', opening: 1, by: 'ada', comment: '', signature: 'AAAA' },
  ...['retry', 'abort', 'cancel'].map((action) => ({
    ...{ action, run: '%run%', phase: 'only', step: 'a', by: 'ada', comment: '', signature: '' },
  })),
  ...['done', 'aborted', 'parked', 'pending'].map((state) => ({
    phase: 'only',
    steps: [{ ...forgedStep, state, decidedBy: null, startedAt: null, endedAt: null }],
  })),
  { id: 'x', lock: 'l', token: 1, deadline: 1 },
];

/** Names that objects have of themselves. */
const INHERITED = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
];

/** Names that the SDK keeps for itself. */
const RESERVED = ['__temporal_', '__temporal_wake', '__temporal_workflow_metadata', '__stack_trace'];

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
const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom(...INHERITED));
const mutated = fc
  .tuple(fc.constantFrom(...NEARLY, ...FORGED), word, fc.oneof(fc.jsonValue({ maxDepth: 2 }), word))
  // By hand: `{ [key]: value }` would take `__proto__` for the prototype, and send nothing of it.
  .map(([form, key, value]) =>
    JSON.stringify(form).replace(/\}$/, `,${JSON.stringify(key)}:${JSON.stringify(value)}}`),
  );
/** Our own forms with the name of another thing where a name must be. */
const renamed = fc
  .tuple(fc.constantFrom(...FORGED), fc.constantFrom('by', 'phase', 'step', 'action', 'verdict', 'id'), word)
  .map(([form, key, value]) => ({ ...form, [key]: value }));
const encodings = ['json/plain', 'binary/null', 'binary/plain', 'json/protobuf', 'binary/protobuf', 'no/such', ''];
const metadata = fc
  .tuple(
    fc.oneof(fc.constantFrom(...encodings).map(bytes), fc.uint8Array({ maxLength: 8 })),
    fc.constantFrom('messageType', 'encoding-key', ...INHERITED.slice(1)),
    fc.uint8Array({ maxLength: 8 }),
  )
  .map(([encoding, key, value]) => ({ encoding, [key]: value }));
const text = (data: string): Payload => ({ metadata: { encoding: bytes('json/plain') }, data: bytes(data) });
const payload: fc.Arbitrary<Payload> = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 4 }).map(json) },
  { weight: 6, arbitrary: fc.constantFrom(...FORGED).map(json) },
  { weight: 3, arbitrary: renamed.map(json) },
  { weight: 3, arbitrary: mutated.map(text) },
  { weight: 3, arbitrary: nested.map(text) },
  { weight: 1, arbitrary: fc.constant(json({ ...NEARLY[0], comment: 'x'.repeat(100_000), signature: '' })) },
  { weight: 3, arbitrary: fc.record({ metadata, data: fc.oneof(fc.uint8Array(), fc.constant(bytes('{"id":1}'))) }) },
  { weight: 1, arbitrary: fc.uint8Array().map((data) => ({ metadata: {}, data })) },
);
const message: fc.Arbitrary<Message> = fc.record({
  by: fc.constantFrom('signal', 'signal', 'signal', 'update', 'query'),
  to: fc.constantFrom('rollout', 'phase', 'drill', 'lock', 'readiness', 'heal'),
  name: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...SIGNALS, ...QUERIES) },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(...INHERITED, ...RESERVED) },
  ),
  payloads: fc.array(payload, { maxLength: 2 }),
});

function filledIn({ metadata: of, data }: Payload, { run, digest }: Known): Payload {
  const written = Buffer.from(data).toString('latin1');
  if (!written.includes('%')) return { metadata: of, data };
  return { metadata: of, data: Buffer.from(written.replace('%run%', run).replace('%digest%', digest), 'latin1') };
}

async function send(
  { workflowService, options }: WorkflowClient,
  id: string,
  one: Message,
  known: Known,
): Promise<void> {
  const { namespace } = options;
  const input = { payloads: one.payloads.map((each) => filledIn(each, known)) };
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

const inputOf = ({ environment, bundle }: Driver) => ({
  ...{ environment, rollout: 'platform', bundle, startedBy: 'linus', signature: '' },
});

/** What a look at the readiness comes to. */
const looked: Omit<ReadinessOutcome, keyof RunScope> = {
  now: { score: 85, level: 'good', capped: [] },
  real: { score: 40, level: null },
  ...{ simulated: 'counts', before: null, fell: null },
};

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
  )('stop no workflow of ours: all answer and end, and nothing was done', async (...messages) => {
    let mayEnd = false;
    const whenItMay = async <T>(result: T): Promise<T> => {
      while (!mayEnd) {
        Context.current().heartbeat();
        await sleep(50);
      }
      return result;
    };
    const prepare = (world: FakeWorld) => {
      world.onDrill = () => whenItMay(proven);
      world.onAssess = () => whenItMay(looked);
      world.onHeal = () => whenItMay({ healed: [], left: ['nothing was wrong'] });
    };
    await Driver.run(
      bench,
      two(),
      async (driver) => {
        const { client } = bench.env;
        const { environment, taskQueue, world } = driver;
        await driver.until('only/b', 'done');
        const decision = await driver.decision('only/a');
        const drill = await client.workflow.start(WORKFLOWS.drill, {
          workflowId: drillWorkflowId(environment, 'platform', 'only', 'd', 'drill'),
          taskQueue,
          args: [{ ...inputOf(driver), phase: 'only', step: 'd', mode: 'drill' }],
        });
        const readiness = await client.workflow.start(WORKFLOWS.readiness, {
          workflowId: lookWorkflowId('readiness', environment, 'platform'),
          taskQueue,
          args: [{ ...inputOf(driver), mode: 'readiness' }],
        });
        const heal = await client.workflow.start(WORKFLOWS.lockHeal, {
          workflowId: healWorkflowId(environment, 'cluster'),
          taskQueue,
          args: [{ ...inputOf(driver), target: 'cluster', comment: '' }],
        });
        const ids: Readonly<Record<Receiver, string>> = {
          rollout: driver.handle.workflowId,
          phase: phaseWorkflowId(environment, 'platform', 'only'),
          drill: drill.workflowId,
          lock: lockWorkflowId(environment, 'cluster'),
          readiness: readiness.workflowId,
          heal: heal.workflowId,
        };
        const before = [...world.calls];
        world.signatureDenial = 'nobody signed this';
        const known = { run: decision.run, digest: decision.changeDigest };
        // Each workflow gets its messages in their order; which of two workflows is first is no matter.
        const sendAll = async (to: Receiver) => {
          for (const one of messages) if (one.to === to) await send(client.workflow, ids[to], one, known);
        };
        await Promise.all((Object.keys(ids) as Receiver[]).map(sendAll));
        // What was shown otherwise than it is comes right by itself.
        await bench.env.sleep('11s');
        await driver.until('only/a', 'gate');
        // Nothing that was sent did anything.
        expect(world.calls).toEqual(before);
        for (const type of ['decision', 'command'] as const)
          expect(world.recorded(type).filter(({ denial }) => denial === null)).toEqual([]);
        const lock = client.workflow.getHandle(ids.lock);
        expect(await lock.query(lockQuery)).toMatchObject({ held: [], queue: [] });
        expect(await client.workflow.getHandle(ids.phase).query(phaseQuery)).toMatchObject({
          status: {
            steps: [
              { name: 'a', state: 'gate' },
              { name: 'b', state: 'done' },
            ],
          },
        });
        expect(await drill.query(drillQuery)).toMatchObject({ state: 'acting', verdict: null });
        // Neither has a query of ours: the SDK's own shows that they answer.
        for (const { workflowId } of [readiness, heal])
          expect(await client.workflow.getHandle(workflowId).query('__temporal_workflow_metadata')).toBeDefined();
        world.signatureDenial = null;
        expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
        expect((await driver.handle.result()).status.state).toBe('done');
        mayEnd = true;
        expect(await drill.result()).toMatchObject({ state: 'ended', verdict: { verdict: 'proven' } });
        expect(await readiness.result()).toMatchObject(looked);
        expect(await heal.result()).toEqual({ healed: [], left: ['nothing was wrong'] });
        await until(async () => ((await lock.query(lockQuery)).held.length === 0 ? true : null));
        for (const id of Object.values(ids)) {
          const types = await eventTypes(id);
          longest = Math.max(longest, types.length);
          expect(types.filter((type) => type.includes('TASK_FAILED'))).toEqual([]);
          expect(types.length).toBeLessThan(5_000);
        }
      },
      prepare,
    );
  });

  test('that start a workflow end it with a reason', async () => {
    await Driver.run(bench, two(), async (driver) => {
      for (const workflow of [
        WORKFLOWS.rollout,
        WORKFLOWS.phase,
        WORKFLOWS.drill,
        WORKFLOWS.readiness,
        WORKFLOWS.lockHeal,
      ]) {
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
