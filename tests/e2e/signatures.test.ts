import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../src/domain/json.ts';
import { until } from '../support/poll.ts';
import { stage, type Stage } from './support/stage.ts';
import { windlass, windlassJson } from './support/windlass.ts';

let set: Stage;
beforeAll(async () => {
  set = await stage();
  const keys = { ada: await keyOf('ada'), grace: await keyOf('grace') };
  const lab = await readFile(join(set.rollout, 'environments/lab.yaml'), 'utf8');
  const [head = ''] = lab.split('  decisions:');
  const decisions = { signatures: 'required', selfApproval: false, groups: { platform: ['ada', 'grace'] }, keys };
  const strict = `${head.replace('name: lab', 'name: strict')}  decisions: ${JSON.stringify(decisions)}\n`;
  await writeFile(join(set.rollout, 'environments/strict.yaml'), strict);
  await set.startWorker();
});
afterAll(() => set.close());

const keyFile = (name: string) => join(set.directory, `${name}.pem`);

/** Writes a private key, and gives the public one as environments hold it. */
async function keyOf(name: string): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(keyFile(name), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

const at = () => [set.name, '--environment', 'strict'];
const as = (name: string, key = name) => ['--as', name, '--key', keyFile(key)];
const isBlocked = async () => (await windlass(['status', ...at(), '--exit-code'], set.settings)).code === 5;
const start = (...who: string[]) =>
  windlassJson(['start', set.rollout, '--environment', 'strict', ...who], set.settings);

describe('an environment that asks for signatures', () => {
  test('ends a rollout whose start is not signed before anything is touched', async () => {
    const { code, document } = await start('--as', 'ada', '--watch');
    expect(code).toBe(1);
    expect(document).toMatchObject({
      error: { message: expect.stringContaining('not signed') },
      status: { phases: [] },
    });
  });

  test('takes an approval that is signed by another approver than who started it, and no other', async () => {
    expect((await start(...as('ada'))).code).toBe(0);
    await until(isBlocked);

    const approve = (...who: string[]) => windlassJson(['approve', ...at(), '--yes', ...who], set.settings);
    const denied = (why: string) => ({
      code: 4,
      document: { error: { type: 'DecisionDenied', message: expect.stringContaining(why) } },
    });
    expect(await approve('--as', 'grace')).toMatchObject(denied('not signed'));
    expect(await approve(...as('grace', 'ada'))).toMatchObject(denied("not grace's"));
    expect(await approve(...as('ada'))).toMatchObject(denied('nobody approve what they started'));

    // What is printed can be pasted into the Web UI, or signed by another tool.
    const print = (what: string) => windlass(['approve', ...at(), ...as('grace'), '--print', what], set.settings);
    const printed = JSON.parse((await print('document')).stdout) as Record<string, unknown>;
    expect(printed).toMatchObject({
      verdict: 'approve',
      by: 'grace',
      opening: 1,
      signature: expect.stringMatching(/=$/),
    });
    const { stdout: text } = await print('text');
    const to = { kind: 'decision', environment: 'strict', rollout: set.name };
    expect(text).toBe(canonicalJson({ ...printed, ...to, signature: undefined }));

    // A cancellation is a command as the others: unsigned it ends nothing, and is on record.
    const cancel = (...how: string[]) => windlassJson(['cancel', ...at(), '--as', 'grace', ...how], set.settings);
    expect(await cancel()).toMatchObject({ code: 4, document: { error: { type: 'DecisionDenied' } } });
    expect((await cancel('--signal')).code).toBe(0);

    // As a signal it has no answer; what becomes of it is seen in the rollout.
    const sent = await approve(...as('grace'), '--signal', '--comment', 'read and agreed');
    expect(sent).toMatchObject({ code: 0, document: { sent: 'signal', accepted: null } });
    expect((await windlass(['watch', ...at()], set.settings)).code).toBe(0);

    const { document } = await windlassJson(['report', ...at()], set.settings);
    expect(document).toMatchObject({
      state: 'done',
      signed: true,
      decisions: [
        { by: 'grace', signed: false, denial: expect.any(String) },
        { by: 'grace', denial: expect.any(String) },
        { by: 'ada', denial: expect.any(String) },
        { by: 'grace', signed: true, denial: null, comment: 'read and agreed' },
      ],
      commands: [
        { action: 'cancel', by: 'grace', signed: false, denial: expect.stringContaining('not signed') },
        { action: 'cancel', by: 'grace', signed: false, denial: expect.stringContaining('not signed') },
      ],
    });
  });
});
