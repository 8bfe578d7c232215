import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Context, sleep } from '@temporalio/activity';
import { ActivityCancelledError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WindlassActivities } from '../../src/contract/activities.ts';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import { until } from '../support/poll.ts';
import { proven } from './support/drill-world.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import type { FakeWorld } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

// Whoever reaches Temporal can complete an activity by its id, with anything, and can fail one.
let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(async () => {
  await bench.close();
});

const one = () => shape(phase('only', [step('a')]));
const other = () => shape(phase('only', [step('a', gated())]));
type Activity = keyof WindlassActivities;

/** Answers of these activities are made up while `isLying` says so. */
function lying(lies: Partial<Record<Activity, () => unknown>>, isLying: () => boolean) {
  return (world: FakeWorld) => {
    const honest = world.activities.bind(world);
    world.activities = (...args) => {
      const activities = honest(...args);
      const truths = activities as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>;
      const told = Object.entries(lies).map(
        ([name, lie]) => [name, (...given: unknown[]) => (isLying() ? lie() : truths[name]?.(...given))] as const,
      );
      return { ...activities, ...Object.fromEntries(told) };
    };
  };
}

async function failedTasks(workflowId: string): Promise<number> {
  const history = await bench.env.client.workflow.getHandle(workflowId).fetchHistory();
  const { events } = JSON.parse(historyToJSON(history)) as { events: { eventType: string }[] };
  return events.filter(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_FAILED').length;
}
const phaseOf = ({ environment }: Driver) => phaseWorkflowId(environment, 'platform', 'only');

const PLAN = { changeDigest: 'x', destructiveDigest: 'x', counts: {}, destructive: 0, lines: [], more: 0, undo: '' };
const GARBAGE: readonly unknown[] = [
  null,
  7,
  'text',
  [],
  {},
  { ...PLAN, lines: null },
  { ...PLAN, counts: { a: 'b' } },
];

describe('what an activity is completed with in the place of a worker', () => {
  test.each(GARBAGE)('parks its step where it does not read, and the step can be retried: %j', async (garbage) => {
    let isLying = true;
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        const parked = await driver.until('only/a', 'parked');
        expect(parked.failure).toMatchObject({
          type: 'Interrupted',
          message: expect.stringContaining('The result of activity planStep is none that a worker of ours gives'),
          retryable: true,
        });
        isLying = false;
        expect(await driver.command('retry', 'only/a')).toEqual({ accepted: true });
        expect((await driver.handle.result()).status.state).toBe('done');
        expect(await failedTasks(phaseOf(driver))).toBe(0);
      },
      lying({ planStep: () => garbage }, () => isLying),
    );
  });

  test('is read the same by its id, while the worker is at work', async () => {
    let isLying = true;
    let atWork: string | null = null;
    const busy = async () => {
      atWork = Context.current().info.activityId;
      while (isLying) {
        Context.current().heartbeat();
        await sleep(50);
      }
      return PLAN;
    };
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        const workflowId = phaseOf(driver);
        const activityId = await until(() => atWork);
        await bench.env.client.activity.complete({ workflowId, activityId }, ['garbage']);
        await driver.until('only/a', 'parked');
        isLying = false;
        await driver.command('retry', 'only/a');
        expect((await driver.handle.result()).status.state).toBe('done');
        expect(await failedTasks(workflowId)).toBe(0);
      },
      lying({ planStep: busy }, () => isLying),
    );
  });

  test('parks a step also where it was to act, to judge a decision, or to be asked for its target', async () => {
    let isLying = true;
    const garbage = () => ({ changes: 'all of them' });
    await Driver.run(
      bench,
      other(),
      async (driver) => {
        await driver.decide('only/a');
        await driver.until('only/a', 'parked');
        expect((await driver.step('only/a')).failure?.message).toContain('activity confirmDecision');
        isLying = false;
        await driver.command('retry', 'only/a');
        await driver.until('only/a', 'gate');
        isLying = true;
        await driver.decide('only/a').catch(() => undefined);
        await driver.until('only/a', 'parked');
        isLying = false;
        await driver.command('retry', 'only/a');
        await driver.decide('only/a');
        expect((await driver.handle.result()).status.state).toBe('done');
        expect(await failedTasks(phaseOf(driver))).toBe(0);
      },
      lying(
        { applyStep: garbage, confirmDecision: garbage, unwantedRequests: garbage, isOpen: garbage },
        () => isLying,
      ),
    );
  });

  test('ends no rollout that judges messages, and what was not judged is sent again', async () => {
    let isLying = true;
    const failing = () => Promise.reject(new ActivityCancelledError('made up'));
    await Driver.run(
      bench,
      other(),
      async (driver) => {
        const decision = await driver.decision('only/a');
        await driver.handle.signal('decide', decision);
        await until(async () => ((await driver.status()).dropped ?? 0) > 0);
        await expect(driver.send(decision)).rejects.toMatchObject({ name: 'WorkflowUpdateFailedError' });
        isLying = false;
        expect(await driver.send(decision)).toMatchObject({ accepted: true });
        expect((await driver.handle.result()).status.state).toBe('done');
        expect(await failedTasks(driver.handle.workflowId)).toBe(0);
      },
      lying({ judgeSignature: () => 7, askPhase: failing }, () => isLying),
    );
  });

  test.each([
    ['the skeleton', { openRollout: () => ({ phases: [{ name: 'only', needs: [], steps: [{ name: 'a' }] }] }) }],
    [
      'a time that Temporal takes for none',
      { openRollout: () => shape(phase('only', [step('a', { timeoutMs: -1 })])) },
    ],
  ])('fails a rollout that cannot begin without it: %s', async (_what, lies) => {
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        await expect(driver.handle.result()).rejects.toMatchObject({
          cause: { type: 'Interrupted', message: expect.stringContaining('activity openRollout') as unknown },
        });
        expect(await failedTasks(driver.handle.workflowId)).toBe(0);
      },
      lying(lies, () => true),
    );
  });

  test('proves no backup, and ends its drill', async () => {
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        const drill = await bench.env.client.workflow.start('drill', {
          ...{ workflowId: `drill/${driver.environment}/platform/only/d`, taskQueue: driver.taskQueue },
          args: [
            { environment: driver.environment, rollout: 'platform', bundle: driver.bundle, phase: 'only', step: 'd' },
          ].map((of) => ({ ...of, mode: 'drill', startedBy: 'linus', signature: '' })),
        });
        await expect(drill.result()).rejects.toMatchObject({ cause: { type: 'Interrupted' } });
        expect(await failedTasks(drill.workflowId)).toBe(0);
        await driver.handle.result();
      },
      (world) => {
        world.onDrill = () => Promise.resolve(proven);
        lying({ drillStep: () => ({ verdict: 'proven', faults: null }) }, () => true)(world);
      },
    );
  });

  test('and its failure says nothing that is not read either', async () => {
    let isLying = true;
    const { ApplicationFailure } = await import('@temporalio/common');
    const failing = () => {
      const details = [{ type: 'ExpectationFailed', message: { toString: 7 }, next: null, retryable: 'no' }];
      throw ApplicationFailure.create({ type: 'ExpectationFailed', message: 'made up', nonRetryable: true, details });
    };
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        const { failure } = await driver.until('only/a', 'parked');
        expect(failure).toMatchObject({ type: 'Internal', message: expect.stringContaining('made up') as unknown });
        isLying = false;
        await driver.command('retry', 'only/a');
        expect((await driver.handle.result()).status.state).toBe('done');
        expect(await failedTasks(phaseOf(driver))).toBe(0);
      },
      lying({ applyStep: failing, appendRecord: failing }, () => isLying),
    );
  });
});

test('a phase under whose id somebody else began a workflow says what holds it up, until it can begin', async () => {
  await Driver.run(
    bench,
    one(),
    async (driver) => {
      const workflowId = phaseOf(driver);
      const phaseStatus = async () => (await driver.status()).phases[0];
      const heldUp = await until(async () => (await phaseStatus())?.heldUp);
      expect(heldUp).toContain(`temporal workflow terminate --workflow-id ${workflowId}`);
      await bench.env.client.workflow.getHandle(workflowId).terminate();
      const { status } = await driver.handle.result();
      expect(status).toMatchObject({ state: 'done', phases: [{ state: 'done' }] });
      expect(status.phases[0]).not.toHaveProperty('heldUp');
    },
    (world) => {
      const honest = world.activities.bind(world);
      world.activities = (client, taskQueue) => {
        const activities = honest(client, taskQueue);
        return {
          ...activities,
          openRollout: async (input, run) => {
            const workflowId = phaseWorkflowId(input.environment, 'platform', 'only');
            await client.workflow.start('nothing', { workflowId, taskQueue: 'nobody-polls' });
            return activities.openRollout(input, run);
          },
        };
      };
    },
  );
});
