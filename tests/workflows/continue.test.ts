import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandSignal, decideSignal, statusQuery } from '../../src/contract/messages.ts';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { final, untilCancelled, type FakeWorld } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

/** Events that a run may have here; more than it takes to judge one message. */
const EVENTS = 40;

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open('real');
});
afterAll(() => bench.close());

const soon = (world: FakeWorld) => {
  world.continueAfter = EVENTS;
};

const runOf = async ({ handle }: Driver) => (await handle.describe()).runId;

/** Sends a rollout what it does not take, until it has continued as a new run. */
async function pushed(driver: Driver): Promise<void> {
  const before = await runOf(driver);
  while ((await runOf(driver)) === before) {
    const { dropped = 0 } = await driver.handle.query(statusQuery);
    for (let count = 1; count <= 5; count += 1) await driver.handle.signal('unheard-of', 1);
    // A flood would keep it from continuing.
    await until(async () => (((await driver.handle.query(statusQuery)).dropped ?? 0) >= dropped + 5 ? true : null));
  }
}

/** How many timers of a workflow still run. */
function timersLeft(events: readonly Event[]): number {
  const of = (name: 'timerStartedEventAttributes' | 'timerCanceledEventAttributes' | 'timerFiredEventAttributes') =>
    events.filter((event) => event[name]).length;
  return of('timerStartedEventAttributes') - of('timerCanceledEventAttributes') - of('timerFiredEventAttributes');
}

type Event = NonNullable<Awaited<ReturnType<Driver['handle']['fetchHistory']>>['events']>[number];

describe('a rollout whose history grows long', () => {
  test('continues as a new run, its phase going on, and takes a decision over the gate that was open before', async () => {
    await Driver.run(
      bench,
      shape(phase('first', [step('a', gated()), step('b')]), phase('second', [step('c')], ['first'])),
      async (driver) => {
        const decision = await driver.decision('first/a');
        await driver.until('first/b', 'done');
        await pushed(driver);
        expect(await driver.send(decision)).toMatchObject({ accepted: true });
        const { status } = await driver.handle.result();
        expect(status).toMatchObject({ state: 'done', run: driver.handle.firstExecutionRunId });
        expect(status.phases.flatMap(({ steps }) => steps.map(({ state }) => state))).toEqual(['done', 'done', 'done']);
        const { calls } = driver.world;
        expect(calls.filter((call) => call.startsWith('apply')).sort()).toEqual([
          'apply first/a',
          'apply first/b',
          'apply second/c',
        ]);
        expect(driver.world.recorded('verdict')).toHaveLength(1);
      },
      soon,
    );
  });

  test('does so again and again, and counts over all its runs', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a', gated()), step('b', gated())])),
      async (driver) => {
        const decision = await driver.decision('only/a');
        for (let count = 1; count <= 3; count += 1) await pushed(driver);
        expect((await driver.status()).dropped).toBeGreaterThan(3 * 5);
        expect(await driver.send(decision)).toMatchObject({ accepted: true });
        await pushed(driver);
        // Once.
        expect(await driver.send(decision)).toMatchObject({ accepted: false });
        await driver.decide('only/b');
        const { status } = await driver.handle.result();
        expect(status).toMatchObject({ state: 'done', run: driver.handle.firstExecutionRunId });
        expect(driver.world.recorded('decision').map(({ denial }) => denial === null)).toEqual([true, false, true]);
      },
      soon,
    );
  });

  test('loses no decision that was signalled while it did', async () => {
    const names = Array.from({ length: 8 }, (_none, index) => `s-${String(index)}`);
    await Driver.run(
      bench,
      shape(
        phase(
          'only',
          names.map((name) => step(name, gated())),
        ),
      ),
      async (driver) => {
        const decisions = await Promise.all(names.map((name) => driver.decision(`only/${name}`)));
        const first = await runOf(driver);
        const [any] = decisions as [(typeof decisions)[0]];
        // Of another run, and more than are taken up once the rollout is to continue.
        for (let count = 1; count <= 30; count += 1)
          await driver.handle.signal(decideSignal, { ...any, run: 'another', comment: String(count) });
        for (const decision of decisions) await driver.handle.signal(decideSignal, decision);
        const { status } = await driver.handle.result();
        expect(status.state).toBe('done');
        expect(await runOf(driver)).not.toBe(first);
        const accepted = driver.world.recorded('decision').filter(({ denial }) => denial === null);
        expect(accepted.map(({ decision }) => decision.step).sort()).toEqual(names);
      },
      soon,
    );
  });

  test('retries and aborts steps that were parked before', async () => {
    let broken = true;
    await Driver.run(
      bench,
      shape(phase('only', [step('bad'), step('worse')]), phase('never', [step('c')], ['only'])),
      async (driver) => {
        const { parkings = 0 } = await driver.until('only/bad', 'parked');
        await driver.until('only/worse', 'parked');
        await pushed(driver);
        broken = false;
        await driver.handle.signal(commandSignal, { ...driver.commandFor('retry', 'only/bad'), parking: parkings });
        await driver.until('only/bad', 'done');
        await pushed(driver);
        expect(await driver.command('abort', 'only/worse')).toEqual({ accepted: true });
        await expect(driver.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
        expect(driver.world.calls).not.toContain('plan never/c');
        expect(driver.world.recorded('verdict').map(({ status }) => status.state)).toEqual(['aborted']);
      },
      (world) => {
        soon(world);
        world.step('only/bad').onApply = () => {
          if (broken) throw final('Stalled');
        };
        world.step('only/worse').onApply = () => {
          throw final('Stalled');
        };
      },
    );
  });

  test('cancels the phases of runs before when it is cancelled, and waits for them', async () => {
    let cancelled = false;
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        await driver.until('only/a', 'applying');
        await pushed(driver);
        await until(() => Promise.resolve(driver.world.calls.includes('await only') ? true : null));
        await driver.handle.cancel();
        await expect(driver.handle.result()).rejects.toThrow();
        expect(cancelled).toBe(true);
        expect((await driver.handle.describe()).status.name).toBe('CANCELLED');
        expect((await driver.status()).phases[0]?.steps[0]?.state).toBe('cancelled');
        expect(driver.world.recorded('verdict').map(({ status }) => status.state)).toEqual(['cancelled']);
      },
      (world) => {
        soon(world);
        world.step('only/a').onApply = async () => {
          try {
            await untilCancelled();
          } finally {
            cancelled = true;
          }
        };
      },
    );
  });

  test('stays paused by whom it was, its gate standing still, until it is resumed by the number of that pause', async () => {
    const approval = { reason: 'r', approvers: [], expiresMs: 3_600_000 };
    await Driver.run(
      bench,
      shape(phase('first', [step('a', { approval })]), phase('then', [step('b')], ['first'])),
      async (driver) => {
        const { gate } = await driver.until('first/a', 'gate');
        expect(await driver.tell({ ...driver.commandFor('pause', ''), pausing: 1 })).toEqual({ accepted: true });
        const { paused } = await driver.status();
        const held = driver.handle.client.getHandle(phaseWorkflowId(driver.environment, 'platform', 'first'));
        await until(async () => timersLeft((await held.fetchHistory()).events ?? []) === 0);

        await pushed(driver);
        await pushed(driver);
        expect(await driver.status()).toMatchObject({ state: 'paused', pauses: 1, paused });
        // What was signed for the pause that it is in changes nothing, and no other begins within it.
        expect(await driver.tell({ ...driver.commandFor('pause', ''), pausing: 1 })).toEqual({ accepted: true });
        expect(await driver.tell({ ...driver.commandFor('pause', ''), pausing: 2 })).toMatchObject({ accepted: false });
        expect(timersLeft((await held.fetchHistory()).events ?? [])).toBe(0);
        const decision = await driver.decision('first/a');

        expect(await driver.tell({ ...driver.commandFor('resume', ''), pausing: 1 })).toEqual({ accepted: true });
        const moved = await until(async () => {
          const now = (await driver.step('first/a')).gate;
          return now !== null && now.expiresAt !== gate?.expiresAt ? now : null;
        });
        expect(Date.parse(moved.expiresAt ?? '')).toBeGreaterThan(Date.parse(gate?.expiresAt ?? ''));
        await pushed(driver);
        // A pause that is over begins no other in any later run.
        expect(await driver.tell({ ...driver.commandFor('pause', ''), pausing: 1 })).toMatchObject({ accepted: false });
        expect(await driver.send(decision)).toMatchObject({ accepted: true });
        const { status } = await driver.handle.result();
        expect(status.state).toBe('done');
        expect(status).not.toHaveProperty('paused');
        expect(driver.world.calls.filter((call) => call.startsWith('apply'))).toEqual([
          'apply first/a',
          'apply then/b',
        ]);
      },
      soon,
    );
  });

  test('measures before and after once, and knows what it measured', async () => {
    const one = { name: 'pods', title: 'Pods' };
    await Driver.run(
      bench,
      { ...shape(phase('only', [step('a', gated())])), measures: [one] },
      async (driver) => {
        const decision = await driver.decision('only/a');
        await pushed(driver);
        await driver.send(decision);
        await driver.handle.result();
        const { measures } = await driver.handle.query(statusQuery);
        expect(measures).toMatchObject([{ before: { value: 1 }, after: { value: 1 } }]);
        expect(driver.world.calls.filter((call) => call.startsWith('measure'))).toEqual([
          'measure before',
          'measure after',
        ]);
      },
      (world) => {
        soon(world);
        world.onMeasures = () => Promise.resolve([{ ...one, value: 1, time: '2026-01-01T00:00:00.000Z' }]);
      },
    );
  });
});
