import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { BACKUP } from '../../src/velero/backup/objects.ts';
import { SCHEDULE_LABEL } from '../../src/velero/schedule/objects.ts';
import { until } from '../support/poll.ts';
import type { TestWorker } from '../support/worker.ts';
import { leftoversOf, ofStep } from '../velero/leftovers.ts';
import { drilledStage, type DrilledStage } from './support/drilled.ts';
import { windlassJson } from './support/windlass.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let set: DrilledStage;
let worker: TestWorker;
let connection: Connection;
let client: Client;
let api: KubernetesClient;
beforeAll(async () => {
  set = await drilledStage('witnessed');
  worker = await set.startWorker();
  connection = await Connection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection, namespace: set.settings['TEMPORAL_NAMESPACE'] ?? '' });
  api = await openLabCluster();
  expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
});
afterAll(async () => {
  await api.delete(velero());
  await api.close();
  await connection.close();
  await set.close();
});

const at = () => [set.name, '--environment', 'lab'];
const velero = () => ({
  apiVersion: 'velero.io/v1',
  kind: 'Schedule',
  namespace: 'velero',
  name: `witnessed-${set.suffix}`,
});
const schedule = (...words: string[]) => windlassJson(['schedule', ...words], set.settings);

/** What runs of this drill planted, restored or noted, and have not taken away. */
function left(): Promise<string[]> {
  const owner = { environment: 'lab', rollout: set.name, phase: 'backup', step: 'drill', run: '', bundle: '' };
  return leftoversOf(api, ofStep(owner));
}

async function recorded<Type extends 'drill' | 'witness'>(type: Type) {
  const record = openRecord(openStore(set.settings['WINDLASS_STORE'] ?? '', null));
  const { entries } = await record.read({ environment: 'lab', rollout: set.name, types: [type] });
  return entries as readonly (RecordEntry & { readonly body: { readonly type: Type } })[];
}

/** What Velero made by its schedule, the newest last. */
async function backups(): Promise<string[]> {
  const labelSelector = `${SCHEDULE_LABEL}=${velero().name}`;
  const found = await api.list(BACKUP, { namespace: 'velero', labelSelector });
  return found.map(({ metadata }) => metadata.name).sort();
}

/** The workflows that a schedule of Temporal started. */
async function startedBy(mode: 'witness' | 'drill'): Promise<{ readonly run: string; readonly state: string }[]> {
  const runs = [];
  for await (const { workflowId, runId, status } of client.workflow.list({ query: `WorkflowType = 'drill'` }))
    if (workflowId.startsWith(`${mode}/lab/${set.name}/`)) runs.push({ run: runId, state: status.name });
  return runs;
}

describe('the backups that Velero makes by the clock', () => {
  test('are witnessed ahead of each, though the worker is killed meanwhile, and proven by the drill of the schedule', async () => {
    const made = await schedule('create', ...at(), 'backup/drill', '--every', '6h', '--lead', '1m', '--as', 'ada');
    expect(made).toMatchObject({
      code: 0,
      document: { schedules: [{}, {}, { mode: 'witness', when: '1m before */2 * * * *' }] },
    });

    await until(async () => (await left()).length > 0);
    await worker.stop('SIGKILL');
    worker = await set.startWorker();
    const witness = await until(async () => (await recorded('witness'))[0]);
    // No other backup may come before the drill.
    await api.merge(velero(), { spec: { paused: true } });
    expect(witness.body.failure).toBeNull();
    expect((await startedBy('witness')).map(({ run }) => run)).toContain(witness.scope.run);

    expect(await schedule('trigger', ...at(), 'backup/drill')).toMatchObject({ code: 0 });
    const verdict = await until(async () => (await recorded('drill'))[0]);
    expect(verdict.body.verdict).toMatchObject({ verdict: 'proven', faults: [], backup: (await backups()).at(-1) });
    expect((await startedBy('drill')).map(({ run }) => run)).toContain(verdict.scope.run);
    expect((await schedule('delete', ...at())).code).toBe(0);
    await until(async () => (await startedBy('witness')).every(({ state }) => state !== 'RUNNING'));
    await until(async () => (await left()).length === 0);
  }, 600_000);
});
