import { ApplicationFailure, Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { drillQuery } from '../../src/contract/messages.ts';
import { until } from '../support/poll.ts';
import { DrillWorld, fresh, proven } from './support/drill-world.ts';
import { WorkflowBench } from './support/environment.ts';
import { final, untilCancelled } from './support/fake-activities.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const refuted = {
  ...proven,
  verdict: 'refuted',
  faults: ['ConfigMap data/settings is missing in the restore'],
} as const;

describe('a drill apart from its rollout', () => {
  test('ends proven under the lock of its target, with the verdict on record, and tells nobody', async () => {
    await DrillWorld.run(bench, async (world) => {
      const handle = await world.start();
      expect(await handle.result()).toMatchObject({ state: 'ended', verdict: proven, freshness: fresh });
      expect(world.fences).toMatchObject([{ lock: `lock/${world.environment}/cluster` }]);
      expect(world.record).toEqual([{ type: 'drill', verdict: proven }]);
      expect(world.told).toEqual([]);
    });
  });

  test('that refutes the backup fails, is on record, and tells the webhooks that want to know', async () => {
    await DrillWorld.run(bench, async (world) => {
      world.onDrill = () => refuted;
      const handle = await world.start();
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'ExpectationFailed' } });
      expect(world.recorded('drill')).toEqual([{ type: 'drill', verdict: refuted }]);
      expect(world.told).toMatchObject([{ event: 'refuted', message: expect.stringContaining('settings is missing') }]);
      expect(world.recorded('notification')).toEqual([
        { type: 'notification', event: 'refuted', webhook: 0, failure: null },
      ]);
    });
  });

  test('that fails says so on record, and its webhook may fail too without another end', async () => {
    await DrillWorld.run(bench, async (world) => {
      world.onDrill = () => {
        throw final('BackupFailed');
      };
      world.onNotify = () => {
        throw ApplicationFailure.nonRetryable('no');
      };
      const handle = await world.start();
      await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'BackupFailed' } });
      expect(world.recorded('drill')).toMatchObject([
        { verdict: { verdict: 'failed', failure: { type: 'BackupFailed' } } },
      ]);
      expect(world.recorded('notification')).toMatchObject([
        { event: 'failed', webhook: 0, failure: { type: 'Internal' } },
      ]);
    });
  });

  test('whose proof has grown too old tells every webhook once', async () => {
    await DrillWorld.run(bench, async (world) => {
      world.freshness = { ...fresh, stale: true };
      expect(await (await world.start({ mode: 'freshness' })).result()).toMatchObject({ freshness: { stale: true } });
      expect(world.told).toMatchObject([{ event: 'stale' }, { event: 'stale' }]);
      expect(world.recorded('stale')).toEqual([{ type: 'stale', newest: fresh.newest, limit: '24h' }]);
      world.freshness = { ...fresh, stale: true, known: true };
      await (await world.start({ mode: 'freshness' })).result();
      expect(world.told).toHaveLength(2);
      expect(world.fences).toEqual([]);
    });
  });

  test('as a witness records that it planted, and tells when it could not', async () => {
    await DrillWorld.run(bench, async (world) => {
      await (await world.start({ mode: 'witness' })).result();
      world.onWitness = () => {
        throw final('BackupFailed');
      };
      const again = await world.start({ mode: 'witness' });
      await expect(again.result()).rejects.toMatchObject({ cause: { type: 'BackupFailed' } });
      expect(world.recorded('witness')).toMatchObject([{ failure: null }, { failure: { type: 'BackupFailed' } }]);
      expect(world.told).toMatchObject([{ event: 'failed' }]);
    });
  });

  test('that is cancelled ends as cancelled, is on record so, and tells nobody', async () => {
    await DrillWorld.run(bench, async (world) => {
      let begun = false;
      world.onDrill = () => {
        begun = true;
        return untilCancelled();
      };
      const handle = await world.start();
      await until(() => begun);
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(world.recorded('drill')).toMatchObject([{ verdict: { verdict: 'cancelled' } }]);
      expect(world.told).toEqual([]);
    });
  });
});

describe('two drills on one target', () => {
  test('follow one another, each under a token of its own', async () => {
    await DrillWorld.run(bench, async (world) => {
      let acting = 0;
      let most = 0;
      let release = false;
      world.onDrill = async () => {
        most = Math.max(most, ++acting);
        await until(() => {
          Context.current().heartbeat();
          return release;
        });
        acting--;
        return proven;
      };
      const first = await world.start();
      await until(() => acting === 1);
      const second = await world.start({ step: 'other' });
      await until(async () => (await second.query(drillQuery)).state === 'waiting for its target');
      release = true;
      // Not by their results: to wait for those skips time, and with it the lease of the one that holds.
      for (const one of [first, second]) await until(async () => (await one.describe()).status.name === 'COMPLETED');
      expect(most).toBe(1);
      const [one, two] = world.fences;
      expect(two!.token).toBeGreaterThan(one!.token);
    });
  });

  test('of one step at once are refused, and the one that runs is named', async () => {
    await DrillWorld.run(bench, async (world) => {
      let release = false;
      world.onDrill = async () => {
        await until(() => release);
        return proven;
      };
      const first = await world.start();
      await expect(world.start()).rejects.toMatchObject({
        name: 'WorkflowExecutionAlreadyStartedError',
        workflowId: first.workflowId,
      });
      release = true;
      await first.result();
    });
  });
});
