import { ApplicationFailure } from '@temporalio/activity';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MeasureName, Moment } from '../../src/domain/measured.ts';
import type { RolloutShape } from '../../src/domain/shape.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { final, untilCancelled, type FakeWorld } from './support/fake-activities.ts';
import { phase, shape, step } from './support/shapes.ts';

const PODS: MeasureName = { name: 'pods', title: 'Running pods', better: 'higher' };
const TABLES: MeasureName = { name: 'tables', title: 'Tables' };
const TIME = '2026-01-01T00:00:00.000Z';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

function measured(...measures: readonly MeasureName[]): RolloutShape {
  return { ...shape(phase('only', [step('a')])), measures };
}

/** Pods are counted; the database is not there before. */
function readable(world: FakeWorld): void {
  world.onMeasures = (_scope, moment: Moment) =>
    Promise.resolve([
      { ...PODS, value: moment === 'before' ? 20 : 76, how: 'simulated', time: TIME },
      moment === 'before'
        ? { ...TABLES, value: null, why: 'refused the connection', time: TIME }
        : { ...TABLES, value: 54, time: TIME },
    ]);
}

describe('the measures of a rollout', () => {
  test('are read before its first change and after its last, and stand in its status', async () => {
    await Driver.run(
      bench,
      measured(PODS, TABLES),
      async ({ handle, world }) => {
        const { status } = await handle.result();
        expect(world.calls.filter((call) => !call.startsWith('proof'))).toEqual([
          'measure before',
          'plan only/a',
          'apply only/a',
          'verify only/a',
          'measure after',
        ]);
        expect(status.state).toBe('done');
        expect(status.measures).toEqual([
          {
            ...PODS,
            before: { value: 20, how: 'simulated', time: TIME },
            after: { value: 76, how: 'simulated', time: TIME },
          },
          {
            ...TABLES,
            before: { value: null, why: 'refused the connection', time: TIME },
            after: { value: 54, time: TIME },
          },
        ]);
        expect(world.recorded('verdict').map((body) => body.status.measures)).toEqual([status.measures]);
      },
      readable,
    );
  });

  test('are unknown where no worker reads them, and hold nothing up', async () => {
    await Driver.run(
      bench,
      measured(PODS),
      async ({ handle }) => {
        const { status } = await handle.result();
        expect(status.state).toBe('done');
        const unread = { value: null, why: expect.stringContaining('was not read'), time: expect.any(String) };
        expect(status.measures).toEqual([{ ...PODS, before: unread, after: unread }]);
      },
      (world) => {
        world.onMeasures = () => Promise.reject(ApplicationFailure.nonRetryable('the store is gone', 'BundleMissing'));
      },
    );
  });

  test('are read after a rollout that was aborted, too', async () => {
    await Driver.run(
      bench,
      measured(PODS, TABLES),
      async (driver) => {
        await driver.until('only/a', 'parked');
        await driver.command('abort', 'only/a');
        await expect(driver.handle.result()).rejects.toThrow();
        expect(driver.world.recorded('verdict')).toMatchObject([
          { status: { state: 'aborted', measures: [{ after: { value: 76 } }, { after: { value: 54 } }] } },
        ]);
      },
      (world) => {
        readable(world);
        world.step('only/a').onApply = () => {
          throw final('Stalled');
        };
      },
    );
  });

  test('that are still being read do not keep a cancelled rollout from ending', async () => {
    await Driver.run(
      bench,
      measured(PODS),
      async ({ handle, world }) => {
        const asked = async (): Promise<void> => {
          if (world.calls.includes('measure before')) return;
          await new Promise((resolve) => setTimeout(resolve, 25));
          return asked();
        };
        await asked();
        await handle.cancel();
        await expect(handle.result()).rejects.toThrow();
        expect(world.calls).toEqual(['measure before']);
        expect(world.recorded('verdict')).toHaveLength(1);
      },
      (world) => {
        world.onMeasures = () => untilCancelled();
      },
    );
  });

  test('leave no mark in the history of a rollout that has none', async () => {
    await Driver.run(bench, shape(phase('only', [step('a')])), async ({ handle, world }) => {
      const { status } = await handle.result();
      expect(world.calls.some((call) => call.startsWith('measure'))).toBe(false);
      expect(status).not.toHaveProperty('measures');
      const history = historyToJSON(await handle.fetchHistory());
      expect(history).not.toContain(Buffer.from('"measures"').toString('base64').slice(0, -4));
      expect(history).not.toContain('readMeasures');
    });
  });
});
