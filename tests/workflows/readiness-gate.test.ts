import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { change, type FakeWorld } from './support/fake-activities.ts';
import { phase, shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const MISSING = 'no readiness of good (it is 33.3 of 100, base)';
const approval = { reason: 'It goes live.', approvers: ['platform'], expiresMs: null, readiness: 'good' as const };
const live = shape(phase('only', [step('a', { approval })]));
const creating = (missing: string | null) => (world: FakeWorld) => {
  world.step('only/a').changes = [change('route')];
  world.missingReadiness = missing;
};
const questions = (world: FakeWorld) => world.calls.filter((call) => call === 'readiness only/a').length;

describe('a gate that demands a readiness', () => {
  test('shows what is missing, and approving waives it with a reason', async () => {
    await Driver.run(
      bench,
      live,
      async (driver) => {
        const { gate } = await driver.until('only/a', 'gate');
        expect(gate).toMatchObject({ reason: 'It goes live.', waives: MISSING });
        expect(await driver.decide('only/a', { comment: 'go' })).toMatchObject({ accepted: false });
        expect(driver.world.calls).not.toContain('apply only/a');
        await driver.decide('only/a', { waives: MISSING, comment: 'the board knows' });
        await driver.handle.result();
        expect(driver.world.calls).toContain('apply only/a');
      },
      creating(MISSING),
    );
  });

  test('has nothing to waive once the readiness is reached while it is open', async () => {
    await Driver.run(
      bench,
      live,
      async (driver) => {
        await driver.until('only/a', 'gate');
        driver.world.missingReadiness = null;
        const bare = await until(async () => {
          const { gate } = await driver.step('only/a');
          return gate !== null && gate.waives === undefined ? gate : null;
        });
        expect(bare).toMatchObject({ reason: 'It goes live.' });
        await driver.decide('only/a');
        await driver.handle.result();
      },
      creating(MISSING),
    );
  });

  test('asks again when the readiness fell while people thought', async () => {
    await Driver.run(
      bench,
      live,
      async (driver) => {
        expect((await driver.until('only/a', 'gate')).gate?.waives).toBeUndefined();
        driver.world.missingReadiness = MISSING;
        await driver.decide('only/a');
        await until(async () => ((await driver.step('only/a')).gate?.waives === MISSING ? true : null));
        expect(driver.world.calls).not.toContain('apply only/a');
        await driver.decide('only/a', { waives: MISSING, comment: 'all the same' });
        await driver.handle.result();
      },
      creating(null),
    );
  });

  test('that was waived for the readiness still needs its proof', async () => {
    await Driver.run(
      bench,
      live,
      async (driver) => {
        const proof = 'no backup proven within 24h (none was ever proven)';
        const { gate } = await driver.until('only/a', 'gate');
        expect(gate).toMatchObject({ waives: `${proof}; ${MISSING}` });
        driver.world.missing = null;
        await until(async () => ((await driver.step('only/a')).gate?.waives === MISSING ? true : null));
        await driver.decide('only/a', { waives: MISSING, comment: 'the board knows' });
        await driver.handle.result();
      },
      (world) => {
        creating(MISSING)(world);
        world.step('only/a').changes = [change('table orders', true)];
        world.missing = 'no backup proven within 24h (none was ever proven)';
      },
    );
  });

  test('is asked of no step whose gate demands none', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        await driver.handle.result();
        expect(questions(driver.world)).toBe(0);
      },
      creating(MISSING),
    );
  });
});
