import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { WindlassClient, type Actor } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import { labAddresses } from '../../src/lab/addresses.ts';
import { until } from '../support/poll.ts';
import { writePolicy } from '../support/policies.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

// A rollout that is open while its workers come to ask for signatures, as during an upgrade.
const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/gated', import.meta.url));
const REF = { rollout: 'gated', environment: 'lab' };
const pairs = { ada: generateKeyPairSync('ed25519'), grace: generateKeyPairSync('ed25519') };
const actor = (by: keyof typeof pairs): Actor => ({
  by,
  sign: (text) => sign(null, Buffer.from(text), pairs[by].privateKey).toString('base64'),
});
let own: OwnSettings;
let worker: TestWorker;
let windlass: WindlassClient;

async function policyFor(signatures: 'required' | 'optional'): Promise<string> {
  const key = (by: keyof typeof pairs) => [
    { key: pairs[by].publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
  ];
  const signers = signatures === 'optional' ? {} : { ada: key('ada'), grace: key('grace') };
  const starters = signatures === 'optional' ? [] : ['grace'];
  const lab = {
    ...{ signatures, selfApproval: true, signers, starters },
    references: { variables: ['WINDLASS_LAB_*'] },
    endpoints: [...labAddresses()],
  };
  return writePolicy(join(own.scratch, 'policy.yaml'), { lab });
}

beforeAll(async () => {
  own = await ownSettings();
  const policy = await policyFor('optional');
  const settings = { ...own.settings, WINDLASS_POLICY: policy, WINDLASS_ROLLOUT_EVENTS: '60' };
  worker = await TestWorker.start(settings, join(own.scratch, 'worker.log'));
  windlass = await WindlassClient.connect(readConfig(own.settings));
});
afterAll(async () => {
  await windlass.close();
  await worker.stop('SIGTERM');
  own.remove();
});

/** Makes the rollout continue as a new run. */
async function continued(): Promise<void> {
  const connection = await Connection.connect({ address: own.settings['TEMPORAL_ADDRESS'] ?? '' });
  const temporal = new Client({ connection, namespace: own.settings['TEMPORAL_NAMESPACE'] ?? '' });
  const rollout = temporal.workflow.getHandle('rollout/lab/gated');
  const before = (await rollout.describe()).runId;
  while ((await rollout.describe()).runId === before) {
    await Promise.all(Array.from({ length: 50 }, () => rollout.signal('unheard-of')));
    await windlass.status(REF);
  }
  await connection.close();
}

test.each([
  ['a rollout without a warrant parks until somebody who may start it adopts it, and then goes on', false],
  ['so does one that has continued as a new run', true],
])('%s', async (_name, continues) => {
  await policyFor('optional');
  const parameters = { suffix: freshName() };
  await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters, by: 'linus' });
  const { status, gate } = await until(async () => {
    const { status: now, gates } = await windlass.gates(REF);
    return gates[0] === undefined ? null : { status: now, gate: gates[0] };
  });
  if (continues) await continued();
  await policyFor('required');
  expect(await windlass.decide(REF, 'approve', { status, gate }, actor('ada'))).toMatchObject({ accepted: true });
  const { step, failure } = await until(async () => {
    const steps = (await windlass.status(REF)).phases.flatMap((phase) => phase.steps);
    const parked = steps.find(({ state }) => state === 'parked');
    return parked === undefined ? null : { step: parked, failure: parked.failure };
  });
  expect(failure).toMatchObject({ type: 'Unauthorised', next: expect.stringContaining('windlass adopt gated') });

  const { run, bundle } = status;
  const adopt = { action: 'adopt', run, bundle, phase: '', step: '' } as const;
  expect(await windlass.command(REF, adopt, { by: 'grace' })).toMatchObject({ accepted: false });
  expect(await windlass.command(REF, adopt, actor('ada'))).toMatchObject({
    accepted: false,
    reason: expect.stringContaining('does not let ada start anything') as unknown,
  });
  const other = { ...adopt, bundle: 'b'.repeat(64) };
  expect(await windlass.command(REF, other, actor('grace'))).toMatchObject({
    accepted: false,
    reason: expect.stringContaining('another bundle') as unknown,
  });
  expect(await windlass.command(REF, adopt, actor('grace'))).toEqual({ accepted: true });
  if (continues) await continued();

  const parking = step.parkings === undefined ? {} : { parking: step.parkings };
  const retry = { action: 'retry', run, phase: gate.phase, step: step.name, ...parking } as const;
  expect(await windlass.command(REF, retry, actor('ada'))).toEqual({ accepted: true });
  // What was approved before counts for no gate that opens later.
  const again = await until(async () => {
    const { status: now, gates } = await windlass.gates(REF);
    return gates[0] === undefined ? null : { status: now, gate: gates[0] };
  });
  await windlass.decide(REF, 'approve', again, actor('ada'));
  expect((await windlass.result(REF)).status.state).toBe('done');
});
