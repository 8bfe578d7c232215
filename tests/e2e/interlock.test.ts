import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareTexts } from '../../src/domain/compare.ts';
import { until } from '../support/poll.ts';
import type { RolloutStatus, StepStatus } from '../../src/domain/status.ts';
import { drilledStage, TOKEN, type DrilledStage } from './support/drilled.ts';
import { windlass, windlassJson } from './support/windlass.ts';

let set: DrilledStage;
beforeAll(async () => {
  set = await drilledStage();
  await set.startWorker();
  expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
});
afterAll(() => set.close());

const at = () => [set.name, '--environment', 'lab'];
const migration = (name: string, sql: string) => writeFile(join(set.rollout, 'migrations', name), sql);
const start = () => windlass(['start', set.rollout, ...set.where], set.settings);

async function schema(): Promise<StepStatus | undefined> {
  const { document } = await windlassJson(['status', ...at()], set.settings);
  const { phases } = document as RolloutStatus;
  return phases.flatMap(({ steps }) => steps).find(({ name }) => name === 'schema');
}
const openGate = () => until(async () => (await schema())?.gate ?? null);
const ends = () => windlassJson(['watch', ...at()], set.settings);

describe('a migration that drops a table with rows', () => {
  test('needs a waiver while no backup is proven: who approves must say why, and the report says so', async () => {
    await migration('V2__drop.sql', 'DROP TABLE orders;\n');
    expect((await start()).code).toBe(0);
    const gate = await openGate();
    expect(gate.waives).toBe('no backup of backup/drill proven within 24h (none was ever proven)');
    const status = await windlass(['status', ...at()], set.settings);
    expect(status.stdout).toContain(`Approving waives: ${gate.waives}`);

    const silent = await windlassJson(['approve', ...at(), '--yes'], set.settings);
    const reason = { type: 'DecisionDenied', message: expect.stringContaining('does not say why') as unknown };
    expect(silent).toMatchObject({ code: 4, document: { error: reason } });

    const why = 'the orders were moved elsewhere';
    expect((await windlass(['approve', ...at(), '--yes', '--as', 'ada', '--comment', why], set.settings)).code).toBe(0);
    expect(await ends()).toMatchObject({ code: 0, document: { status: { state: 'done' } } });
    expect((await schema())?.decidedBy).toBe(`approved by ada: ${why}, waived: ${gate.waives}`);

    const { document } = await windlassJson(['report', ...at()], set.settings);
    const waived = { by: 'ada', comment: why, waives: gate.waives, denial: null };
    expect((document as { decisions: unknown[] }).decisions.at(-1)).toMatchObject(waived);
    const report = await windlass(['report', ...at()], set.settings);
    expect(report.stdout).toContain('WAIVED: no backup of backup/drill proven within 24h');
  });

  test('needs none once a drill has proven a backup, even while its gate is open', async () => {
    await migration('V3__again.sql', 'CREATE TABLE orders (id int PRIMARY KEY);\nINSERT INTO orders VALUES (1);\n');
    expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
    await migration('V4__drop_again.sql', 'DROP TABLE orders;\n');
    expect((await start()).code).toBe(0);
    expect((await openGate()).waives).toContain('none was ever proven');

    // While people think, nobody holds the target: a drill takes it.
    const drilled = await windlassJson(['drill', ...at(), 'backup/drill', '--watch', '--as', 'grace'], set.settings);
    expect(drilled).toMatchObject({
      code: 0,
      document: { status: { state: 'ended', startedBy: 'grace', verdict: { verdict: 'proven', faults: [] } } },
    });
    await until(async () => (await openGate()).waives === undefined);
    expect((await windlass(['approve', ...at(), '--yes'], set.settings)).code).toBe(0);
    expect(await ends()).toMatchObject({ code: 0, document: { status: { state: 'done' } } });
  });
});

describe('drills by the command line', () => {
  test('of one step at once are refused, and the one that runs is named', async () => {
    const apart = await drilledStage();
    try {
      // Without a worker, what was started is still there.
      const drill = () => windlassJson(['drill', apart.rollout, 'backup/nowhere', ...apart.where], apart.settings);
      expect(await drill()).toMatchObject({ code: 0 });
      const id = `drill/lab/${apart.name}/backup/nowhere`;
      const error = { type: 'AlreadyRunning', object: id, message: expect.stringContaining(id) as unknown };
      expect(await drill()).toMatchObject({ code: 4, document: { error } });
    } finally {
      await apart.close();
    }
  });

  test('that fail say why, tell the webhook without its address in any log or record, and are in the history', async () => {
    const failed = await windlassJson(['drill', ...at(), 'backup/nowhere', '--watch'], set.settings);
    expect(failed).toMatchObject({ code: 1, document: { error: { type: 'NotFound' } } });
    // They are sent side by side, and come in any order.
    expect(set.told.toSorted((a, b) => compareTexts(String(a['event']), String(b['event'])))).toMatchObject([
      {
        event: 'failed',
        rollout: set.name,
        environment: 'lab',
        phase: 'backup',
        step: 'nowhere',
        message: expect.stringContaining('does not exist') as unknown,
        verdict: { verdict: 'failed' },
      },
      // Nothing of it was ever proven, which is told too.
      { event: 'stale', step: 'nowhere', newest: null },
    ]);
    expect(readFileSync(set.log, 'utf8')).not.toContain(TOKEN);

    const { document } = await windlassJson(['drills', ...at()], set.settings);
    expect(document).toMatchObject({
      drills: [
        {
          drill: 'backup/drill',
          newest: { drill: 'backup/drill' },
          trend: { count: 1 },
          drills: [{ verdict: 'proven' }],
        },
        { drill: 'backup/nowhere', newest: null, drills: [{ verdict: 'failed', failure: { type: 'NotFound' } }] },
      ],
    });
    // The newest run of the rollout is no drill of its own.
    const { document: report } = await windlassJson(['report', ...at()], set.settings);
    expect(report).toMatchObject({ state: 'done', drill: null });
    const { run } = failed.document as { run: string };
    const own = await windlass(['report', ...at(), '--run', run], set.settings);
    expect(own.stdout).toContain(`The drill backup/nowhere of ${set.name} to lab ended failed`);
  });
});
