import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { change, type FakeWorld } from './support/fake-activities.ts';
import { phase, shape, step } from './support/shapes.ts';
import { until } from '../support/poll.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const MISSING = 'no backup proven within 24h (none was ever proven)';
const one = shape(phase('only', [step('a')]));
const destroying = (missing: string | null) => (world: FakeWorld) => {
  world.step('only/a').changes = [change('table orders', true)];
  world.missing = missing;
};

describe('a step that destroys data without a proven backup', () => {
  test('waits at one gate that shows both, and goes on when somebody waives it and says why', async () => {
    await Driver.run(
      bench,
      one,
      async (driver) => {
        const { gate } = await driver.until('only/a', 'gate');
        expect(gate).toMatchObject({ waives: MISSING, plan: { destructive: 1 } });
        const bare = await driver.decide('only/a', { waives: MISSING });
        expect(bare).toMatchObject({ accepted: false, reason: expect.stringContaining('does not say why') });
        const blind = await driver.decide('only/a', { comment: 'go' });
        expect(blind).toMatchObject({ accepted: false, reason: expect.stringContaining('was not shown') });
        expect(driver.world.calls).not.toContain('apply only/a');
        await driver.decide('only/a', { waives: MISSING, comment: 'the table is empty by now' });
        await driver.handle.result();
        expect((await driver.step('only/a')).decidedBy).toBe(
          `approved by ada: the table is empty by now, waived: ${MISSING}`,
        );
        expect(driver.world.recorded('decision').at(-1)).toMatchObject({
          denial: null,
          decision: { by: 'ada', comment: 'the table is empty by now', waives: MISSING },
        });
      },
      destroying(MISSING),
    );
  });

  test('may be rejected without a word of the waiver', async () => {
    await Driver.run(
      bench,
      one,
      async (driver) => {
        expect(await driver.decide('only/a', { verdict: 'reject' })).toMatchObject({ accepted: true });
        await driver.until('only/a', 'parked');
        await driver.command('abort', 'only/a');
        await expect(driver.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
      },
      destroying(MISSING),
    );
  });

  test('asks for no waiver any more once a drill has proven one while the gate was open', async () => {
    await Driver.run(
      bench,
      one,
      async (driver) => {
        await driver.until('only/a', 'gate');
        driver.world.missing = null;
        await until(async () => {
          const { gate } = await driver.step('only/a');
          return gate !== null && gate.waives === undefined;
        });
        await driver.decide('only/a');
        await driver.handle.result();
      },
      destroying(MISSING),
    );
  });
});

describe('a step that destroys data with a proven backup', () => {
  test('asks only for the approval of what it destroys', async () => {
    await Driver.run(
      bench,
      one,
      async (driver) => {
        expect((await driver.until('only/a', 'gate')).gate?.waives).toBeUndefined();
        await driver.decide('only/a');
        await driver.handle.result();
      },
      destroying(null),
    );
  });

  test('opens its gate again when the proof has grown too old by the time the target is held', async () => {
    await Driver.run(
      bench,
      one,
      async (driver) => {
        const decision = await driver.decision('only/a');
        driver.world.missing = MISSING;
        await driver.send(decision);
        await until(async () => (await driver.step('only/a')).gate?.waives === MISSING);
        expect(driver.world.calls).not.toContain('apply only/a');
        // What was approved before is not approved without a proof.
        expect(await driver.send(decision)).toMatchObject({ accepted: false });
        await driver.decide('only/a', { waives: MISSING, comment: 'restored by hand yesterday' });
        await driver.handle.result();
        expect(driver.world.calls).toContain('apply only/a');
      },
      destroying(null),
    );
  });
});

test('a step that destroys nothing is not asked for a proof', async () => {
  await Driver.run(
    bench,
    one,
    async (driver) => {
      await driver.handle.result();
      expect(driver.world.calls.filter((call) => call.startsWith('proof'))).toEqual([]);
    },
    (world) => {
      world.missing = MISSING;
    },
  );
});
