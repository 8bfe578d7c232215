import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandedSignal, decidedSignal, decideSignal } from '../../src/contract/messages.ts';
import { Worker } from '@temporalio/worker';
import { workflowCode } from '../support/workflow-code.ts';
import { phaseWorkflowId } from '../../src/domain/names.ts';
import { until } from '../support/poll.ts';
import { Driver } from './support/driver.ts';
import { WorkflowBench } from './support/environment.ts';
import { change } from './support/fake-activities.ts';
import { gated, phase, shape, step } from './support/shapes.ts';

let bench: WorkflowBench;
beforeAll(async () => {
  bench = await WorkflowBench.open();
});
afterAll(() => bench.close());

const one = (more = {}) => shape(phase('only', [step('a', { ...gated(), ...more })]));

describe('an open gate', () => {
  test('holds its step until it is approved by update, and what was decided is in the record', async () => {
    await Driver.run(bench, one(), async (driver) => {
      await driver.until('only/a', 'gate');
      expect(driver.world.calls).toEqual(['plan only/a']);
      expect(await driver.decide('only/a', { comment: 'go' })).toMatchObject({ accepted: true, verdict: 'approve' });
      await driver.handle.result();
      expect((await driver.step('only/a')).decidedBy).toBe('approved by ada: go');
      expect(driver.world.recorded('decision')).toMatchObject([
        { denial: null, decision: { by: 'ada', comment: 'go' } },
      ]);
    });
  });

  test('that opens at once with others is replayed as it was, in whatever order they open', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    let planned = 0;
    let opened = 0;
    await Driver.run(
      bench,
      shape(
        phase(
          'only',
          names.map((name) => step(name, gated())),
        ),
      ),
      async (driver) => {
        for (const name of names) await driver.until(`only/${name}`, 'gate');
        const id = phaseWorkflowId(driver.environment, 'platform', 'only');
        const history = await driver.handle.client.getHandle(id).fetchHistory();
        await Worker.runReplayHistory({ workflowBundle: { codePath: workflowCode() } }, history, id);
        for (const name of names) await driver.decide(`only/${name}`);
        await driver.handle.result();
      },
      (world) => {
        const activities = world.activities.bind(world);
        world.activities = (...deps) => {
          const made = activities(...deps);
          return {
            ...made,
            // All plans end at once, and the gates open one after another.
            planStep: async (ref) => {
              planned += 1;
              await until(() => planned >= names.length);
              return made.planStep(ref);
            },
            openGate: async (ref, shown) => {
              opened += 1;
              await new Promise((resolve) => setTimeout(resolve, 30 * opened));
              return made.openGate(ref, shown);
            },
          };
        };
      },
    );
  });

  test('is approved by signal too', async () => {
    await Driver.run(bench, one(), async (driver) => {
      await driver.handle.signal(decideSignal, await driver.decision('only/a'));
      await driver.handle.result();
      expect((await driver.step('only/a')).state).toBe('done');
    });
  });

  test.each([
    ['other changes than those shown', { changeDigest: 'f'.repeat(64) }, /changes shown to ada/],
    ['another bundle', { bundle: 'c'.repeat(64) }, /decision is for bundle cccc/],
    ['another run', { run: 'old' }, /decision is for run old/],
    ['a step without a gate', { step: 'nothing' }, /no gate is open at only\/nothing/],
    ['somebody who is no approver', { by: 'mallory' }, /mallory is not an approver of only\/a \(platform\)/],
  ])('denies a decision over %s, records the denial, and stays open', async (_name, more, reason) => {
    await Driver.run(bench, one(), async (driver) => {
      const answer = await driver.decide('only/a', more);
      expect(answer).toMatchObject({ accepted: false, reason: expect.stringMatching(reason) as unknown });
      expect((await driver.step('only/a')).state).toBe('gate');
      expect(driver.world.recorded('decision')).toMatchObject([{ denial: expect.stringMatching(reason) as unknown }]);
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });

  test('denies the approval of whoever started the rollout, where nobody may approve their own', async () => {
    const own = shape(phase('only', [step('a', { approval: { reason: 'r', approvers: [], expiresMs: null } })]));
    await Driver.run(bench, own, async (driver) => {
      expect(await driver.decide('only/a', { by: 'linus' })).toMatchObject({ accepted: false });
      await driver.decide('only/a', { by: 'grace' });
      await driver.handle.result();
    });
  });

  test('denies what the signature check denies', async () => {
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        expect(await driver.decide('only/a')).toEqual({ accepted: false, reason: 'forged' });
        driver.world.signatureDenial = null;
        await driver.decide('only/a');
        await driver.handle.result();
      },
      (world) => {
        world.signatureDenial = 'forged';
      },
    );
  });

  test('denies a decision and a command that somebody sends to the phase, past the rollout, and records them', async () => {
    await Driver.run(bench, one(), async (driver) => {
      const { workflowId, run } = await driver.status();
      const directly = driver.handle.client.getHandle(`${workflowId}/only`);
      const decision = await driver.decision('only/a');
      driver.world.signatureDenial = 'forged';
      await directly.signal(decidedSignal, decision);
      await until(() => driver.world.recorded('decision').length > 0);
      expect(driver.world.recorded('decision')).toMatchObject([{ denial: 'forged' }]);
      driver.world.signatureDenial = null;
      // The same signed answer, by the way that decisions go.
      await driver.decide('only/a', { verdict: 'reject' });
      await driver.until('only/a', 'parked');
      const command = {
        action: 'abort',
        run,
        phase: 'only',
        step: 'a',
        parking: 1,
        by: 'mallory',
        comment: '',
        signature: '',
      } as const;
      driver.world.signatureDenial = 'forged';
      await directly.signal(commandedSignal, command);
      await directly.signal(commandedSignal, { ...command, run: 'another' });
      await until(() => driver.world.recorded('command').length > 1);
      expect(driver.world.recorded('command').map(({ denial }) => denial)).toEqual([
        'forged',
        expect.stringContaining('for run another'),
      ]);
      driver.world.signatureDenial = null;
      await driver.command('retry', 'only/a');
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('waits for as many as it asks for, one of each group, and counts nobody twice', async () => {
    const quorum = [
      { of: 'platform', among: ['ada', 'grace'], count: 2 },
      { of: 'security', among: ['edsger'], count: 1 },
    ];
    await Driver.run(bench, one({ quorum }), async (driver) => {
      await driver.until('only/a', 'gate');
      expect(await driver.decide('only/a', { by: 'ada' })).toMatchObject({
        accepted: true,
        lacks: '1 more of platform and 1 more of security',
      });
      expect(await driver.decide('only/a', { by: 'Ada' })).toMatchObject({ accepted: false });
      expect(await driver.decide('only/a', { by: 'linus' })).toMatchObject({ accepted: false });
      const [second, third] = await Promise.all([
        driver.decide('only/a', { by: 'edsger' }),
        driver.decide('only/a', { by: 'grace', comment: 'go' }),
      ]);
      expect([second, third].map((answer) => answer.accepted)).toEqual([true, true]);
      expect([second, third].filter((answer) => !('lacks' in answer))).toHaveLength(1);
      await driver.handle.result();
      expect((await driver.step('only/a')).decidedBy).toMatch(/^approved by ada, (edsger, grace: go|grace, edsger)$/);
      expect(driver.world.calls.filter((call) => call.startsWith('apply'))).toEqual(['apply only/a']);
    });
  });

  test('shows who has approved, and does not count an approval that was taken back', async () => {
    const quorum = [{ of: 'platform', among: ['ada', 'grace'], count: 2 }];
    await Driver.run(bench, one({ quorum }), async (driver) => {
      const approvals = async () => (await driver.step('only/a')).gate?.approvals?.map(({ by }) => by);
      await driver.until('only/a', 'gate');
      expect(await driver.decide('only/a', { by: 'ada', verdict: 'withdraw' })).toMatchObject({
        accepted: false,
        reason: expect.stringContaining('nothing to take back') as unknown,
      });
      await driver.decide('only/a', { by: 'ada', comment: 'go' });
      await until(async () => (await approvals())?.length === 1);
      expect(await driver.decide('only/a', { by: 'ada', verdict: 'withdraw' })).toMatchObject({
        accepted: true,
        lacks: '2 more of platform',
      });
      expect(await driver.decide('only/a', { by: 'grace' })).toMatchObject({ lacks: '1 more of platform' });
      await until(async () => (await approvals())?.join() === 'grace');
      expect((await driver.step('only/a')).state).toBe('gate');
      // What was taken back is not given again by whoever sends it once more.
      expect(await driver.decide('only/a', { by: 'ada', comment: 'go' })).toMatchObject({
        accepted: false,
        reason: expect.stringContaining('before they took back an approval') as unknown,
      });
      expect((await driver.step('only/a')).gate?.withdrawals).toEqual(['ada']);
      expect(await driver.decide('only/a', { by: 'ada', withdrawals: 1 })).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('that half of its quorum has approved closes when somebody rejects, and asks everybody again after a retry', async () => {
    const quorum = [{ of: 'platform', among: ['ada', 'grace'], count: 2 }];
    await Driver.run(bench, one({ quorum }), async (driver) => {
      await driver.until('only/a', 'gate');
      await driver.decide('only/a', { by: 'ada' });
      await driver.decide('only/a', { by: 'grace', verdict: 'reject' });
      await driver.until('only/a', 'parked');
      await driver.command('retry', 'only/a');
      expect(await driver.decide('only/a', { by: 'grace' })).toMatchObject({ lacks: '1 more of platform' });
      expect(await driver.decide('only/a', { by: 'ada' })).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('takes the first of two decisions at once and denies the second', async () => {
    await Driver.run(bench, one(), async (driver) => {
      // Both are made out before either is sent: the gate that one closes is not there for the other to read.
      const decision = await driver.decision('only/a');
      const answers = await Promise.all([driver.send(decision), driver.send({ ...decision, by: 'grace' })]);
      expect(answers.filter((answer) => answer.accepted)).toHaveLength(1);
      await driver.handle.result();
      expect(driver.world.calls.filter((call) => call === 'apply only/a')).toHaveLength(1);
    });
  });

  test('parks its step when rejected, and opens again after a retry', async () => {
    await Driver.run(bench, one(), async (driver) => {
      await driver.decide('only/a', { verdict: 'reject', comment: 'not today' });
      const parked = await driver.until('only/a', 'parked');
      expect(parked.failure).toMatchObject({ type: 'GateRejected', message: 'ada rejected the changes: not today.' });
      await driver.command('retry', 'only/a');
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('takes no approval of an earlier opening over the same changes, which somebody sends again', async () => {
    await Driver.run(bench, one(), async (driver) => {
      const first = await driver.decision('only/a');
      expect(await driver.send({ ...first, verdict: 'reject' })).toMatchObject({ accepted: true });
      await driver.until('only/a', 'parked');
      await driver.command('retry', 'only/a');
      await driver.until('only/a', 'gate');
      expect(await driver.send(first)).toMatchObject({
        accepted: false,
        reason: expect.stringContaining('another opening of the gate at only/a') as unknown,
      });
      expect(driver.world.calls).not.toContain('apply only/a');
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('parks its step when nobody decides in time', async () => {
    await Driver.run(bench, one(gated(4 * 3_600_000)), async (driver) => {
      await driver.until('only/a', 'gate');
      await bench.env.sleep('5 hours');
      expect((await driver.until('only/a', 'parked')).failure?.type).toBe('GateExpired');
      await driver.command('abort', 'only/a');
      await expect(driver.handle.result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
    });
  });

  test('is not opened by a decision that came after it had expired, once the step is retried', async () => {
    await Driver.run(bench, one(gated(4 * 3_600_000)), async (driver) => {
      const decision = await driver.decision('only/a');
      await bench.env.sleep('5 hours');
      await driver.until('only/a', 'parked');
      // As the rollout hands it on when it was accepted at the last moment.
      const phaseId = phaseWorkflowId(driver.environment, 'platform', 'only');
      await bench.env.client.workflow.getHandle(phaseId).signal(decidedSignal, decision);
      await driver.command('retry', 'only/a');
      await driver.until('only/a', 'gate');
      expect(driver.world.calls).not.toContain('apply only/a');
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
    });
  });

  test('asks again when its approval expires while the step waits for its target', async () => {
    await Driver.run(bench, one({ ...gated(5 * 60_000), target: 'cluster' }), async (driver) => {
      driver.world.losesLockRequests = true;
      await driver.until('only/a', 'gate');
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.until('only/a', 'lock');
      await bench.env.sleep('6 minutes');
      driver.world.losesLockRequests = false;
      // By then the step has asked for its target again.
      await bench.env.sleep('1 minute');
      await driver.until('only/a', 'gate');
      expect(driver.world.calls).not.toContain('apply only/a');
      expect(await driver.decide('only/a')).toMatchObject({ accepted: true });
      await driver.handle.result();
      expect((await driver.step('only/a')).state).toBe('done');
    });
  });

  test('takes no approval of who started the rollout, however the name is written', async () => {
    const open = shape(phase('only', [step('a', { approval: { reason: 'r', approvers: [], expiresMs: null } })]));
    await Driver.run(bench, open, async (driver) => {
      const answer = await driver.decide('only/a', { by: 'LINUS' });
      expect(answer).toMatchObject({
        accepted: false,
        reason: expect.stringContaining('started this rollout') as unknown,
      });
      await driver.decide('only/a');
      await driver.handle.result();
    });
  });

  test('closes by itself when what it guards was done by hand', async () => {
    await Driver.run(bench, one({ byHand: true }), async (driver) => {
      await driver.until('only/a', 'gate');
      driver.world.step('only/a').changes = [{ action: 'unchanged', what: 'bucket', destructive: false }];
      await driver.handle.result();
      expect((await driver.step('only/a')).state).toBe('unchanged');
      expect(driver.world.calls).not.toContain('apply only/a');
    });
  });

  test('opens again over what is left when what it guards was done by hand only in part', async () => {
    await Driver.run(bench, one({ byHand: true }), async (driver) => {
      const first = await driver.decision('only/a');
      driver.world.step('only/a').changes = [
        { action: 'update', what: 'bucket', destructive: false, detail: ['versioning: off -> enabled'] },
      ];
      const again = await until(async () => {
        const { gate } = await driver.step('only/a');
        return gate?.changeDigest === first.changeDigest ? null : gate;
      });
      expect(again.plan?.lines).toEqual([expect.stringContaining('update')]);
      // What was shown before is not what would be done now.
      expect(await driver.send(first)).toMatchObject({ accepted: false });
      expect(driver.world.calls).not.toContain('apply only/a');
      await driver.decide('only/a');
      await driver.handle.result();
      expect((await driver.step('only/a')).state).toBe('done');
    });
  });

  test('does not open for a step that has nothing to change', async () => {
    await Driver.run(
      bench,
      one(),
      async (driver) => {
        await driver.handle.result();
        expect((await driver.step('only/a')).state).toBe('unchanged');
      },
      (world) => {
        world.step('only/a').changes = [{ action: 'unchanged', what: 'x', destructive: false }];
      },
    );
  });

  test('ignores a malformed signal', async () => {
    await Driver.run(bench, one(), async (driver) => {
      await driver.until('only/a', 'gate');
      await driver.handle.signal('decide', { nonsense: true });
      await driver.decide('only/a');
      await driver.handle.result();
      expect(driver.world.recorded('decision')).toHaveLength(1);
    });
  });
});

describe('destructive changes', () => {
  test('open a gate although the step asks for none', async () => {
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        const { gate } = await driver.until('only/a', 'gate');
        expect(gate?.reason).toMatch(/destroys data/);
        await driver.decide('only/a');
        await driver.handle.result();
      },
      (world) => {
        world.step('only/a').changes = [change('StatefulSet data/zookeeper', true)];
      },
    );
  });

  test('are not needed where a change asks for an answer, which is asked for again once it is another', async () => {
    const critical = (what: string) => ({ ...change(what), asks: 'critical finding' });
    await Driver.run(
      bench,
      shape(phase('only', [step('a')])),
      async (driver) => {
        const { gate } = await driver.until('only/a', 'gate');
        expect(gate).toMatchObject({
          reason: expect.stringMatching(/must answer for/),
          plan: { asks: 1, destructive: 0 },
        });
        expect(gate?.plan?.lines).toEqual([expect.stringContaining('[critical finding]')]);
        const shown = await driver.decision('only/a');
        driver.world.step('only/a').changes = [critical('acceptance of another')];
        await driver.handle.signal(decideSignal, shown);
        await until(async () => (await driver.step('only/a')).gate?.changeDigest !== shown.changeDigest);
        await driver.until('only/a', 'gate');
        expect(driver.world.calls).not.toContain('apply only/a');
        await driver.decide('only/a');
        await driver.handle.result();
        expect(driver.world.calls).toContain('apply only/a');
      },
      (world) => {
        world.step('only/a').changes = [critical('acceptance of one')];
      },
    );
  });

  test('that differ from those shown open the gate again after the approval', async () => {
    await Driver.run(bench, one(), async (driver) => {
      const shown = await driver.decision('only/a');
      driver.world.step('only/a').changes = [change('thing a'), change('volume of thing a', true)];
      await driver.handle.signal(decideSignal, shown);
      await until(async () => (await driver.step('only/a')).gate?.changeDigest !== shown.changeDigest);
      const again = await driver.until('only/a', 'gate');
      expect(again.gate?.plan?.destructive).toBe(1);
      expect(driver.world.calls).not.toContain('apply only/a');
      await driver.decide('only/a');
      await driver.handle.result();
      expect(driver.world.calls).toContain('apply only/a');
    });
  });
});
