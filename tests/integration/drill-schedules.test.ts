import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DrillClient } from '../../src/client-drills.ts';
import { readConfig } from '../../src/config.ts';
import type { Firing } from '../../src/domain/drill/schedule.ts';

/** Nobody works on this queue, so that a run that was started stays open. */
const queue = `nobody-${randomBytes(4).toString('hex')}`;
const config = readConfig({ ...process.env, WINDLASS_TASK_QUEUE: queue });
const ref = { environment: 'lab', rollout: queue, phase: 'backup', step: 'drill', bundle: 'b'.repeat(64) };
const firing = (mode: Firing['mode'], cron: string): Firing => ({
  mode,
  when: cron,
  cronExpressions: [cron],
  everyMs: null,
  jitterMs: 0,
});

let connection: Connection;
let client: Client;
let drills: DrillClient;
beforeAll(async () => {
  connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection, namespace: config.namespace });
  drills = new DrillClient(connection, client, config, () => null);
});
afterAll(async () => {
  for (const schedule of await drills.schedules(ref)) await drills.delete(schedule);
  for await (const run of client.workflow.list({ query: `TaskQueue = '${queue}' AND ExecutionStatus = 'Running'` }))
    await client.workflow.getHandle(run.workflowId, run.runId).terminate();
  await connection.close();
});

test('a schedule shows when it fires next, as Temporal reads it, and says when Temporal skipped a trigger', async () => {
  const firings = [firing('drill', '0 4 1 * mon'), firing('witness', '55 23 28 2 * 2004-2096/4')];
  const made = await drills.schedule(ref, firings, { catchUp: '1h', until: '2100-01-01T00:00:00.000Z' });
  expect(made.map(({ signed, warrant }) => ({ signed, until: warrant?.until }))).toEqual(
    firings.map(() => ({ signed: false, until: '2100-01-01T00:00:00.000Z' })),
  );
  const [drill, witness] = ['drill', 'witness'].map((mode) => made.find((one) => one.mode === mode));
  expect(drill?.upcoming).toHaveLength(5);
  // Days in both fields: the first of a month that is a Monday.
  for (const time of drill?.upcoming ?? [])
    expect([new Date(time).getUTCDate(), new Date(time).getUTCDay(), new Date(time).getUTCHours()]).toEqual([1, 1, 4]);
  for (const time of witness?.upcoming ?? []) expect(new Date(time).getUTCFullYear() % 4).toBe(0);
  if (drill === undefined) throw new Error('there is no schedule of the drill');
  await drills.trigger(drill);
  await expect(drills.trigger(drill)).rejects.toMatchObject({ type: 'AlreadyRunning', options: { object: drill.id } });
});
