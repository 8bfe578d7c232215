import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freezeWorkflowId } from '../../src/domain/names.ts';
import type { FreezeOrder } from '../../src/domain/freeze-order.ts';
import { labAddresses } from '../../src/lab/addresses.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { TestWorker } from '../support/worker.ts';
import { driftingStage, type DriftingStage } from './support/drifting.ts';
import { windlassJson } from './support/windlass.ts';

let set: DriftingStage;
let worker: TestWorker;
let connection: Connection;
let temporal: Client;
const keyFile = (who: string) => join(set.scratch, `${who}.pem`);

beforeAll(async () => {
  set = await driftingStage();
  const file = join(set.rollout, 'environments/lab.yaml');
  const lab = await readFile(file, 'utf8');
  await writeFile(join(set.rollout, 'environments/production.yaml'), lab.replace('name: lab', 'name: production'));
  const rollout = join(set.rollout, 'rollout.yaml');
  const gate = '          approval:\n            approvers: [linus]\n            reason: somebody looks first\n';
  await writeFile(rollout, (await readFile(rollout, 'utf8')).trimEnd() + `\n${gate}`);
  const policy = {
    signatures: 'required',
    signers: { ada: [{ key: await keyOf('ada') }], linus: [{ key: await keyOf('linus') }] },
    starters: ['ada'],
    references: { variables: ['WINDLASS_LAB_*'], directories: [] },
    endpoints: [...labAddresses()],
  };
  const path = await writePolicy(join(set.scratch, 'policy.yaml'), { production: policy });
  worker = await TestWorker.start({ ...set.settings, WINDLASS_POLICY: path }, join(set.scratch, 'worker.log'));
  connection = await Connection.connect({ address: set.settings['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, namespace: set.settings['TEMPORAL_NAMESPACE'] ?? '' });
});
afterAll(async () => {
  await connection.close();
  await worker.stop('SIGTERM');
  await set.close();
});

async function keyOf(who: string): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(keyFile(who), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

const as = (who: string) => ['--as', who, '--key', keyFile(who)];
const told = (verb: string, ...more: string[]) =>
  windlassJson([verb, ...more, '--environment', 'production'], set.settings);
const freeze = (...more: string[]) => told('freeze', ...more);
const FOR = ['--until', '4h', '--why', 'the network is moved'];
const step = async () => {
  const { document } = await told('status', set.name);
  const { phases = [] } = document as {
    phases?: { steps: { state: string; failure: { type: string; message: string } | null }[] }[];
  };
  return phases[0]?.steps[0];
};
const refused = (type: string, message: string) => ({
  document: { error: { type, message: expect.stringContaining(message) } },
});

describe('an environment that is frozen by hand', () => {
  test('lets nothing be applied or started until somebody ends it, and both are on record', async () => {
    expect(await told('start', set.rollout, ...as('ada'))).toMatchObject({ code: 0 });
    await until(async () => (await step())?.state === 'gate');
    expect(await freeze(...FOR, ...as('ada'))).toMatchObject({ code: 0, document: { reason: 'the network is moved' } });
    expect(await told('approve', set.name, '--yes', ...as('linus'))).toMatchObject({ code: 0 });
    await until(async () => (await step())?.state === 'parked');
    expect((await step())?.failure).toMatchObject({
      type: 'Unauthorised',
      message: expect.stringMatching(/^The environment is frozen by ada until \S+: the network is moved\.$/),
    });
    expect(await set.colour()).toBeUndefined();
    expect(await freeze()).toMatchObject({ document: { byHand: [{ by: 'ada', reason: 'the network is moved' }] } });

    expect(await freeze('--end', '--why', 'moved', ...as('linus'))).toMatchObject(refused('Unauthorised', 'linus'));
    expect(await freeze('--end', '--why', 'moved', ...as('ada'))).toMatchObject({ code: 0 });
    expect(await freeze()).toMatchObject({ document: { byHand: [] } });
    expect(await told('retry', set.name, ...as('ada'))).toMatchObject({ code: 0 });
    // A retry plans anew, and its gate opens again.
    await until(async () => {
      const now = await step();
      if (now?.state === 'gate') await told('approve', set.name, '--yes', ...as('linus'));
      return now?.state === 'done';
    });
    expect(await set.colour()).toBe('red');
  });

  test('is frozen and thawed by nobody who may not start, without a signature, or with a copy of one', async () => {
    expect(await freeze(...FOR, '--as', 'ada')).toMatchObject(refused('DecisionDenied', 'not signed'));
    expect(await freeze(...FOR, ...as('linus'))).toMatchObject(refused('Unauthorised', 'does not let linus'));
    expect(await freeze('--until', '30d', '--why', 'long', ...as('ada'))).toMatchObject(
      refused('DecisionDenied', 'two weeks at most'),
    );
    expect(await freeze(...FOR, ...as('ada'))).toMatchObject({ code: 0 });
    expect(await told('start', set.rollout, '--watch', ...as('ada'))).toMatchObject(
      refused('Unauthorised', 'The environment is frozen by ada until'),
    );
    const sent = await orderOf();
    expect(await freeze('--end', ...as('ada'))).toMatchObject({ code: 0 });
    const again = temporal.workflow.execute('freeze', {
      ...{ workflowId: freezeWorkflowId('production'), args: [sent] },
      taskQueue: set.settings['WINDLASS_TASK_QUEUE'] ?? 'windlass',
    });
    await expect(again).rejects.toMatchObject({ cause: { message: expect.stringContaining('was used before') } });
    expect(await freeze()).toMatchObject({ document: { byHand: [] } });
  });
});

/** What the newest run was started with: whoever reads its history can send it again. */
async function orderOf(): Promise<FreezeOrder> {
  const { events } = await temporal.workflow.getHandle(freezeWorkflowId('production')).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString()) as FreezeOrder;
}
