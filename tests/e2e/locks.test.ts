import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { acquireSignal, lockQuery } from '../../src/contract/messages.ts';
import { labAddresses } from '../../src/lab/addresses.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { connect, freshDatabase, dropAll } from '../postgres/support/lab.ts';
import { windlassJson } from './support/windlass.ts';

// What keeps everybody off a target, however it came there: a token of the far future where the target remembers it, something
// else in the place of its lock, and a lease that nobody holds.
const FAR = 9_000_000_000_000;
const name = freshName();
const [cluster, database] = [`cluster-${name}`, `database-${name}`];
let own: OwnSettings;
let worker: TestWorker;
let connection: Connection;
let temporal: Client;
let shop: string;

const directory = () => join(own.scratch, name);
const keyFile = (who: string) => join(own.scratch, `${who}.pem`);
const lockOf = (target: string) => `lock/production/${target}`;

beforeAll(async () => {
  own = await ownSettings();
  shop = await freshDatabase();
  const keys = { ada: await keyOf('ada'), linus: await keyOf('linus') };
  const policy = {
    signatures: 'required',
    signers: { ada: [{ key: keys.ada }], linus: [{ key: keys.linus }] },
    starters: ['ada'],
    references: { variables: ['WINDLASS_LAB_*'], directories: [] },
    endpoints: [...labAddresses()],
  };
  await writePolicy(join(own.scratch, 'policy.yaml'), { production: policy });
  await write('rollout.yaml', ROLLOUT.replace('DATABASE', shop));
  await write('environments/production.yaml', ENVIRONMENT);
  await write('migrations/V1__orders.sql', 'CREATE TABLE orders (id int);\n');
  await write('manifests/settings.yaml', settings('one'));
  worker = await TestWorker.start(
    { ...own.settings, WINDLASS_POLICY: join(own.scratch, 'policy.yaml') },
    join(own.scratch, 'worker.log'),
  );
  connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE'] ?? '' });
});
afterAll(async () => {
  await worker.stop('SIGTERM');
  await connection.close();
  await dropAll();
  own.remove();
});

const ROLLOUT = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: ${name} }
spec:
  targets: { ${cluster}: { kind: kubernetes }, ${database}: { kind: postgres } }
  phases:
    - name: all
      steps:
        - { name: schema, kind: postgres.migrate, target: ${database}, with: { database: DATABASE, source: { directory: migrations } } }
        - { name: settings, kind: kubernetes.apply, target: ${cluster}, with: { manifests: [manifests], namespace: default } }
`;
const ENVIRONMENT = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: production }
spec:
  targets:
    ${cluster}: { kind: kubernetes, kubeconfig: { fromEnvFile: WINDLASS_LAB_KUBECONFIG } }
    ${database}: { kind: postgres, url: { fromEnv: WINDLASS_LAB_POSTGRES_URL } }
`;
const settings = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: ${value} }\n`;

async function write(path: string, text: string): Promise<void> {
  const at = join(directory(), path);
  await mkdir(dirname(at), { recursive: true });
  await writeFile(at, text);
}

async function keyOf(who: string): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(keyFile(who), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

const as = (who: string) => ['--as', who, '--key', keyFile(who)];
const run = (...args: string[]) => windlassJson([...args, '--environment', 'production'], own.settings);
const heal = (target: string, ...who: string[]) => run('locks', 'heal', name, target, ...who);
const healings = async () => {
  const { document } = await run('locks', 'list', name);
  return (document as { healings: { target: string; by: string; denial: string | null; done: boolean }[] }).healings;
};

const inDatabase = async (sql: string) => {
  const client = await connect(shop);
  try {
    return (await client.query<{ token: string }>(sql, [lockOf(database)])).rows;
  } finally {
    await client.end();
  }
};
const SEEN = 'SELECT token FROM windlass.fence WHERE lock = $1';

describe('a target whose lock is poisoned', () => {
  test('is acted on again once somebody healed it whom the policy lets start rollouts', async () => {
    expect(await run('start', directory(), '--watch', ...as('ada'))).toMatchObject({ code: 0 });
    await inDatabase(`UPDATE windlass.fence SET token = ${FAR} WHERE lock = $1`);
    await write('migrations/V2__more.sql', 'ALTER TABLE orders ADD COLUMN total int;\n');
    const parked = await run('start', directory(), '--watch', ...as('ada'));
    expect(parked.stdout).toContain('"FenceLost"');

    expect(await heal(database, '--as', 'ada')).toMatchObject({ document: { error: { type: 'DecisionDenied' } } });
    expect(await heal(database, ...as('linus'))).toMatchObject({ document: { error: { type: 'Unauthorised' } } });
    expect(await inDatabase(SEEN)).toEqual([{ token: String(FAR) }]);

    const healed = await heal(database, '--comment', 'found while moving the lab', ...as('ada'));
    expect(healed).toMatchObject({
      code: 0,
      document: {
        healed: [expect.stringMatching(`^database ${shop} remembered token ${FAR}, and remembers \\d{13} instead$`)],
      },
    });
    expect(await run('retry', name, ...as('ada'))).toMatchObject({ code: 0 });
    expect(await run('watch', name)).toMatchObject({ code: 0 });
    expect(Number((await inDatabase(SEEN))[0]?.token)).toBeLessThanOrEqual(Date.now());
    expect(await healings()).toMatchObject([
      { target: database, by: 'ada', denial: expect.stringContaining('not signed'), done: false },
      { target: database, by: 'linus', denial: expect.stringContaining('does not let linus'), done: false },
      { target: database, by: 'ada', verified: true, comment: 'found while moving the lab', denial: null, done: false },
      { target: database, by: 'ada', verified: true, denial: null, done: true },
    ]);
  });

  test('is healed where something else runs in the place of its lock, and where a cluster remembers too much', async () => {
    const api = await openLabCluster();
    const ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'default',
      name: `windlass.lock.production.${cluster}`,
    };
    await api.merge(ref, { metadata: { annotations: { 'windlass.dev/fence-token': String(FAR) } } });
    await temporal.workflow.start('targetLock', {
      ...{ workflowId: lockOf(cluster), taskQueue: 'nobody-polls-this', args: [null] },
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    await write('manifests/settings.yaml', settings('two'));
    const { document } = await heal(cluster, ...as('ada'));
    expect(document).toMatchObject({
      healed: [
        `${lockOf(cluster)}: a workflow of type targetLock on task queue nobody-polls-this runs in its place`,
        expect.stringMatching(`^ConfigMap default/${ref.name} remembered token ${FAR}, and remembers \\d{13} instead$`),
      ],
      left: [],
    });
    expect(await run('start', directory(), '--watch', ...as('ada'))).toMatchObject({ code: 0 });
    expect((await api.get({ ...ref, name }))?.['data']).toEqual({ value: 'two' });
    await api.delete({ ...ref, name });
    await api.delete(ref);
    await api.close();
  });

  test('loses an endless lease that was asked for in the name of a workflow which wants nothing', async () => {
    const lock = temporal.workflow.getHandle(lockOf(database));
    // One that is open: what a closed one is granted, the lock takes back by itself.
    const { workflowId, runId } = await temporal.workflow.getHandle(lockOf(cluster)).describe();
    const holder = { workflowId, runId };
    // The first time there is something else to ask after, and the lock finds out.
    await until(async () => {
      await lock.signal(acquireSignal, { id: 'forged', owner: 'nobody', holder, leaseMs: 30 * 24 * 3_600_000 });
      return (await lock.query(lockQuery)).held.length > 0 ? true : null;
    });
    const { document } = await heal(database, ...as('ada'));
    expect(document).toMatchObject({
      healed: [`${lockOf(database)}: held by ${holder.workflowId}, which wants nothing`],
      left: [],
    });
    expect(await heal(database, ...as('ada'))).toMatchObject({ document: { healed: [], left: [] } });
  });
});

test('nobody heals a lock by an activity or a workflow of their own', async () => {
  const input = { environment: 'production', rollout: name, bundle: 'f'.repeat(64), target: database };
  const said = { ...input, startedBy: 'ada', comment: '', signature: '' };
  const taskQueue = own.settings['WINDLASS_TASK_QUEUE'] ?? 'windlass';
  const options = { taskQueue, args: [said, 'x'], startToCloseTimeout: '30s', retry: { maximumAttempts: 1 } } as const;
  await expect(temporal.activity.execute('healLock', { id: `heal-${name}`, ...options })).rejects.toMatchObject({
    cause: { type: 'Unauthorised', message: expect.stringContaining('it was started by itself') },
  });
  const elsewhere = { workflowId: `heal-of-my-own/${name}`, taskQueue, args: [said] };
  await expect(temporal.workflow.execute('lockHeal', elsewhere)).rejects.toMatchObject({
    cause: { type: 'Unauthorised', message: expect.stringContaining('started with something else') },
  });
});
