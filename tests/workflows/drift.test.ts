import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WORKFLOWS, type DriftOutcome, type RunScope } from '../../src/contract/messages.ts';
import { WindlassFailure, type FailureType } from '../../src/domain/failure.ts';
import { lookWorkflowId } from '../../src/domain/names.ts';
import type { News } from '../../src/domain/notification.ts';
import type { drift } from '../../src/workflows/drift.ts';
import { WorkflowBench } from './support/environment.ts';
import { FakeWorld } from './support/fake-activities.ts';
import { shape } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

type Found = Omit<DriftOutcome, keyof RunScope>;
const counts = { steps: 2, drifted: 0, broken: 0, unchanged: 4, failed: 0 };
const none: Found = { counts, summary: 'Drift: none; 4 as declared', known: false };
const some: Found = { ...none, counts: { ...counts, drifted: 1 }, summary: 'Drift: 1 drifted (1 to update)' };

function failed(type: FailureType): ApplicationFailure {
  const summary = new WindlassFailure(type, `It is ${type}.`, { next: 'Mend it.' }).summary();
  return ApplicationFailure.create({ type, message: summary.message, nonRetryable: true, details: [summary] });
}

let looks = 0;

/** Looks once, and gives what came of it, what webhooks were told and what is on record. */
async function look(found: () => Promise<Found>, refused?: FailureType) {
  const world = new FakeWorld(shape());
  world.onDrift = found;
  const told: News[] = [];
  const environment = `drifts-${String(++looks)}`;
  const result = await bench.withWorker(
    (taskQueue) => ({
      ...world.activities(bench.env.client, taskQueue),
      openDrift: () =>
        refused === undefined
          ? Promise.resolve({ notifications: [['drift', 'failed'], ['stale']] })
          : Promise.reject(failed(refused)),
      notify: (_bundle, webhook, news) => {
        expect(webhook).toBe(0);
        told.push(news);
        return Promise.resolve();
      },
    }),
    async (taskQueue) => {
      const { startedBy, signature } = { startedBy: 'linus', signature: '' };
      const args = { environment, rollout: 'platform', bundle: 'b'.repeat(64), mode: 'drift', startedBy, signature };
      const handle = await bench.env.client.workflow.start<typeof drift>(WORKFLOWS.drift, {
        workflowId: lookWorkflowId('drift', environment, 'platform'),
        taskQueue,
        args: [args as Parameters<typeof drift>[0]],
      });
      return handle.result().catch((error: unknown) => error);
    },
  );
  return { result, told, recorded: world.record };
}

describe('a look for drift', () => {
  test('gives what it comes to, and tells nobody that nothing has drifted', async () => {
    const { result, told } = await look(() => Promise.resolve(none));
    expect(result).toMatchObject({ rollout: 'platform', counts, known: false });
    expect(told).toEqual([]);
  });

  test('tells the webhooks that want to know what it found, once, and that is on record', async () => {
    const { told, recorded } = await look(() => Promise.resolve(some));
    expect(told).toMatchObject([
      { event: 'drift', counts: { drifted: 1 }, message: expect.stringMatching(/^platform → drifts-\d+: Drift: 1/) },
    ]);
    expect(recorded).toEqual([{ type: 'notification', event: 'drift', webhook: 0, failure: null }]);
    expect((await look(() => Promise.resolve({ ...some, known: true }))).told).toEqual([]);
  });

  test('that cannot tell of a step, or fails, is told as failed', async () => {
    const untold = { ...none, counts: { ...counts, failed: 1 } };
    expect((await look(() => Promise.resolve(untold))).told).toMatchObject([{ event: 'failed' }]);
    const { result, told } = await look(() => Promise.reject(failed('BundleMissing')));
    expect(result).toMatchObject({ cause: { type: 'BundleMissing' } });
    expect(told).toMatchObject([{ event: 'failed', counts: null }]);
  });

  test('that is refused tells nobody', async () => {
    const { result, told } = await look(() => Promise.resolve(some), 'Unauthorised');
    expect(result).toMatchObject({ cause: { type: 'Unauthorised' } });
    expect(told).toEqual([]);
  });
});
