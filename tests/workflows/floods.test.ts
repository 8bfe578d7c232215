import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockWorkflowId, phaseWorkflowId } from '../../src/domain/names.ts';
import { acquireSignal, commandSignal, decidedSignal, decideSignal, lockQuery } from '../../src/contract/messages.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

/** Messages of a flood at once; `WINDLASS_FLOOD` asks for more. */
const FLOOD = Number(process.env['WINDLASS_FLOOD'] ?? '400');

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const one = () => shape(phase('only', [step('a', { ...gated(), target: 'cluster' })]));
const denied = ({ world }: Driver) => [...world.recorded('decision'), ...world.recorded('command')];
const flood = (send: (index: number) => Promise<unknown>) =>
  Promise.all(Array.from({ length: FLOOD }, (_none, index) => send(index)));

describe('a flood of messages of the right form', () => {
  test('to a rollout is denied: so many are on record, the others are counted, and a decision stands afterwards', async () => {
    await Driver.run(bench, one(), async (driver) => {
      const decision = await driver.decision('only/a');
      const command = driver.commandFor('abort', 'only/a');
      await flood((index) =>
        driver.handle.signal(decideSignal, { ...decision, run: 'another', comment: String(index) }),
      );
      await flood((index) =>
        driver.handle.signal(commandSignal, { ...command, run: 'another', comment: String(index) }),
      );
      const { unrecorded = 0, dropped = 0 } = await until(async () => {
        const status = await driver.status();
        return denied(driver).length + (status.unrecorded ?? 0) + (status.dropped ?? 0) === 2 * FLOOD ? status : null;
      });
      expect(denied(driver).length).toBeLessThanOrEqual(200);
      expect(unrecorded + dropped).toBeGreaterThanOrEqual(2 * FLOOD - 200);
      expect(await driver.send(decision)).toMatchObject({ accepted: true });
      expect((await driver.handle.result()).status.state).toBe('done');
    });
  });

  test('to a phase past its rollout is denied, and a decision stands afterwards', async () => {
    await Driver.run(bench, one(), async (driver) => {
      const decision = await driver.decision('only/a');
      driver.world.signatureDenial = 'nobody signed this';
      const of = bench.env.client.workflow.getHandle(phaseWorkflowId(driver.environment, 'platform', 'only'));
      await flood(() => of.signal(decidedSignal, { ...decision, changeDigest: 'another' }));
      for (let count = 1; count <= 3; count++) await of.signal(decidedSignal, decision);
      await until(() => Promise.resolve(denied(driver).length === 3 ? true : null));
      driver.world.signatureDenial = null;
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('to a lock leaves it no more memory than Temporal carries over, and nobody gone keeps it', async () => {
    await Driver.run(bench, one(), async (driver) => {
      const { handle } = driver;
      await driver.until('only/a', 'gate');
      // Of nobody: found gone, and forgotten, when somebody else wants it.
      const holder = { workflowId: 'nobody', runId: handle.firstExecutionRunId };
      await driver.lockFor(holder);
      const lock = bench.env.client.workflow.getHandle(lockWorkflowId(driver.environment, 'cluster'));
      const request = { owner: 'o', holder, leaseMs: 60_000 };
      await lock.signal(acquireSignal, { ...request, id: 'x'.repeat(900) });
      await lock.signal(acquireSignal, { ...request, id: 'ä'.repeat(200) });
      await flood((index) => lock.signal(acquireSignal, { ...request, id: String(index) }));
      await driver.decide('only/a');
      expect((await driver.handle.result()).status.state).toBe('done');
      expect(await lock.query(lockQuery)).toMatchObject({ held: [], queue: [] });
    });
  });
});
