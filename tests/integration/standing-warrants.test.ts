import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection, ScheduleOverlapPolicy } from '@temporalio/client';
import { loadRollout } from '../../src/bundle/load.ts';
import { saveBundle } from '../../src/bundle/store.ts';
import { WindlassClient, type Actor, type WindlassSchedule } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import type { DrillInput } from '../../src/contract/messages.ts';
import { nominalTime } from '../../src/domain/drill/warrant.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { writePolicy } from '../support/policies.ts';
import { TestWorker } from '../support/worker.ts';

// What somebody can do who has read what a schedule was signed with, and reaches Temporal.
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/drilled', import.meta.url));
const EVERY_MS = 2_000;
const pair = generateKeyPairSync('ed25519');
const ada: Actor = { by: 'ada', sign: (text) => sign(null, Buffer.from(text), pair.privateKey).toString('base64') };
const of = { environment: 'lab', rollout: 'drilled', phase: 'backup', step: 'drill' };
const id = 'freshness/lab/drilled/backup/drill';
let own: OwnSettings;
let worker: TestWorker;
let windlass: WindlassClient;
let connection: Connection;
let temporal: Client;
let schedule: WindlassSchedule;
let copied: DrillInput;
let lastFired: number;

beforeAll(async () => {
  own = await ownSettings();
  const key = pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const lab = { signers: { ada: [{ key }] }, references: { variables: ['WINDLASS_LAB_*'] }, endpoints: [] };
  const policy = await writePolicy(join(own.scratch, 'policy.yaml'), { lab });
  worker = await TestWorker.start({ ...own.settings, WINDLASS_POLICY: policy }, join(own.scratch, 'worker.log'));
  windlass = await WindlassClient.connect(readConfig(own.settings));
  connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE'] ?? '' });
  const loaded = await loadRollout(FIXTURE, 'lab', { parameters: { suffix: freshName() } });
  if (!loaded.ok) throw new Error('the fixture does not load');
  await saveBundle(openStore(own.settings['WINDLASS_STORE'] ?? '', null), loaded);
  const firing = { mode: 'freshness', when: 'every 2s', cronExpressions: [], everyMs: EVERY_MS, jitterMs: 0 } as const;
  const terms = { catchUp: '1m', until: new Date(Date.now() + 86_400_000).toISOString() };
  [schedule] = (await windlass.drills.schedule({ ...of, bundle: loaded.digest }, [firing], terms, ada)) as [
    WindlassSchedule,
  ];
  const fired = await until(async () => {
    const { info, action } = await temporal.schedule.getHandle(id).describe();
    copied = (action.args as unknown as [DrillInput])[0];
    return info.recentActions.length > 0 ? info.recentActions : null;
  });
  const { workflowId, firstExecutionRunId } = fired[0]!.action.workflow;
  await temporal.workflow.getHandle(workflowId, firstExecutionRunId).result();
  await windlass.drills.pause(schedule, 'enough');
  const last = (await temporal.schedule.getHandle(id).describe()).info.recentActions.at(-1)!;
  lastFired = nominalTime(last.action.workflow.workflowId, id) ?? 0;
});
afterAll(async () => {
  await windlass.close();
  await connection.close();
  await worker.stop('SIGTERM');
  own.remove();
});

const idAt = (ms: number) => `${id}-${new Date(ms).toISOString().replace('.000Z', 'Z')}`;
const startCopy = (workflowId: string) =>
  temporal.workflow.start('drill', { workflowId, taskQueue: 'windlass', args: [copied] });
const refused = (why: string) => ({
  cause: { type: 'Unauthorised', message: expect.stringContaining(why) as unknown },
});
async function denials(run: string) {
  const record = openRecord(openStore(own.settings['WINDLASS_STORE'] ?? '', null));
  const { entries } = await record.read({ environment: 'lab', rollout: 'drilled', run, types: ['start'] });
  return entries.map(({ body }) => (body.type === 'start' ? body.denial : null));
}

describe('what a schedule was signed with', () => {
  test.each([
    ['by itself', () => id, 'it was not started by its schedule'],
    ['at another time than was signed', () => idAt(lastFired + 1_000), 'its schedule was signed for other times'],
    ['at one of its times', () => idAt(lastFired + EVERY_MS), 'its schedule knows nothing of this run'],
  ])('starts nothing for whoever copies it and starts it %s, and that is on record', async (_how, workflowId, why) => {
    const forged = await startCopy(workflowId());
    await expect(forged.result()).rejects.toMatchObject(refused(why));
    expect(await denials(forged.firstExecutionRunId)).toEqual([expect.stringContaining(why)]);
  });

  test('counts once for each of its times, though somebody has the schedule make up for one again', async () => {
    const [start, end] = [new Date(lastFired - 500), new Date(lastFired + 500)];
    const before = (await temporal.schedule.getHandle(id).describe()).info.numActionsTaken;
    await temporal.schedule.getHandle(id).backfill({ start, end, overlap: ScheduleOverlapPolicy.ALLOW_ALL });
    const again = await until(async () => {
      const { info } = await temporal.schedule.getHandle(id).describe();
      return info.numActionsTaken > before ? info.recentActions.at(-1)!.action.workflow : null;
    });
    expect(again.workflowId).toBe(idAt(lastFired));
    const { workflowId, firstExecutionRunId } = again;
    await expect(temporal.workflow.getHandle(workflowId, firstExecutionRunId).result()).rejects.toMatchObject(
      refused('The start was used before'),
    );
  });

  test('is no signature for what is triggered by hand, which is signed for itself', async () => {
    const [now] = await windlass.drills.schedules(of);
    await expect(windlass.drills.trigger(now!)).rejects.toMatchObject({ type: 'WrongUsage' });
    await windlass.drills.trigger(now!, ada);
    expect(await temporal.workflow.getHandle(id).result()).toMatchObject({ mode: 'freshness', failure: null });
  });

  test('stands for nothing when the schedule is deleted', async () => {
    await windlass.drills.delete(schedule);
    const forged = await startCopy(idAt(lastFired + 2 * EVERY_MS));
    await expect(forged.result()).rejects.toMatchObject(refused('there is no such schedule any more'));
  });
});
