import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/poll.ts';
import { driftingStage, type DriftingStage } from './support/drifting.ts';
import { windlass, windlassJson } from './support/windlass.ts';

let set: DriftingStage;
beforeAll(async () => {
  set = await driftingStage({ spec: { drift: 'refuse' } });
  await set.startWorker();
});
afterAll(() => set.close());

const at = ['--environment', 'lab'];

async function stateOf(): Promise<{ readonly state: string; readonly step: string; readonly run: string }> {
  const { document } = await windlassJson(['status', set.name, ...at], set.settings);
  const { state, run, phases } = document as {
    state: string;
    run: string;
    phases: { steps: { state: string }[] }[];
  };
  return { state, run, step: phases[0]?.steps[0]?.state ?? '' };
}

/** Begins a run, and waits until it asks. */
async function startedUntilAsked(): Promise<void> {
  expect(await windlass(['start', set.rollout, ...at, '--as', 'ada'], set.settings)).toMatchObject({ code: 0 });
  await until(async () => (await stateOf()).step === 'gate');
}

const decide = (verdict: 'approve' | 'reject', ...more: string[]) =>
  windlass([verdict, set.name, ...at, '--as', 'grace', ...more], set.settings);

test('a run that finds nothing of others asks nobody, although it applies by force', async () => {
  expect(await set.carryThrough()).toMatchObject({ status: { state: 'done' } });
  expect(await set.colour()).toBe('red');
});

test('what somebody else has set opens a gate that names field and manager; who rejects leaves it, who approves overwrites it', async () => {
  await set.paint('green');
  await startedUntilAsked();
  expect(await set.colour()).toBe('green');
  // Nobody can be asked without a terminal: the gate is shown, and stays open.
  const shown = await decide('approve');
  expect(shown.code).toBe(2);
  expect(shown.stdout).toContain('Open gate: data/apps');
  expect(shown.stdout).toMatch(new RegExp(`update +ConfigMap ${set.name}/settings \\[set by others\\]`));
  expect(shown.stdout).toContain('data.colour: "green" -> "red"');
  expect(shown.stdout).toContain('.data.colour belongs to stranger: taken over');

  expect((await decide('reject', '--comment', 'green it stays')).code).toBe(0);
  await until(async () => (await stateOf()).step === 'parked');
  expect(await set.colour()).toBe('green');
  expect((await windlass(['abort', set.name, ...at, '--as', 'grace'], set.settings)).code).toBe(0);
  await until(async () => (await stateOf()).state === 'aborted');
  expect(await set.colour()).toBe('green');

  await startedUntilAsked();
  expect((await decide('approve', '--yes', '--comment', 'red it is')).code).toBe(0);
  await until(async () => (await stateOf()).state === 'done');
  expect(await set.colour()).toBe('red');
  const report = await windlass(['report', set.name, ...at], set.settings);
  expect(report.stdout).toContain('red it is');
});

test('what is set while a gate is open is not overwritten by the approval of what was there before: the gate opens anew', async () => {
  await set.paint('green');
  await startedUntilAsked();
  expect((await decide('approve')).stdout).toContain('data.colour: "green" -> "red"');
  await set.paint('blue');
  expect((await decide('approve', '--yes', '--comment', 'not green')).code).toBe(0);
  const shown = await until(async () => {
    const { stdout } = await decide('approve');
    return stdout.includes('data.colour: "blue" -> "red"') ? stdout : null;
  });
  expect(shown).not.toContain('green');
  expect(await set.colour()).toBe('blue');
  expect((await decide('approve', '--yes', '--comment', 'nor blue')).code).toBe(0);
  await until(async () => (await stateOf()).state === 'done');
  expect(await set.colour()).toBe('red');
});
