import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { kubernetesSuspend } from '../../src/domain/kinds/kubernetes-suspend.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { read } from '../../src/domain/json-fields.ts';
import { kubernetesSuspendEngine } from '../../src/kubernetes/suspend/suspend-engine.ts';
import { contextOf, failureOf, freshName, namespace, namespaceRef } from '../kubernetes/cluster.ts';
import { failingApi } from '../kubernetes/failing-api.ts';
import { until } from '../support/poll.ts';
import { told } from '../support/told.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(async () => {
  await client.close();
});
beforeEach(async () => {
  ns = freshName('suspend');
  await client.apply(namespace(ns));
});
afterEach(async () => {
  await client.delete(namespaceRef(ns));
});

const engine = (api = client) => kubernetesSuspendEngine(api);
const specOf = (more: object) =>
  kubernetesSuspend.parse({ action: 'suspend', namespace: ns, selector: { app: 'etl' }, ...more });
const jobSpec = (completeAfter: string) => ({
  template: {
    metadata: { annotations: { 'windlass.dev/ready-after': '20ms', 'windlass.dev/complete-after': completeAfter } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'etl:1' }] },
  },
});
const make = (name: string, app: string, suspend = false) =>
  client.apply({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace: ns, labels: { app } },
    // The thirtieth of February: no Job is started but by the tests.
    spec: { schedule: '0 0 30 2 *', suspend, jobTemplate: { spec: jobSpec('20ms') } },
  });
/** Which CronJobs are suspended. */
const suspended = async () =>
  (await client.list({ apiVersion: 'batch/v1', kind: 'CronJob' }, { namespace: ns }))
    .filter((one) => read(one, 'spec', 'suspend') === true)
    .map(({ metadata }) => metadata.name)
    .sort();

describe('CronJobs chosen by labels', () => {
  test('are suspended, and those of them that ran before are resumed, no others', async () => {
    await Promise.all([make('a', 'etl'), make('b', 'etl', true), make('c', 'etl'), make('other', 'web')]);
    const plan = await engine().plan(specOf({}), contextOf(''));
    expect(plan.map(({ action, what, detail }) => [action, what, ...(detail ?? [])])).toEqual([
      ['update', `CronJob ${ns}/a`, 'spec.suspend: false -> true'],
      ['unchanged', `CronJob ${ns}/b`, 'suspended already by somebody else'],
      ['update', `CronJob ${ns}/c`, 'spec.suspend: false -> true'],
    ]);
    expect(told((await engine().apply(specOf({}), contextOf(''))).findings)).toMatchObject([
      { claim: '3 of 3 suspended', holds: true },
    ]);
    expect(await suspended()).toEqual(['a', 'b', 'c']);
    expect((await engine().plan(specOf({}), contextOf(''))).every(({ action }) => action === 'unchanged')).toBe(true);

    const resume = specOf({ action: 'resume' });
    expect(await engine().verify(resume, contextOf(''))).toMatchObject([{ holds: false }]);
    await engine().apply(resume, contextOf(''));
    expect(await suspended()).toEqual(['b']);
    expect(await engine().verify(resume, contextOf(''))).toMatchObject([{ holds: true }]);
    await engine().apply(specOf({ action: 'resume', all: true }), contextOf(''));
    expect(await suspended()).toEqual([]);
  });

  test('are told apart from those suspended before by an attempt that comes after a kill', async () => {
    await Promise.all([make('a', 'etl'), make('b', 'etl', true), make('c', 'etl')]);
    const told: Json[] = [];
    const { api } = failingApi(client, { at: 1, when: 'after' });
    const killed = engine(api).apply(specOf({}), contextOf('', { progress: (state) => told.push(state) }));
    await expect(killed).rejects.toThrow('killed');
    const { changes } = await engine().apply(specOf({}), contextOf('', { resume: told.at(-1) ?? null }));
    expect(changes.map(({ action }) => action)).toEqual(['update', 'unchanged', 'update']);
    await engine().apply(specOf({ action: 'resume' }), contextOf(''));
    expect(await suspended()).toEqual(['b']);
  });

  test('are expected to be there, by number and by name', async () => {
    await make('a', 'etl');
    expect(await failureOf(engine().plan(specOf({ selector: { app: 'elt' } }), contextOf('')))).toMatchObject({
      type: 'ExpectationFailed',
      options: { facts: { found: 0, atLeast: 1 } },
    });
    expect(await failureOf(engine().plan(specOf({ names: ['a', 'z'] }), contextOf('')))).toMatchObject({
      type: 'NotFound',
      options: { facts: { objects: [`CronJob ${ns}/z`] } },
    });
    expect(await engine().plan(specOf({ selector: { app: 'elt' }, atLeast: 0 }), contextOf(''))).toEqual([]);
  });
});

describe('Jobs that run while their CronJob is suspended', () => {
  const start = async (completeAfter: string) => {
    const cronJob = await make('a', 'etl');
    const { uid = '' } = cronJob.metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'a', uid, controller: true };
    await client.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'a-1', namespace: ns, ownerReferences: [owner] },
      spec: jobSpec(completeAfter),
    });
  };

  test('are waited for where that is asked, and left alone else', async () => {
    await start('1s');
    expect(await engine().plan(specOf({}), contextOf(''))).toHaveLength(1);
    const waits = specOf({ running: 'wait' });
    expect(await engine().plan(waits, contextOf(''))).toMatchObject([
      { what: `CronJob ${ns}/a` },
      { what: `Job ${ns}/a-1`, destructive: false },
    ]);
    expect((await engine().apply(waits, contextOf(''))).findings).toMatchObject([{ holds: true }]);
    const job = await client.get({ apiVersion: 'batch/v1', kind: 'Job', namespace: ns, name: 'a-1' });
    expect(job?.status).toMatchObject({ succeeded: 1 });
  });

  test('that take too long are named, and one that is deleted meanwhile is not waited for', async () => {
    await start('1h');
    const failure = await failureOf(engine().apply(specOf({ running: 'wait', doneWithin: '200ms' }), contextOf('')));
    expect(failure).toMatchObject({ type: 'NotReadyInTime', options: { facts: { running: [`Job ${ns}/a-1`] } } });
    expect(await suspended()).toEqual(['a']);
    const told: Json[] = [];
    const waiting = engine().apply(
      specOf({ running: 'wait' }),
      contextOf('', { progress: (state) => told.push(state) }),
    );
    await until(() => JSON.stringify(told).includes('waitingFor'));
    await client.delete({ apiVersion: 'batch/v1', kind: 'Job', namespace: ns, name: 'a-1' });
    expect((await waiting).findings).toMatchObject([{ holds: true }]);
  });
});
