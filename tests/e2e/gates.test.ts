import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ListedRollout } from '../../src/client.ts';
import type { AskedGates } from '../../src/cli/view/gates.ts';
import { until } from '../support/poll.ts';
import { stage, type Stage } from './support/stage.ts';
import { windlass, windlassJson } from './support/windlass.ts';

let set: Stage;
beforeAll(async () => {
  set = await stage();
});
afterAll(() => set.close());

const at = ['--environment', 'lab'];

/** Others use the environment of the lab too. */
async function listed(...options: readonly string[]): Promise<ListedRollout | undefined> {
  const { document } = await windlassJson(['list', ...at, ...options], set.settings);
  return (document as { rollouts: readonly ListedRollout[] }).rollouts.find(({ rollout }) => rollout === set.name);
}

async function openGates(): Promise<readonly string[]> {
  const { document } = await windlassJson(['gates', ...at], set.settings);
  const { rollouts } = document as { rollouts: readonly AskedGates[] };
  const own = rollouts.find(({ rollout }) => rollout === set.name);
  return (own?.gates ?? []).map(({ phase, step }) => `${phase}/${step}`).sort();
}

test('what waits in an environment is one list, several gates are approved in one go, and a plan says with its exit code what is left', async () => {
  const file = join(set.rollout, 'rollout.yaml');
  const text = await readFile(file, 'utf8');
  const more = text.slice(text.indexOf('        - name: uploads')).replaceAll('uploads', 'exports');
  await writeFile(file, `${text}${more}`);
  const plan = ['plan', set.rollout, ...at, '--exit-code'];
  expect(await listed()).toBeUndefined();
  expect(await windlass([...plan, '--output', 'markdown'], set.settings)).toMatchObject({
    code: 2,
    stdout: expect.stringMatching(
      /^### .*\n[^]*\| `storage\/uploads` \| `objectstore\.bucket` \| 1 to create \|/,
    ) as unknown,
  });

  await set.startWorker();
  await windlass(['start', set.rollout, ...at, '--as', 'ada'], set.settings);
  const gates = ['storage/exports', 'storage/uploads'];
  await until(async () => (await openGates()).length === 2);
  expect(await openGates()).toEqual(gates);
  // Temporal lists what a workflow told a moment later.
  await until(async () => (await listed('--blocked')) !== undefined);
  expect(await listed()).toMatchObject({ state: 'blocked', blockedOn: 'gate storage/uploads, gate storage/exports' });

  const approved = await windlassJson(['approve', set.name, ...gates, ...at, '--yes', '--as', 'demo'], set.settings);
  expect(approved).toMatchObject({
    code: 0,
    document: {
      decisions: [
        { step: 'exports', accepted: true },
        { step: 'uploads', accepted: true },
      ],
    },
  });
  await until(async () => (await listed())?.state === 'done');
  expect(await listed('--blocked')).toBeUndefined();
  expect(await windlass(plan, set.settings)).toMatchObject({ code: 0 });
  expect((await windlass(['plan', `${set.rollout}-no`, ...at, '--exit-code'], set.settings)).code).toBe(1);
});

test('a gate that two must approve counts each once, says who is missing, and lets an approval be taken back', async () => {
  const apart = await stage();
  try {
    const file = join(apart.rollout, 'rollout.yaml');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/^( *)approvers: \[platform\]$/m, '$1approvers: [ada, grace]\n$1required: 2'));
    await apart.startWorker();
    await windlass(['start', apart.rollout, ...at, '--as', 'demo'], apart.settings);
    const decide = (verb: string, by: string) =>
      windlass([verb, apart.name, ...at, ...(verb === 'approve' ? ['--yes'] : []), '--as', by], apart.settings);
    const status = () => windlass(['status', apart.name, ...at], apart.settings);
    await until(async () => (await status()).stdout.includes('To be decided by 2 of ada or grace until'));

    expect(await decide('approve', 'ada')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The gate waits for 1 more of ada or grace.') as unknown,
    });
    await until(async () => (await status()).stdout.includes('2 of ada or grace; approved by ada'));
    expect(await decide('approve', 'ADA')).toMatchObject({ code: 4 });
    expect(await decide('withdraw', 'ada')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The gate waits for 2 more') as unknown,
    });
    expect((await decide('approve', 'grace')).stdout).toContain('The gate waits for 1 more');
    expect(await decide('approve', 'ada')).toMatchObject({ code: 0 });
    await until(async () => (await status()).stdout.includes('done'));
    const { stdout } = await windlass(['report', apart.name, ...at], apart.settings);
    expect(stdout.match(/^\|.*\| (approved|withdrawn) \|.*$/gm)).toHaveLength(4);
  } finally {
    await apart.close();
  }
});
