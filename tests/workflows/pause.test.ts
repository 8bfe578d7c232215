import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { commandedSignal, commandSignal, lockQuery, type Command } from '../../src/contract/messages.ts';
import { lockWorkflowId, phaseWorkflowId } from '../../src/domain/names.ts';
import { until } from '../support/poll.ts';
import { workflowCode } from '../support/workflow-code.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const HOUR_MS = 3_600_000;
const two = () =>
  shape(phase('first', [step('a'), step('b', { needs: ['a'] })]), phase('then', [step('c')], ['first']));

const pausing = (driver: Driver, action: 'pause' | 'resume', number: number): Command => ({
  ...driver.commandFor(action, ''),
  pausing: number,
});
const tell = (driver: Driver, action: 'pause' | 'resume', number: number) =>
  driver.tell(pausing(driver, action, number));

/** Waits until a phase has taken up that it is paused, which its rollout tells it. */
async function untilHeld(driver: Driver, calls: number): Promise<void> {
  await until(async () => (await driver.status()).state === 'paused');
  // Whatever could begin would have, in this time that nothing but the server's clock tells.
  await bench.env.sleep(HOUR_MS);
  expect(driver.world.calls).toHaveLength(calls);
}

/** Replays what has happened, in the rollout and its phases, against the workflows of now. */
async function replayed(driver: Driver, phases: readonly string[]): Promise<void> {
  const { client, workflowId } = driver.handle;
  for (const id of [workflowId, ...phases.map((name) => phaseWorkflowId(driver.environment, 'platform', name))]) {
    const history = await client.getHandle(id).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: workflowCode() } }, history, id);
  }
}

describe('a paused rollout', () => {
  test('ends the attempt under way, gives its lock back, begins no step and no phase, and goes on where it stood', async () => {
    let release: () => void = () => undefined;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    await Driver.run(
      bench,
      two(),
      async (driver) => {
        await until(() => driver.world.calls.includes('apply first/a'));
        expect(await tell(driver, 'pause', 1)).toEqual({ accepted: true });
        const status = await driver.status();
        expect(status).toMatchObject({ state: 'paused', pauses: 1, paused: { by: 'ada' } });
        release();
        await driver.until('first/a', 'done');
        await untilHeld(driver, ['plan', 'apply', 'verify'].length);
        const lock = driver.handle.client.getHandle(lockWorkflowId(driver.environment, 'cluster'));
        expect((await lock.query(lockQuery)).owner).toBeNull();
        expect((await driver.step('first/b')).state).toBe('pending');

        expect(await tell(driver, 'resume', 1)).toEqual({ accepted: true });
        await driver.handle.result();
        expect(driver.world.calls.filter((call) => call.startsWith('apply'))).toEqual([
          'apply first/a',
          'apply first/b',
          'apply then/c',
        ]);
        const done = await driver.status();
        expect(done.state).toBe('done');
        expect(done).not.toHaveProperty('paused');
        expect(driver.world.recorded('command')).toMatchObject([
          { action: 'pause', pausing: 1, denial: null },
          { action: 'resume', pausing: 1, denial: null },
        ]);
        await replayed(driver, ['first', 'then']);
      },
      (world) => {
        world.step('first/a').onApply = () => blocked;
      },
    );
  });

  test('holds the timers of its gates: one that has an hour left has it still after a day', async () => {
    const approval = { reason: 'r', approvers: [], expiresMs: 2 * HOUR_MS };
    await Driver.run(bench, shape(phase('only', [step('a', { approval })])), async (driver) => {
      const { gate } = await driver.until('only/a', 'gate');
      await bench.env.sleep(HOUR_MS);
      await tell(driver, 'pause', 1);
      const held = driver.handle.client.getHandle(phaseWorkflowId(driver.environment, 'platform', 'only'));
      await until(async () => {
        const { events = [] } = await held.fetchHistory();
        return events?.some((event) => event.timerCanceledEventAttributes) === true;
      });
      await bench.env.sleep(24 * HOUR_MS);
      await tell(driver, 'resume', 1);
      const moved = await until(async () => {
        const now = (await driver.step('only/a')).gate;
        return now !== null && now.expiresAt !== gate?.expiresAt ? now : null;
      });
      expect(Date.parse(moved.expiresAt ?? '') - Date.parse(gate?.expiresAt ?? '')).toBeGreaterThanOrEqual(
        24 * HOUR_MS,
      );
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
      expect((await driver.step('only/a')).state).toBe('done');
      await replayed(driver, ['only']);
    });
  });

  test('lets gates be decided, and acts on it once it is resumed', async () => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      await driver.until('only/a', 'gate');
      await tell(driver, 'pause', 1);
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.until('only/a', 'pending');
      expect(driver.world.calls).toEqual(['plan only/a']);
      await tell(driver, 'resume', 1);
      await driver.handle.result();
      // Planned again: it may have been paused for long.
      expect(driver.world.calls).toEqual([
        'plan only/a',
        'plan only/a',
        'plan only/a',
        'apply only/a',
        'verify only/a',
      ]);
    });
  });

  test('can be cancelled, and a step of it aborted', async () => {
    await Driver.run(bench, two(), async (driver) => {
      await tell(driver, 'pause', 1);
      await driver.command('cancel', '');
      await expect(driver.handle.result()).rejects.toThrow();
      expect((await driver.status()).state).toBe('cancelled');
    });
    await Driver.run(
      bench,
      two(),
      async (driver) => {
        await driver.until('first/a', 'parked');
        await tell(driver, 'pause', 1);
        await driver.command('abort', 'first/a');
        await expect(driver.handle.result()).rejects.toThrow();
        expect((await driver.status()).state).toBe('aborted');
      },
      (world) => {
        world.step('first/a').verifyFails = true;
      },
    );
  });

  test('is paused once however often it is told, and by no command of another pause', async () => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      await driver.until('only/a', 'gate');
      expect(await tell(driver, 'resume', 1)).toMatchObject({
        accepted: false,
        reason: expect.stringContaining('never'),
      });
      expect(await tell(driver, 'pause', 2)).toMatchObject({ accepted: false });
      expect(await tell(driver, 'pause', 1)).toEqual({ accepted: true });
      const since = (await driver.status()).paused?.since;
      await bench.env.sleep(1_000);
      expect(await tell(driver, 'pause', 1)).toEqual({ accepted: true });
      await driver.handle.signal(commandSignal, pausing(driver, 'pause', 1));
      expect((await driver.status()).paused?.since).toBe(since);
      expect(await tell(driver, 'resume', 1)).toEqual({ accepted: true });
      expect(await tell(driver, 'resume', 1)).toEqual({ accepted: true });
      // What was signed for a pause that is over begins none.
      expect(await tell(driver, 'pause', 1)).toMatchObject({ accepted: false });
      expect((await driver.status()).state).toBe('blocked');
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });

  test('is no phase that somebody tells to pause past its rollout, without a signature that stands', async () => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      await driver.until('only/a', 'gate');
      driver.world.signatureDenial = 'forged';
      const directly = driver.handle.client.getHandle(phaseWorkflowId(driver.environment, 'platform', 'only'));
      await directly.signal(commandedSignal, pausing(driver, 'pause', 1));
      await until(() => driver.world.recorded('command').length > 0);
      expect(driver.world.recorded('command')).toMatchObject([{ action: 'pause', denial: 'forged' }]);
      driver.world.signatureDenial = null;
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });
});
