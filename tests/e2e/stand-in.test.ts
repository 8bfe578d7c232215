import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WindlassClient, type StartedRollout } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { readText } from '../../src/domain/json-fields.ts';
import { namespaceRef } from '../kubernetes/cluster.ts';
import { dropAll, labAs, rowsOf, willDrop } from '../postgres/support/lab.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { windlass } from './support/windlass.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/stand-in', import.meta.url));
const ref = { rollout: 'stand-in', environment: 'lab' };
const suffix = freshName();
const name = `shop_${suffix}`;
const secret = { apiVersion: 'v1', kind: 'Secret', namespace: `shop-${suffix}`, name: 'shop-db' };
let own: OwnSettings;
let worker: TestWorker;
let client: WindlassClient;
let started: StartedRollout;

beforeAll(async () => {
  own = await ownSettings();
  worker = await TestWorker.start(own.settings, join(own.scratch, 'worker.log'));
  client = await WindlassClient.connect(readConfig(own.settings));
  willDrop('DATABASE', name);
  willDrop('ROLE', name);
});
afterAll(async () => {
  await client.close();
  await worker.stop('SIGTERM');
  const cluster = await openLabCluster();
  await cluster.delete(namespaceRef(secret.namespace));
  await cluster.close();
  await dropAll();
  own.remove();
});

const start = (): Promise<StartedRollout> =>
  client.startDirectory(FIXTURE, { environment: 'lab', parameters: { suffix }, by: 'ada' });

/** What the Web UI shows as the current details of a workflow. */
async function details({ workflowId, run }: StartedRollout): Promise<string> {
  const connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS']! });
  try {
    const { workflow } = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE']! });
    const metadata = await workflow.getHandle(workflowId, run).query('__temporal_workflow_metadata');
    return (metadata as { readonly currentDetails?: string }).currentDetails ?? '';
  } finally {
    await connection.close();
  }
}

describe('an official schema that cannot be had, and a password that is generated in the cluster', () => {
  test('the plan says that another stands in, and that the password is known later', async () => {
    const args = ['plan', FIXTURE, '--environment', 'lab', '--set', `suffix=${suffix}`];
    const { stdout } = await windlass(args, own.settings);
    expect(stdout).toContain('(STAND-IN)');
    expect(stdout).toContain(`password: that of key password of Secret ${secret.namespace}/shop-db`);
  });

  test('the rollout goes through; the role has the password of the Secret', async () => {
    started = await start();
    const { status } = await client.result(ref);
    expect(status.state).toBe('done');
    const cluster = await openLabCluster();
    const made = await cluster.get(secret);
    await cluster.close();
    const password = Buffer.from(readText(made ?? undefined, 'data', 'password') ?? '', 'base64').toString();
    expect(password).toMatch(/^[A-Za-z0-9]{40}$/);
    const query = 'SELECT count(*)::int AS n FROM orders';
    await expect(rowsOf(name, query, [], labAs({ user: name, password }))).resolves.toEqual([{ n: 0 }]);
  });

  test('Web UI and report say that the schema is a stand-in', async () => {
    expect(await details(started)).toContain('On a **STAND-IN**: `data/schema`.');
    const { stdout } = await windlass(['report', 'stand-in', '--environment', 'lab'], own.settings);
    expect(stdout).toMatch(/rests? on a STAND-IN/);
    expect(stdout).toMatch(/schema\.sql stands in for it/);
  });

  test('run again, nothing is to change, and it is still called one', async () => {
    const again = await start();
    const { status } = await client.result(ref);
    expect(status.phases.flatMap(({ steps }) => steps.map(({ state }) => state))).toEqual(Array(4).fill('unchanged'));
    expect(await details(again)).toContain('On a **STAND-IN**: `data/schema`.');
  });
});
