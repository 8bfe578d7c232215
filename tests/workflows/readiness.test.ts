import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WindlassActivities } from '../../src/contract/activities.ts';
import { WORKFLOWS, type ReadinessOutcome, type RunScope } from '../../src/contract/messages.ts';
import { WindlassFailure, type FailureType } from '../../src/domain/failure.ts';
import { lookWorkflowId } from '../../src/domain/names.ts';
import type { News } from '../../src/domain/notification.ts';
import type { StepLook } from '../../src/domain/readiness/look.ts';
import type { RecordBody } from '../../src/domain/record-entry.ts';
import type { readiness } from '../../src/workflows/readiness.ts';
import { WorkflowBench } from './support/environment.ts';
import { FakeWorld } from './support/fake-activities.ts';
import { shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const good: Omit<ReadinessOutcome, keyof RunScope> = {
  now: { score: 85, level: 'good', capped: [] },
  real: { score: 40, level: null },
  ...{ simulated: 'counts', before: null, fell: null },
};

function failed(type: FailureType): ApplicationFailure {
  const summary = new WindlassFailure(type, `It is ${type}.`, { next: 'Mend it.' }).summary();
  return ApplicationFailure.create({ type, message: summary.message, nonRetryable: true, details: [summary] });
}

let looks = 0;

/** Looks once, and tells what was verified, handed on, told and recorded. */
async function look(of: Partial<WindlassActivities> & { readonly outcome?: Partial<typeof good> } = {}) {
  const { outcome = {}, ...more } = of;
  const [verified, told, recorded] = [[] as string[], [] as News[], [] as RecordBody[]];
  let handed: readonly StepLook[] = [];
  const environment = `looks-${String(++looks)}`;
  const result = await bench.withWorker(
    (taskQueue) => ({
      ...new FakeWorld(shape()).activities(bench.env.client, taskQueue),
      openReadiness: () =>
        Promise.resolve({
          steps: ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ phase: 'data', step: step(name) })),
          notifications: [['fell', 'failed'], ['stale']],
        }),
      verifyStep: ({ step: name }) => {
        verified.push(name);
        return Promise.resolve(1);
      },
      assessReadiness: (scope, steps) => {
        handed = steps;
        return Promise.resolve({ ...scope, ...good, ...outcome });
      },
      notify: (_bundle, webhook, news) => {
        told.push(news);
        expect(webhook).toBe(0);
        return Promise.resolve();
      },
      appendRecord: (_scope, _phase, _step, _key, body) => {
        recorded.push(body);
        return Promise.resolve();
      },
      ...more,
    }),
    async (taskQueue) => {
      const handle = await bench.env.client.workflow.start<typeof readiness>(WORKFLOWS.readiness, {
        workflowId: lookWorkflowId('readiness', environment, 'platform'),
        taskQueue,
        args: [
          {
            environment,
            rollout: 'platform',
            bundle: 'b'.repeat(64),
            mode: 'readiness',
            startedBy: 'linus',
            signature: '',
          },
        ],
      });
      return handle.result().catch((error: unknown) => error);
    },
  );
  return { result, verified: verified.sort(), handed, told, recorded };
}

describe('a look at the readiness', () => {
  test('verifies every step that checks ask for, and gives what it comes to', async () => {
    const { result, verified, handed, told } = await look();
    expect(result).toMatchObject(good);
    expect(verified).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(handed).toEqual([]);
    expect(told).toEqual([]);
  });

  test('goes on past steps that cannot be verified, and tells those that say something from those that do not', async () => {
    const { handed } = await look({
      verifyStep: ({ step: name }) => {
        if (name === 'a') throw failed('ExpectationFailed');
        if (name === 'b') throw failed('ProbeFailed');
        if (name === 'c') throw failed('TargetUnreachable');
        return Promise.resolve(1);
      },
    });
    const time = expect.any(String);
    // What is claimed and does not hold is evidence, which is on record.
    expect([...handed].sort((one, two) => (one.step < two.step ? -1 : 1))).toEqual([
      { step: 'data/b', outcome: 'fails', why: 'It is ProbeFailed.', time },
      { step: 'data/c', outcome: 'unknown', why: 'it could not be verified: It is TargetUnreachable.', time },
    ]);
  });

  test('tells the webhooks that want to know that it fell, and that is on record', async () => {
    const before = { score: 90, level: 'good' } as const;
    const { told, recorded } = await look({ outcome: { before, fell: 'the readiness fell from 90 to 85' } });
    expect(told).toMatchObject([
      {
        ...{ event: 'fell', rollout: 'platform', before, now: { score: 85, level: 'good' } },
        message: expect.stringMatching(/^platform → looks-\d+: the readiness fell from 90 to 85$/),
      },
    ]);
    expect(recorded).toEqual([{ type: 'notification', event: 'fell', webhook: 0, failure: null }]);
  });

  test('that cannot be had fails, and tells so', async () => {
    const { result, told } = await look({ assessReadiness: () => Promise.reject(failed('RecordCorrupt')) });
    expect(result).toMatchObject({ cause: { type: 'RecordCorrupt' } });
    expect(told).toMatchObject([
      {
        event: 'failed',
        now: null,
        message: expect.stringContaining('the look at the readiness failed: It is RecordCorrupt.'),
      },
    ]);
  });

  test('that is refused tells nobody', async () => {
    const { result, told, verified } = await look({ openReadiness: () => Promise.reject(failed('Unauthorised')) });
    expect(result).toMatchObject({ cause: { type: 'Unauthorised' } });
    expect([...told, ...verified]).toEqual([]);
  });
});
