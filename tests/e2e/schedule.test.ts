import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { until } from '../support/poll.ts';
import type { TestWorker } from '../support/worker.ts';
import { drilledStage, type DrilledStage } from './support/drilled.ts';
import { windlass, windlassJson } from './support/windlass.ts';

let set: DrilledStage;
let worker: TestWorker;
let connection: Connection;
let client: Client;
beforeAll(async () => {
  set = await drilledStage();
  worker = await set.startWorker();
  expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
  connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection, namespace: set.settings['TEMPORAL_NAMESPACE'] ?? '' });
});
afterAll(async () => {
  await connection.close();
  await set.close();
});

const at = () => [set.name, '--environment', 'lab'];
const drill = 'backup/drill';
const id = () => `drill/lab/${set.name}/${drill}`;
const schedule = (...words: string[]) => windlassJson(['schedule', ...words], set.settings);
const EVERY_MS = 5_000;
/** A minute of firings, and what a busy machine makes of it. */
const LONGEST_MS = 600_000;

/** Runs that the schedule started, by the time that each was due, which Temporal puts into their ids. */
async function startedRuns(): Promise<{ readonly due: number; readonly run: string }[]> {
  const runs = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: `WorkflowType = 'drill'` }))
    if (workflowId.startsWith(`${id()}-`))
      runs.push({ due: Date.parse(workflowId.slice(id().length + 1)), run: runId });
  return runs.sort((a, b) => a.due - b.due);
}

async function standing() {
  const { info } = await client.schedule.getHandle(id()).describe();
  const { numActionsTaken: taken, numActionsSkippedOverlap: skipped, numActionsMissedCatchupWindow: missed } = info;
  const last = info.recentActions.at(-1)?.scheduledAt.getTime() ?? 0;
  const startedLast = info.nextActionTimes[0]?.getTime() === last + EVERY_MS;
  return { taken, skipped, missed, last, startedLast };
}

/** How the schedule stood at a moment at which a run had just been started by its last firing. */
function atAStart(firings: number) {
  return until(async () => {
    const stands = await standing();
    return stands.startedLast && stands.taken + stands.skipped >= firings ? stands : null;
  });
}

describe('a schedule of drills', () => {
  test(
    'that fires every 5 s for a minute loses no run and doubles none, though its worker is killed in between',
    async () => {
      const made = await schedule('create', ...at(), drill, '--every', '5s', '--catch-up', '1m', '--as', 'ada');
      expect(made).toMatchObject({
        code: 0,
        document: { schedules: [{ id: id(), when: 'every 5s' }, { mode: 'freshness' }] },
      });

      const begun = await atAStart(3);
      await worker.stop('SIGKILL');
      // It has fired once more, with nobody there to do the work.
      await until(async () => {
        const { taken, skipped } = await standing();
        return taken + skipped > begun.taken + begun.skipped;
      });
      worker = await set.startWorker();
      const seen = await atAStart(12);
      expect((await schedule('pause', ...at(), drill, '--comment', 'enough')).code).toBe(0);

      // Everything that was started comes to its end.
      const ended = await until(async () => {
        const { info } = await client.schedule.getHandle(id()).describe();
        const runs = await startedRuns();
        return info.runningActions.length === 0 && runs.length === info.numActionsTaken ? { info, runs } : null;
      });
      const { info, runs } = ended;
      // Each firing, one every 5 s from the first to the last that was seen, has started a run or was skipped for one.
      expect(runs.every(({ due }) => due % EVERY_MS === 0)).toBe(true);
      expect(seen.taken + seen.skipped).toBe((seen.last - runs[0]!.due) / EVERY_MS + 1);
      expect([seen.missed, info.numActionsMissedCatchupWindow]).toEqual([0, 0]);
      expect(new Set(runs.map(({ due }) => due)).size).toBe(runs.length);

      // And each run has exactly one verdict.
      const record = openRecord(openStore(set.settings['WINDLASS_STORE'] ?? '', null));
      const { entries: verdicts } = await record.read({ environment: 'lab', rollout: set.name, types: ['drill'] });
      expect(verdicts.map(({ scope }) => scope.run).sort()).toEqual(runs.map(({ run }) => run).sort());
      expect(verdicts.map(({ body }) => body.type === 'drill' && body.verdict.verdict)).toEqual(
        runs.map(() => 'proven'),
      );
      const history = await windlass(['drills', ...at()], set.settings);
      expect(history.stdout).toContain(`Restore times: last`);
    },
    LONGEST_MS,
  );

  test('is changed in place, stays paused meanwhile, and is listed, resumed, triggered and deleted by name', async () => {
    const again = await schedule('create', ...at(), drill, '--cron', '0 4 1 1 *', '--jitter', '5m', '--catch-up', '2h');
    expect(again).toMatchObject({
      code: 0,
      document: { schedules: [{ id: id(), when: '0 4 1 1 *', paused: true }, {}] },
    });
    const { policies, spec } = await client.schedule.getHandle(id()).describe();
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 2 * 3_600_000, pauseOnFailure: false });
    expect(spec.jitter).toBe(300_000);
    await until(async () => {
      const { document } = await schedule('list', ...at());
      return (document as { schedules: unknown[] }).schedules.length === 2;
    });
    expect((await schedule('resume', ...at())).code).toBe(0);

    const before = (await startedRuns()).length;
    expect(await schedule('trigger', ...at())).toMatchObject({ code: 0, document: { schedules: [id()] } });
    await until(async () => (await startedRuns()).length === before + 1);
    expect(await schedule('delete', ...at())).toMatchObject({ code: 0 });
    const gone = await until(async () => {
      const { code, document } = await schedule('pause', ...at());
      return code === 1 ? document : null;
    });
    expect(gone).toMatchObject({ error: { type: 'NotFound' } });
  });

  test('is refused without a time, with one that never comes, and for a step that drills nothing', async () => {
    const create = (...more: string[]) => schedule('create', ...at(), ...more);
    const wrong = { code: 2, document: { error: { type: 'WrongUsage' } } };
    expect(await create(drill)).toMatchObject(wrong);
    expect(await create(drill, '--cron', '0 0 30 2 *')).toMatchObject(wrong);
    expect(await create(drill, '--cron', '0 4 * * *', '--every', '6h')).toMatchObject(wrong);
    expect(await create(drill, '--every', '6h', '--catch-up', '1s')).toMatchObject(wrong);
    expect(await create('backup/bucket', '--every', '6h')).toMatchObject(wrong);
  });
});
