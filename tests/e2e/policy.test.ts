import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { PolicyFile } from '../../src/domain/policy.ts';
import { labAddresses } from '../../src/lab/addresses.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { TestWorker } from '../support/worker.ts';
import { stage, type Stage } from './support/stage.ts';
import { windlass, windlassJson } from './support/windlass.ts';

// What somebody can do who brings every file of a rollout, and has no key: the worker's policy binds them all the same.
let set: Stage;
let worker: TestWorker;
const policyPath = () => join(set.directory, 'policy.yaml');
type Production = PolicyFile['spec']['environments'][string];
let production: Record<string, unknown> & Partial<Production>;

beforeAll(async () => {
  set = await stage();
  const keys = { ada: await keyOf('ada'), grace: await keyOf('grace') };
  const lab = await readFile(join(set.rollout, 'environments/lab.yaml'), 'utf8');
  // The environment file is the starter's own: nobody is asked, and nothing is signed.
  await writeFile(join(set.rollout, 'environments/production.yaml'), lab.replace('name: lab', 'name: production'));
  const file = join(set.rollout, 'rollout.yaml');
  const rollout = await readFile(file, 'utf8');
  await writeFile(file, rollout.replace(/ {10}approval:\n(?: {12}.*\n)+/, ''));
  production = {
    signatures: 'required',
    signers: { ada: [{ key: keys.ada, revoked: false }], grace: [{ key: keys.grace, revoked: false }] },
    groups: { platform: ['ada', 'grace'] },
    gates: [{ reason: 'buckets cost money', approvers: ['platform'], kinds: ['objectstore.*'], destructive: false }],
    references: { variables: ['WINDLASS_LAB_*'], directories: [] },
    endpoints: [...labAddresses()],
  };
  await allow(production);
  worker = await TestWorker.start(
    { ...set.settings, WINDLASS_POLICY: policyPath() },
    join(set.directory, 'worker.log'),
  );
});
afterAll(async () => {
  await worker.stop('SIGTERM');
  await set.close();
});

const keyFile = (name: string) => join(set.directory, `${name}.pem`);

async function keyOf(name: string): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(keyFile(name), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** Writes the worker's policy anew; it counts from then on. */
async function allow(policy: object): Promise<void> {
  await writePolicy(policyPath(), { production: policy });
}

const at = () => [set.name, '--environment', 'production'];
const as = (name: string, key = name) => ['--as', name, '--key', keyFile(key)];
const start = (...who: string[]) =>
  windlassJson(['start', set.rollout, '--environment', 'production', '--watch', ...who], set.settings);
const failed = (type: string, message: string) => ({
  code: 1,
  document: { error: { type, message: expect.stringContaining(message) } },
});

describe('a start', () => {
  test('that is not signed, or by a key that the starter brings, touches nothing', async () => {
    expect(await start('--as', 'ada')).toMatchObject(failed('DecisionDenied', 'not signed'));
    expect(await start('--as', 'mallory')).toMatchObject(failed('DecisionDenied', 'mallory has no key'));
    const mallory = await keyOf('mallory');
    const path = join(set.rollout, 'environments/production.yaml');
    const own = await readFile(path, 'utf8');
    await writeFile(path, `${own}    keys: { mallory: ${mallory}, ada: ${mallory} }\n`);
    expect(await start(...as('mallory'))).toMatchObject(failed('DecisionDenied', 'mallory has no key'));
    expect(await start(...as('ada', 'mallory'))).toMatchObject(failed('DecisionDenied', "not ada's"));
    await writeFile(path, own);
  });

  test('of an environment that the policy does not know, or during a freeze, or by somebody who may start nothing, is refused', async () => {
    const other = await windlassJson(
      ['start', set.rollout, '--environment', 'lab', '--watch', ...as('ada')],
      set.settings,
    );
    expect(other).toMatchObject(failed('Unauthorised', 'knows no such environment'));
    await allow({ ...production, starters: ['grace'] });
    expect(await start(...as('ada'))).toMatchObject(failed('Unauthorised', 'does not let ada start'));
    await allow({ ...production, freeze: [{ from: '2020-01-01', until: '2099-01-01', reason: 'audit' }] });
    expect(await start(...as('ada'))).toMatchObject(failed('Unauthorised', 'frozen until 2099-01-01: audit'));
    await allow(production);
  });
});

test('a server and a variable that the policy does not list are not reached and not read', async () => {
  await allow({ ...production, endpoints: ['in-cluster'] });
  const parked = async () => {
    expect(
      (await windlass(['start', set.rollout, '--environment', 'production', ...as('ada')], set.settings)).code,
    ).toBe(0);
    const failure = await until(async () => {
      const { document } = await windlassJson(['status', ...at()], set.settings);
      const { phases = [] } = document as {
        phases?: { steps: { failure: { type: string; message: string } | null }[] }[];
      };
      return phases[0]?.steps[0]?.failure ?? null;
    });
    expect((await windlass(['abort', ...at(), 'application/greeter', ...as('ada')], set.settings)).code).toBe(0);
    await windlass(['watch', ...at()], set.settings);
    return failure;
  };
  expect(await parked()).toMatchObject({
    type: 'Unauthorised',
    message: expect.stringContaining('does not list this server'),
  });
  await allow({ ...production, references: { variables: ['WINDLASS_LAB_S3_*'] } });
  expect(await parked()).toMatchObject({
    type: 'Unauthorised',
    message: expect.stringContaining('let this reference'),
  });
  await allow(production);
});

test('a gate that the policy demands is there though the rollout has none, and only another approver with a key opens it', async () => {
  expect((await windlass(['start', set.rollout, '--environment', 'production', ...as('ada')], set.settings)).code).toBe(
    0,
  );
  await until(async () => (await windlass(['status', ...at(), '--exit-code'], set.settings)).code === 5);
  const { stdout } = await windlass(['status', ...at()], set.settings);
  expect(stdout).toContain("To be decided by ada or grace (buckets cost money, by the worker's policy)");
  const approve = (...who: string[]) => windlassJson(['approve', ...at(), '--yes', ...who], set.settings);
  expect(await approve('--as', 'mallory')).toMatchObject({ code: 4 });
  expect(await approve(...as('ada'))).toMatchObject({ code: 4 });
  await allow({
    ...production,
    signers: { ...production.signers, grace: [{ ...production.signers?.['grace']?.[0], revoked: true }] },
  });
  expect(await approve(...as('grace'))).toMatchObject({
    code: 4,
    document: { error: { message: expect.stringContaining('is revoked') } },
  });
  await allow(production);
  expect(await approve(...as('grace'))).toMatchObject({ code: 0 });
  expect((await windlass(['watch', ...at()], set.settings)).code).toBe(0);
});

test('a signed start that somebody reads in a history and sends again begins nothing', async () => {
  const address = set.settings['TEMPORAL_ADDRESS'] ?? '';
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection, namespace: set.settings['TEMPORAL_NAMESPACE'] ?? '' });
    const workflowId = `rollout/production/${set.name}`;
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const began = events?.[0]?.workflowExecutionStartedEventAttributes;
    const [payload] = began?.input?.payloads ?? [];
    if (!payload) throw new Error('the history has no start');
    const again = await client.workflow.start('rollout', {
      ...{ workflowId, taskQueue: began?.taskQueue?.name ?? '' },
      args: [defaultPayloadConverter.fromPayload(payload)],
    });
    await expect(again.result()).rejects.toMatchObject({
      cause: { type: 'Unauthorised', message: expect.stringContaining('it has begun run') },
    });
  } finally {
    await connection.close();
  }
});
