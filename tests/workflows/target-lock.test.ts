import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockWorkflowId, phaseWorkflowId } from '../../src/domain/names.ts';
import {
  acquireSignal,
  commandSignal,
  grantedSignal,
  lockQuery,
  phaseQuery,
  releaseSignal,
  WORKFLOWS,
} from '../../src/contract/messages.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { untilCancelled, type FakeWorld } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const gatedOne = () => shape(phase('only', [step('a', gated())]));
/** A world in which a drill holds the target of steps until it is ended. */
const drilling = (world: FakeWorld): void => {
  world.drilled = 'cluster';
  world.onDrill = () => untilCancelled();
};
const lockOf = (driver: Driver) => bench.env.client.workflow.getHandle(lockWorkflowId(driver.environment, 'cluster'));

describe('the lock of a target', () => {
  test('is given with one token to the steps of one rollout, and is free afterwards', async () => {
    await Driver.run(bench, shape(phase('only', [step('a'), step('b')])), async (driver) => {
      await driver.handle.result();
      const tokens = new Set(driver.world.fences.map((fence) => fence.token));
      expect(driver.world.fences).toHaveLength(2);
      expect(tokens.size).toBeLessThanOrEqual(2);
      for (const fence of driver.world.fences) expect(fence.deadline).toBeGreaterThan(fence.token);
      expect(await lockOf(driver).query(lockQuery)).toMatchObject({ owner: null, held: [], queue: [] });
    });
  });

  test('forgets a memory that no lock can have had, and goes on granting', async () => {
    await Driver.run(bench, shape(phase('only', [step('a')])), async (driver) => {
      const { taskQueue, environment } = driver;
      const poisoned = [{ token: 8_999_999_999_999, owner: null, held: [], queue: [] }, { queue: 7 }, 'nothing'];
      const run = driver.handle.firstExecutionRunId;
      const holder = { workflowId: driver.handle.workflowId, runId: run };
      for (const [index, memory] of poisoned.entries()) {
        const lock = await bench.env.client.workflow.start(WORKFLOWS.targetLock, {
          workflowId: lockWorkflowId(environment, `poisoned-${String(index)}`),
          taskQueue,
          args: [memory],
        });
        await lock.signal(acquireSignal, { id: 'x', owner: 'me', holder, leaseMs: 1_000_000 });
        const { token, held } = await until(async () => {
          const state = await lock.query(lockQuery);
          return state.held.length === 1 ? state : null;
        });
        expect(held).toMatchObject([{ id: 'x', owner: 'me' }]);
        expect(token).toBeLessThan(8_000_000_000_000);
      }
      await driver.handle.result();
    });
  });

  test('is not held at an open gate', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('first'), step('a', { needs: ['first'], ...gated() })])),
      async (driver) => {
        await driver.until('only/a', 'gate');
        expect(await lockOf(driver).query(lockQuery)).toMatchObject({ owner: null, held: [] });
        await driver.decide('only/a');
        await driver.handle.result();
      },
    );
  });

  test('makes a step wait while another owner holds it, and is taken back when that owner is gone', async () => {
    await Driver.run(
      bench,
      gatedOne(),
      async (driver) => {
        await driver.until('only/a', 'gate');
        const { drill, lock } = await driver.heldByDrill();
        await driver.decide('only/a');
        await driver.until('only/a', 'lock');
        expect((await lock.query(lockQuery)).owner).toContain(drill.workflowId);
        expect(driver.world.calls).not.toContain('apply only/a');
        await drill.terminate();
        await driver.handle.result();
        const { token } = await lock.query(lockQuery);
        expect(driver.world.fences.map((fence) => fence.token)).toEqual([token]);
      },
      drilling,
    );
  });

  test('is asked again by a step that waits, when the lock was terminated and has forgotten it', async () => {
    await Driver.run(
      bench,
      gatedOne(),
      async (driver) => {
        await driver.until('only/a', 'gate');
        await driver.heldByDrill();
        await driver.decide('only/a');
        await driver.until('only/a', 'lock');
        await lockOf(driver).terminate();
        await driver.handle.result();
        expect((await driver.step('only/a')).state).toBe('done');
      },
      drilling,
    );
  });

  test('is kept by nobody in the name of a run that asks for nothing', async () => {
    await Driver.run(bench, gatedOne(), async (driver) => {
      await driver.until('only/a', 'gate');
      // The rollout is open, and so is its phase: neither asks for anything at its gate.
      await driver.lockFor({ workflowId: driver.handle.workflowId, runId: driver.handle.firstExecutionRunId });
      const of = bench.env.client.workflow.getHandle(phaseWorkflowId(driver.environment, 'platform', 'only'));
      const holder = { workflowId: of.workflowId, runId: (await of.describe()).runId };
      await lockOf(driver).signal(acquireSignal, { id: 'x', owner: 'somebody', holder, leaseMs: 31 * 86_400_000 });
      await driver.decide('only/a');
      await driver.handle.result();
      expect(await lockOf(driver).query(lockQuery)).toMatchObject({ owner: null, held: [], queue: [] });
    });
  });

  test('is not taken from who holds it by somebody else who gives it back', async () => {
    await Driver.run(
      bench,
      gatedOne(),
      async (driver) => {
        await driver.until('only/a', 'gate');
        const { drill, lock, request } = await driver.heldByDrill();
        await lock.signal(releaseSignal, request.id);
        await driver.decide('only/a');
        await driver.until('only/a', 'lock');
        const [waiting] = await until(async () => {
          const { held, queue } = await lock.query(lockQuery);
          return held.some(({ id }) => id === request.id) && queue.length > 0 ? queue : null;
        });
        // Nor is who waits forgotten by it.
        const { questions } = driver.world;
        for (const { id } of [request, waiting!]) await lock.signal(releaseSignal, id);
        await until(async () => {
          const { held, queue } = await lock.query(lockQuery);
          const isAsked = driver.world.questions > questions && held.some(({ id }) => id === request.id);
          return isAsked && queue.some(({ id, givenBack }) => id === waiting!.id && givenBack !== true) ? true : null;
        });
        expect(driver.world.calls).not.toContain('apply only/a');
        await drill.terminate();
        await driver.handle.result();
      },
      drilling,
    );
  });

  test('forgets nothing that comes while it asks', async () => {
    let answer: (unwanted: readonly string[]) => void = () => undefined;
    const answered = new Promise<readonly string[]>((resolve) => (answer = resolve));
    let isAsked = false;
    await Driver.run(
      bench,
      gatedOne(),
      async (driver) => {
        await driver.until('only/a', 'gate');
        const { taskQueue, environment } = driver;
        const holder = { workflowId: driver.handle.workflowId, runId: driver.handle.firstExecutionRunId };
        const lock = await bench.env.client.workflow.start(WORKFLOWS.targetLock, {
          ...{ workflowId: lockWorkflowId(environment, 'asking'), taskQueue, args: [null] },
        });
        const ask = (id: string, owner: string) =>
          lock.signal(acquireSignal, { id, owner, holder, leaseMs: 1_000_000 });
        await ask('gone', 'before');
        await until(async () => ((await lock.query(lockQuery)).held.length === 1 ? true : null));
        await ask('first', 'now');
        await until(() => Promise.resolve(isAsked || null));
        await ask('second', 'now');
        await until(async () => ((await lock.query(lockQuery)).queue.length === 2 ? true : null));
        answer(['gone']);
        const held = await until(async () => {
          const state = await lock.query(lockQuery);
          return state.owner === 'now' ? state : null;
        });
        await until(async () => ((await lock.query(lockQuery)).held.length === 2 ? true : null));
        expect([...held.held, ...held.queue].map(({ id }) => id)).toEqual(['first', 'second']);
        await driver.decide('only/a');
        await driver.handle.result();
      },
      (world) => {
        const activities = world.activities.bind(world);
        world.activities = (...from) => {
          const honest = activities(...from);
          return {
            ...honest,
            unwantedRequests: (lock, asked) => {
              if (!lock.endsWith('/asking')) return honest.unwantedRequests(lock, asked);
              isAsked = true;
              return answered;
            },
          };
        };
      },
    );
  });

  test('is asked nothing by a rollout that has its target for itself', async () => {
    const steps = [step('a'), step('b'), step('c', { needs: ['a', 'b'] })];
    await Driver.run(bench, shape(phase('only', steps)), async (driver) => {
      await driver.handle.result();
      expect(driver.world.questions).toBe(0);
    });
  });

  test('asks whose targets they were, when many have been given back', async () => {
    const steps = Array.from({ length: 60 }, (_none, at) => step(`s${String(at)}`));
    await Driver.run(bench, shape(phase('only', steps)), async (driver) => {
      await driver.handle.result();
      const { givenBack = [] } = await lockOf(driver).query(lockQuery);
      expect(givenBack.length).toBeLessThan(60);
      expect(driver.world.questions).toBeGreaterThan(0);
    });
  });

  test('is not given by anybody else: not in words that no lock says, and not in its own', async () => {
    await Driver.run(
      bench,
      gatedOne(),
      async (driver) => {
        await driver.until('only/a', 'gate');
        const { drill, lock } = await driver.heldByDrill();
        await driver.decide('only/a');
        await driver.until('only/a', 'lock');
        const { id } = await until(async () => (await lock.query(lockQuery)).queue[0] ?? null);
        const grant = {
          id,
          lock: lockWorkflowId(driver.environment, 'cluster'),
          token: Date.now(),
          deadline: Date.now(),
        };
        const of = bench.env.client.workflow.getHandle(phaseWorkflowId(driver.environment, 'platform', 'only'));
        // Targets remember the highest token: one of the year 2250 would keep every later rollout off.
        await of.signal(grantedSignal, { ...grant, token: 8_900_000_000_000 });
        await of.signal(grantedSignal, { ...grant, deadline: 8_900_000_000_000 });
        await of.signal(grantedSignal, { ...grant, lock: 'another' });
        expect(await of.query(phaseQuery)).toMatchObject({ status: { steps: [{ state: 'lock' }] } });
        // One as the lock itself would give it is believed by the step, and by nobody who acts.
        await of.signal(grantedSignal, grant);
        await until(() => driver.world.calls.includes('apply only/a'));
        expect(driver.world.fences).toEqual([]);
        await drill.terminate();
        await driver.handle.result();
        const { token } = await lock.query(lockQuery);
        expect(driver.world.fences).toMatchObject([{ token, lock: grant.lock }]);
      },
      drilling,
    );
  });

  test('asked twice with one request grants once', async () => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      await driver.until('only/a', 'gate');
      const holder = { workflowId: driver.handle.workflowId, runId: driver.handle.firstExecutionRunId };
      await driver.lockFor(holder);
      await driver.lockFor(holder);
      const state = await lockOf(driver).query(lockQuery);
      expect(state.held.length + state.queue.length).toBe(1);
      await driver.handle.cancel();
      await driver.handle.result().catch(() => undefined);
    });
  });
});

describe('cancelling a rollout', () => {
  test.each(['update', 'signal'] as const)(
    'by a command that stands, sent by %s, ends it as cancelled',
    async (way) => {
      await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
        await driver.until('only/a', 'gate');
        if (way === 'update') expect(await driver.command('cancel', '')).toEqual({ accepted: true });
        else await driver.handle.signal(commandSignal, driver.commandFor('cancel', ''));
        await expect(driver.handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
        expect((await driver.handle.describe()).status.name).toBe('CANCELLED');
        expect(driver.world.recorded('command')).toMatchObject([{ action: 'cancel', by: 'ada', denial: null }]);
        expect(driver.world.recorded('verdict')).toMatchObject([{ status: { state: 'cancelled' } }]);
      });
    },
  );

  test.each(['update', 'signal'] as const)('by a command that is denied, sent by %s, ends nothing', async (way) => {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      await driver.until('only/a', 'gate');
      driver.world.signatureDenial = 'ada has a key here, but the message is not signed';
      if (way === 'update') expect(await driver.command('cancel', '')).toMatchObject({ accepted: false });
      else await driver.handle.signal(commandSignal, driver.commandFor('cancel', ''));
      await until(() => driver.world.recorded('command').length === 1);
      expect(driver.world.recorded('command')).toMatchObject([{ denial: driver.world.signatureDenial }]);
      expect((await driver.step('only/a')).state).toBe('gate');
      driver.world.signatureDenial = null;
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });

  test('ends what acts, gives the target back, and records the verdict', async () => {
    await Driver.run(
      bench,
      shape(phase('first', [step('a'), step('b', { needs: ['a'] })]), phase('second', [step('c')], ['first'])),
      async (driver) => {
        await driver.until('first/a', 'applying');
        await driver.handle.cancel();
        await expect(driver.handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
        expect((await driver.step('first/a')).state).toBe('cancelled');
        expect(await lockOf(driver).query(lockQuery)).toMatchObject({ owner: null, held: [], queue: [] });
        expect(driver.world.recorded('verdict').map((body) => body.status.state)).toEqual(['cancelled']);
        expect(driver.world.calls).not.toContain('plan first/b');
      },
      (world) => {
        world.step('first/a').onApply = () => untilCancelled();
      },
    );
  });
});

test('a lock that lost its memory grants a higher token than before', async () => {
  const workflowId = lockWorkflowId('forgetful', 'cluster');
  const grants: number[] = [];
  for (const round of [1, 2]) {
    await Driver.run(bench, shape(phase('only', [step('a', gated())])), async (driver) => {
      await driver.until('only/a', 'gate');
      const { taskQueue } = await driver.handle.describe();
      const lock = await bench.env.client.workflow.signalWithStart(WORKFLOWS.targetLock, {
        workflowId,
        taskQueue,
        args: [null],
        signal: acquireSignal,
        signalArgs: [
          {
            id: `round-${String(round)}`,
            owner: 'me',
            holder: { workflowId: driver.handle.workflowId, runId: driver.handle.firstExecutionRunId },
            leaseMs: 60_000,
          },
        ],
      });
      let token = 0;
      while (token === 0) token = (await lock.query(lockQuery)).token;
      grants.push(token);
      await lock.terminate();
      await driver.handle.cancel();
      await driver.handle.result().catch(() => undefined);
    });
  }
  expect(grants[1]).toBeGreaterThan(grants[0]!);
});
