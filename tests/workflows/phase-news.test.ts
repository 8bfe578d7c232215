import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import type { StepStatus } from '../../src/domain/status.ts';
import { phaseChangedSignal, WORKFLOWS } from '../../src/contract/messages.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { final, untilCancelled } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

// What somebody does who reaches Temporal alone: signals to the rollout in the name of its phases.
let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const told = (name: string, more: Partial<StepStatus> = {}): StepStatus => ({
  ...{ name, kind: 'kubernetes.apply', state: 'done', plan: null, gate: null, failure: null },
  ...{ decidedBy: null, startedAt: null, endedAt: null, ...more },
});

const forge = (driver: Driver, of: string, ...steps: StepStatus[]) =>
  driver.handle.signal(phaseChangedSignal, { phase: of, steps });

const applied = (driver: Driver) => driver.world.calls.filter((call) => call.startsWith('apply'));

describe('news in the name of a phase that the phase did not send', () => {
  test('hides no open gate: the decision over it stands', async () => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      const decision = await driver.decision('only/a');
      await forge(driver, 'only', told('a'));
      expect(await driver.send(decision)).toMatchObject({ accepted: true });
      const { status } = await driver.handle.result();
      expect(status).toMatchObject({ state: 'done', forged: 1 });
      expect(applied(driver)).toEqual(['apply only/a']);
    });
  });

  test('shows no gate that is not open: a decision over it is refused', async () => {
    const one = shape(phase('only', [step('a', gated()), step('b')]));
    await Driver.run(bench, one, async (driver) => {
      const decision = await driver.decision('only/a');
      await driver.until('only/b', 'done');
      const gate = { ...(await driver.step('only/a')).gate!, step: 'b' };
      await forge(driver, 'only', told('b', { state: 'gate', gate }));
      expect(await driver.send({ ...decision, step: 'b' })).toMatchObject({
        accepted: false,
        reason: 'no gate is open at only/b',
      });
      await driver.send(decision);
      await driver.handle.result();
    });
  });

  test('is found out while nobody asks, and is not believed any more', async () => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      const decision = await driver.decision('only/a');
      await forge(driver, 'only', told('a'));
      await bench.env.sleep('11s');
      await until(async () => ((await driver.step('only/a')).state === 'gate' ? true : null));
      expect((await driver.status()).forged).toBe(1);
      await forge(driver, 'only', told('a', { state: 'aborted' }));
      expect((await driver.step('only/a')).state).toBe('gate');
      await driver.send(decision);
      expect((await driver.handle.result()).status.state).toBe('done');
    });
  });

  test('lets no phase begin before the one that it needs has ended', async () => {
    const two = shape(phase('first', [step('a', gated())]), phase('second', [step('b')], ['first']));
    await Driver.run(bench, two, async (driver) => {
      const decision = await driver.decision('first/a');
      await forge(driver, 'first', told('a'));
      await forge(driver, 'second', told('b'));
      expect((await driver.step('second/b')).state).toBe('pending');
      await driver.send(decision);
      const { status } = await driver.handle.result();
      expect(applied(driver)).toEqual(['apply first/a', 'apply second/b']);
      expect(status).toMatchObject({ state: 'done', forged: 2 });
    });
  });

  test('parks no step and hides no parked one from a command', async () => {
    let broken = true;
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        const { parkings = 0 } = await driver.until('only/a', 'parked');
        await forge(driver, 'only', told('a'));
        const retry = { ...driver.commandFor('retry', 'only/a'), parking: parkings };
        expect(await driver.tell(retry)).toEqual({ accepted: true });
        await driver.handle.result();
      },
      (world) => {
        world.step('only/a').onApply = () => {
          if (!broken) return;
          broken = false;
          throw final('Stalled');
        };
      },
    );
  });

  test('changes neither the state nor the verdict of a rollout that was cancelled', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        await driver.until('only/a', 'applying');
        await forge(driver, 'only', told('a', { state: 'aborted' }));
        await driver.handle.cancel();
        await expect(driver.handle.result()).rejects.toThrow();
        expect((await driver.status()).state).toBe('cancelled');
        expect(driver.world.recorded('verdict').map(({ status }) => status.state)).toEqual(['cancelled']);
      },
      (world) => {
        world.step('only/a').onApply = () => untilCancelled();
      },
    );
  });

  test('comes from no workflow that took the id of a phase: the rollout asks its own phases alone', async () => {
    const two = shape(phase('first', [step('a')]), phase('second', [step('b', gated())], ['first']));
    await Driver.run(bench, two, async (driver) => {
      await driver.until('second/b', 'gate');
      await bench.env.client.workflow.start(WORKFLOWS.targetLock, {
        ...{ workflowId: phaseWorkflowId(driver.environment, 'platform', 'first'), taskQueue: driver.taskQueue },
        args: [null],
      });
      await forge(driver, 'first', told('a', { state: 'parked' }));
      expect(await driver.command('retry', 'first/a')).toMatchObject({ accepted: false });
      expect((await driver.step('first/a')).state).toBe('done');
      await driver.decide('second/b');
      await driver.handle.result();
    });
  });
});
