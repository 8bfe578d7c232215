import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import { phaseChangedSignal, statusQuery } from '../../src/contract/messages.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { final } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const events = async (handle: WorkflowHandle) => (await handle.fetchHistory()).events ?? [];

/** How often the rollout was told something in the name of a phase. */
const news = async ({ handle }: Driver) =>
  (await events(handle)).filter(
    ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === phaseChangedSignal.name,
  ).length;

/** What the rollout's timeline names: of each wait, whether it has ended. */
async function waits({ handle }: Driver): Promise<Record<string, 'open' | 'over'>> {
  const all = await events(handle);
  const over = new Set(all.map((event) => event.timerCanceledEventAttributes?.timerId));
  return Object.fromEntries(
    all.flatMap(({ timerStartedEventAttributes: timer, userMetadata }) => {
      const summary = userMetadata?.summary?.data;
      if (!timer || !summary) return [];
      return [[JSON.parse(Buffer.from(summary).toString()) as string, over.has(timer.timerId) ? 'over' : 'open']];
    }),
  );
}

describe('a rollout is told', () => {
  test('nothing of steps that nobody decides upon, and knows all of them at the end', async () => {
    const steps = Array.from({ length: 12 }, (_none, index) => step(`s-${String(index)}`));
    await Driver.run(bench, shape(phase('only', steps)), async (driver) => {
      const { status } = await driver.handle.result();
      expect(await news(driver)).toBe(0);
      expect(status.phases[0]?.steps.map(({ state }) => state)).toEqual(steps.map(() => 'done'));
    });
  });

  test('of a gate when it opens and when it is closed, and its timeline names it in between', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a'), step('b', { ...gated(), needs: ['a'] })])),
      async (driver) => {
        await driver.until('only/b', 'gate');
        await until(async () => ((await waits(driver))['gate only/b'] === 'open' ? true : null));
        expect(await driver.decide('only/b')).toMatchObject({ accepted: true });
        await driver.handle.result();
        expect(await news(driver)).toBe(2);
        expect(await waits(driver)).toEqual({ 'gate only/b': 'over' });
      },
    );
  });

  test('of a parked step, and of a phase in which nothing but gates is left', async () => {
    let broken = true;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await Driver.run(
      bench,
      shape(phase('only', [step('bad'), step('slow', { target: null })])),
      async (driver) => {
        const known = () => driver.handle.query(statusQuery);
        await until(async () => ((await known()).phases[0]?.steps[0]?.state === 'parked' ? true : null));
        expect((await known()).state).toBe('running');
        release();
        await until(async () => ((await known()).state === 'blocked' ? true : null));
        broken = false;
        await driver.command('retry', 'only/bad');
        await driver.handle.result();
        expect(await news(driver)).toBe(3);
        expect(await waits(driver)).toEqual({ 'parked only/bad': 'over' });
      },
      (world) => {
        world.step('only/bad').onApply = () => {
          if (broken) throw final('Stalled');
        };
        world.step('only/slow').onApply = () => held;
      },
    );
  });
});

test('what a phase does now is in the status of whoever asks, though the rollout was not told', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await Driver.run(
    bench,
    shape(phase('only', [step('a'), step('b', { needs: ['a'] })])),
    async (driver) => {
      await driver.until('only/b', 'applying');
      expect((await driver.step('only/a')).state).toBe('done');
      const own = await driver.handle.query(statusQuery);
      expect(own.phases[0]).toMatchObject({ state: 'running', steps: [{ state: 'pending' }, { state: 'pending' }] });
      release();
      await driver.handle.result();
    },
    (world) => {
      world.step('only/b').onApply = () => held;
    },
  );
});

test('each phase that goes on is named by its first run, by which nobody else can be taken for it', async () => {
  const two = shape(phase('first', [step('a')]), phase('second', [step('b', gated())], ['first']));
  await Driver.run(bench, two, async (driver) => {
    await driver.until('second/b', 'gate');
    const id = phaseWorkflowId(driver.environment, 'platform', 'second');
    const { raw } = await bench.env.client.workflow.getHandle(id).describe();
    const { phases } = await driver.handle.query(statusQuery);
    expect(phases[1]?.run).toBe(raw.workflowExecutionInfo?.firstRunId);
    await driver.decide('second/b');
    await driver.handle.result();
  });
});

test('a signature that cannot be judged within the task that takes its decision is judged by an activity of its own', async () => {
  let tries = 0;
  await Driver.run(
    bench,
    shape(phase('only', [step('a', gated())])),
    async (driver) => {
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
      expect(tries).toBe(2);
    },
    (world) => {
      const activities = world.activities.bind(world);
      world.activities = (...from) => ({
        ...activities(...from),
        judgeSignature: () => (++tries === 1 ? Promise.reject(new Error('the store is away')) : Promise.resolve(null)),
      });
    },
  );
});

test('a phase is asked how it stands within the task that judges the signature of a decision', async () => {
  await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
    await driver.decide('only/a');
    await driver.handle.result();
    const all = await events(driver.handle);
    const asked = all.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'askPhase');
    const judged = all.find((event) => event.markerRecordedEventAttributes?.markerName === 'core_local_activity');
    expect(judged?.markerRecordedEventAttributes?.workflowTaskCompletedEventId).toEqual(
      asked?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId,
    );
  });
});
