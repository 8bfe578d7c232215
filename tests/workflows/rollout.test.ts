import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandedSignal } from '../../src/contract/messages.ts';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { change, final } from './support/fake-activities.ts';
import { phase, shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

describe('a rollout', () => {
  test('carries phases and steps in the order of their needs and ends done', async () => {
    const plan = shape(
      phase('second', [step('c')], ['first']),
      phase('first', [step('b', { needs: ['a'] }), step('a')]),
    );
    await Driver.run(bench, plan, async ({ handle, world }) => {
      const { status, unchanged } = await handle.result();
      expect(status.state).toBe('done');
      expect(unchanged).toBe(false);
      expect(world.calls.filter((call) => call.startsWith('apply'))).toEqual([
        'apply first/a',
        'apply first/b',
        'apply second/c',
      ]);
      expect(world.recorded('verdict').map((body) => body.status.state)).toEqual(['done']);
    });
  });

  test('applies nothing when every plan is unchanged, but verifies, and says so', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a'), step('b')])),
      async ({ handle, world }) => {
        const { unchanged } = await handle.result();
        expect(unchanged).toBe(true);
        expect(world.calls.filter((call) => call.startsWith('apply'))).toEqual([]);
        expect(world.calls.filter((call) => call.startsWith('verify')).sort()).toEqual([
          'verify only/a',
          'verify only/b',
        ]);
      },
      (world) => {
        for (const fake of world.steps.values())
          fake.changes = [{ action: 'unchanged', what: 'x', destructive: false }];
      },
    );
  });

  test('begins independent steps side by side, on one target too', async () => {
    let together = 0;
    let most = 0;
    let release: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    await Driver.run(
      bench,
      shape(phase('only', [step('a'), step('b')])),
      async ({ handle }) => {
        await handle.result();
        expect(most).toBe(2);
      },
      (world) => {
        for (const fake of world.steps.values())
          fake.onApply = async () => {
            most = Math.max(most, ++together);
            if (together === 2) release();
            await both;
            together--;
          };
      },
    );
  });

  test('skips a step that its condition leaves out, and carries what needs it', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a', { included: false }), step('b', { needs: ['a'] })])),
      async (driver) => {
        await driver.handle.result();
        expect((await driver.step('only/a')).state).toBe('skipped');
        expect(driver.world.calls).toEqual(['plan only/b', 'apply only/b', 'verify only/b']);
      },
    );
  });
});

describe('a step that fails for good', () => {
  test('parks while independent steps go on, and goes on itself after a retry', async () => {
    let broken = true;
    await Driver.run(
      bench,
      shape(phase('only', [step('bad'), step('good'), step('after', { needs: ['bad'] })])),
      async (driver) => {
        const parked = await driver.until('only/bad', 'parked');
        expect(parked.failure).toMatchObject({ type: 'Stalled', next: 'mend it' });
        await driver.until('only/good', 'done');
        expect((await driver.step('only/after')).state).toBe('pending');
        expect((await driver.status()).state).toBe('blocked');
        broken = false;
        expect(await driver.command('retry', 'only/bad')).toEqual({ accepted: true });
        await driver.handle.result();
        expect((await driver.step('only/after')).state).toBe('done');
        expect(driver.world.recorded('parked').map((body) => body.failure.type)).toEqual(['Stalled']);
      },
      (world) => {
        world.step('only/bad').onApply = () => {
          if (broken) throw final('Stalled');
        };
      },
    );
  });

  test('is not retried by a command that was given when it was parked before, sent again', async () => {
    let broken = true;
    await Driver.run(
      bench,
      shape(phase('only', [step('bad')])),
      async (driver) => {
        const { parkings = 0 } = await driver.until('only/bad', 'parked');
        const retry = { ...driver.commandFor('retry', 'only/bad'), parking: parkings };
        expect(await driver.tell(retry)).toEqual({ accepted: true });
        await until(async () => ((await driver.step('only/bad')).parkings ?? 0) > parkings);
        const denied = {
          accepted: false,
          reason: expect.stringContaining('another time that only/bad was parked') as unknown,
        };
        expect(await driver.tell(retry)).toEqual(denied);
        const phaseId = phaseWorkflowId(driver.environment, 'platform', 'only');
        await bench.env.client.workflow.getHandle(phaseId).signal(commandedSignal, retry);
        await until(() => driver.world.recorded('command').filter(({ denial }) => denial !== null).length === 2);
        expect((await driver.step('only/bad')).state).toBe('parked');
        broken = false;
        expect(await driver.command('retry', 'only/bad')).toEqual({ accepted: true });
        await driver.handle.result();
      },
      (world) => {
        world.step('only/bad').onApply = () => {
          if (broken) throw final('Stalled');
        };
      },
    );
  });

  test('is gone on without when the operator says why, and an approval that was rejected is not', async () => {
    const gate = { approval: { reason: 'r', approvers: ['platform'], expiresMs: null } };
    const bare = step('go', { kind: 'approval', needs: ['after'], ...gate });
    const steps = [step('bad'), step('after', { needs: ['bad'] }), bare, step('behind', { needs: ['go'] })];
    await Driver.run(
      bench,
      shape(phase('only', steps)),
      async (driver) => {
        await driver.until('only/bad', 'parked');
        const asked = async (at: string, comment: string) => ({
          ...driver.commandFor('skip', at),
          ...{ comment, parking: (await driver.step(at)).parkings ?? 0 },
        });
        const skip = async (at: string, comment: string) => driver.tell(await asked(at, comment));
        expect(await skip('only/bad', ' ')).toMatchObject({
          accepted: false,
          reason: expect.stringContaining('needs a comment') as unknown,
        });
        expect(await skip('only/bad', 'its chart is gone')).toEqual({ accepted: true });
        await driver.until('only/after', 'done');
        expect(await driver.step('only/bad')).toMatchObject({
          state: 'skipped by hand',
          failure: null,
          decidedBy: 'skipped by ada: its chart is gone',
        });

        await driver.until('only/go', 'gate');
        await driver.decide('only/go', { verdict: 'reject' });
        await driver.until('only/go', 'parked');
        const sent = await asked('only/go', 'no time');
        const denied = expect.stringContaining('is an approval, which nobody can skip') as unknown;
        expect(await driver.tell(sent)).toMatchObject({ accepted: false, reason: denied });
        const phaseId = phaseWorkflowId(driver.environment, 'platform', 'only');
        await bench.env.client.workflow.getHandle(phaseId).signal(commandedSignal, sent);
        await until(() => driver.world.recorded('command').filter((one) => one.denial !== null).length === 3);
        expect((await driver.step('only/go')).state).toBe('parked');
        await driver.command('retry', 'only/go');
        await driver.decide('only/go');
        expect(await driver.handle.result()).toMatchObject({ unchanged: false });
        expect(driver.world.calls).toContain('apply only/behind');
      },
      (world) => {
        world.step('only/bad').onApply = () => {
          throw final('Stalled');
        };
      },
    );
  });

  test('ends the rollout as aborted when the operator says so, and keeps what was reached', async () => {
    await Driver.run(
      bench,
      shape(phase('first', [step('bad'), step('good')]), phase('second', [step('never')], ['first'])),
      async (driver) => {
        await driver.until('first/bad', 'parked');
        await driver.until('first/good', 'done');
        await driver.command('abort', 'first/bad');
        await expect(driver.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
        expect(driver.world.calls).not.toContain('plan second/never');
        expect(driver.world.recorded('verdict').map((body) => body.status.state)).toEqual(['aborted']);
        expect(driver.world.recorded('command')).toMatchObject([{ action: 'abort', by: 'ada', denial: null }]);
      },
      (world) => {
        world.step('first/bad').onApply = () => {
          throw final('SqlFailed');
        };
      },
    );
  });

  test('is not retried by a command while it is not parked', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a', { approval: { reason: 'r', approvers: [], expiresMs: null } })])),
      async (driver) => {
        await driver.until('only/a', 'gate');
        expect(await driver.command('retry', 'only/a')).toEqual({
          accepted: false,
          reason: 'only/a is not parked but gate',
        });
        await driver.decide('only/a');
        await driver.handle.result();
      },
    );
  });

  test('parks when what it made does not hold up to verification', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        expect((await driver.until('only/a', 'parked')).failure?.type).toBe('ExpectationFailed');
        driver.world.step('only/a').verifyFails = false;
        await driver.command('retry', 'only/a');
        await driver.handle.result();
      },
      (world) => {
        world.steps.set('only/a', { changes: [change('x')], verifyFails: true });
      },
    );
  });
});
