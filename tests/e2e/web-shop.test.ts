import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RolloutStatus, StepStatus } from '../../src/domain/status.ts';
import type { StepPlan } from '../../src/steps/plan.ts';
import { until } from '../support/poll.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { windlass, windlassJson } from './support/windlass.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/web-shop', import.meta.url));
const name = freshName();
let own: OwnSettings;
let worker: TestWorker;
let directory: string;

beforeAll(async () => {
  own = await ownSettings();
  directory = join(own.scratch, name);
  await cp(EXAMPLE, directory, { recursive: true });
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.yaml$/.test(path),
  ))
    rename(join(directory, file));
  worker = await TestWorker.start(own.settings, join(own.scratch, 'worker.log'));
});
afterAll(async () => {
  await worker.stop('SIGTERM');
  const cluster = await openLabCluster();
  await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await cluster.close();
  own.remove();
});

/** Other tests of the lab have shops and targets too: whatever bears a name gets one of this run. */
function rename(path: string): void {
  const text = readFileSync(path, 'utf8');
  const renamed = text
    .replaceAll(/web[-_]shop/g, name)
    .replaceAll(/\bcluster\b(?=:|$)|(?<=target: )cluster\b/gm, `cluster-${name}`)
    .replaceAll(/(?<=^ {4})database(?=:)|(?<=target: )database\b/gm, `database-${name}`);
  writeFileSync(path, renamed);
}

/** The commands that the README has people type, in their order; those for servers are the test's own affair. */
const COMMANDS = [...readFileSync(join(EXAMPLE, 'README.md'), 'utf8').matchAll(/^bin\/windlass (.*?)(?: +#.*)?$/gm)]
  .map(([, line = '']) => line.split(/ +/))
  .filter(([verb = '']) => !['lab', 'worker'].includes(verb));
const unused = [...COMMANDS];

/** Runs the next command of the README, which must be this verb; what a person would answer is given as an option. */
async function next(verb: string, ...answers: string[]) {
  const line = unused.shift() ?? [];
  expect(line[0]).toBe(verb);
  const args = line.map((word) => word.replace('examples/web-shop', directory).replace('web-shop', name));
  return windlassJson([...args, ...answers], own.settings);
}

async function steps(): Promise<readonly StepStatus[]> {
  const { document } = await windlassJson(['status', name, '--environment', 'lab'], own.settings);
  return (document as RolloutStatus).phases.flatMap((phase) => phase.steps);
}
const stateOf = async (step: string) => (await steps()).find((one) => one.name === step)?.state;
const changed = (plans: readonly StepPlan[]) =>
  plans.flatMap(({ step, changes }) => changes.filter(({ action }) => action !== 'unchanged').map(() => step));

describe('examples/web-shop, followed as its README says', () => {
  test('is sound, plans what it makes, and waits for an approval of the bucket', async () => {
    expect(await next('validate')).toMatchObject({ code: 0 });
    const plan = await next('plan');
    expect(plan).toMatchObject({ code: 0 });
    expect(await next('start')).toMatchObject({ code: 0 });
    expect(await next('status')).toMatchObject({ code: 0 });
    await until(async () => (await stateOf('pictures')) === 'gate');
    await until(async () => (await stateOf('schema')) === 'done');
    expect(await stateOf('workloads')).toBe('pending');
  });

  test('goes on once approved, until everything is done and the backup proven', async () => {
    const approved = await next('approve', '--yes');
    expect(approved).toMatchObject({ code: 0 });
    const watched = await next('watch');
    expect(watched).toMatchObject({ code: 0, document: { status: { state: 'done' } } });
    // A probe never changes anything.
    const others = (await steps()).filter(({ state }) => state !== 'done');
    expect(others).toMatchObject([{ name: 'all-replicas-ready', state: 'unchanged' }]);
    const { measures } = (watched.document as { status: RolloutStatus }).status;
    expect(measures?.map(({ name: measure, after }) => [measure, after?.value])).toEqual(
      expect.arrayContaining([
        ['pods-ready', 6],
        ['goods', 3],
      ]),
    );
    const report = await next('report');
    expect(report).toMatchObject({ code: 0 });
    expect(JSON.stringify(report.document)).toContain('drill');
  });

  test('started again changes nothing and asks nobody', async () => {
    expect(await next('start')).toMatchObject({ code: 0, document: { unchanged: true, status: { state: 'done' } } });
    expect(new Set((await steps()).map(({ state }) => state))).toEqual(new Set(['unchanged']));
  });

  test('with another limit changes the three autoscalers alone', async () => {
    const plan = await next('plan');
    expect(changed((plan.document as { steps: readonly StepPlan[] }).steps)).toEqual(Array(3).fill('autoscalers'));
    expect(await next('start')).toMatchObject({ code: 0, document: { unchanged: false, status: { state: 'done' } } });
    const done = (await steps()).filter(({ state }) => state === 'done');
    expect(done.map((step) => step.name)).toEqual(['autoscalers']);
  });

  test('says how all of it is brought back, and that is all there is in the README', async () => {
    expect(unused).toHaveLength(1);
    const [line = []] = unused;
    const runbook = await windlass(
      line.map((word) => word.replace('web-shop', name)),
      own.settings,
    );
    expect(runbook).toMatchObject({ code: 0, stdout: expect.stringContaining('was proven by') });
  });
});
