import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { read, readList, readObject, readText } from '../../src/domain/json-fields.ts';
import type { RolloutStatus, StepStatus } from '../../src/domain/status.ts';
import { labAddresses } from '../../src/lab/addresses.ts';
import { cuttingProxy } from '../dolphinscheduler/cutting-proxy.ts';
import { Person } from '../lab/dolphinscheduler/api.ts';
import { definitionAt, editByHand } from '../lab/dolphinscheduler/by-hand.ts';
import { enterAdded, leaveAdded } from '../support/lab-users.ts';
import { writePolicy } from '../support/policies.ts';
import { until } from '../support/poll.ts';
import { freshName, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { windlass, windlassJson, type Settings } from './support/windlass.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/orchestrated', import.meta.url));
const AT = ['orchestrated', '--environment', 'lab'];
const BY_HAND = 'echo written by hand';
let own: OwnSettings;
let settings: Settings;
let proxy: Awaited<ReturnType<typeof cuttingProxy>>;
let worker: TestWorker;
let admin: Person;
/** Each test has a project of its own. */
let project: string;

beforeAll(async () => {
  const env = await enterAdded(['dolphinscheduler']);
  const url = env.WINDLASS_LAB_DOLPHINSCHEDULER_URL!;
  own = await ownSettings();
  proxy = await cuttingProxy(url);
  const policy = join(own.scratch, 'policy.yaml');
  // The step goes to the server by a way of the test's own, which is no address of the lab.
  await writePolicy(policy, {
    lab: {
      ...{ signatures: 'optional', selfApproval: true },
      references: { variables: ['WINDLASS_LAB_*', 'WINDLASS_TEST_SCHEDULER'] },
      endpoints: [...labAddresses(), new URL(proxy.url).host],
    },
  });
  const more = { WINDLASS_TEST_SCHEDULER: proxy.url, WINDLASS_POLICY: policy };
  settings = { ...own.settings, ...more };
  worker = await TestWorker.start({ ...own.settings, ...more }, join(own.scratch, 'worker.log'));
  admin = new Person(url);
  await admin.login('admin', env.WINDLASS_LAB_APP_PASSWORD);
});
afterAll(async () => {
  await worker.stop('SIGTERM');
  await proxy[Symbol.asyncDispose]();
  own.remove();
  await leaveAdded();
});
beforeEach(async () => {
  project = freshName();
  await start();
  await ends();
});

async function start(...parameters: readonly string[]): Promise<void> {
  const set = [`project=${project}`, ...parameters].flatMap((parameter) => ['--set', parameter]);
  expect((await windlass(['start', FIXTURE, '--environment', 'lab', ...set], settings)).code).toBe(0);
}

async function ends(): Promise<void> {
  expect(await windlassJson(['watch', ...AT], settings)).toMatchObject({
    code: 0,
    document: { status: { state: 'done' } },
  });
}

async function step(): Promise<StepStatus | undefined> {
  const { document } = await windlassJson(['status', ...AT], settings);
  return (document as RolloutStatus).phases.flatMap(({ steps }) => steps)[0];
}

async function editReports(): Promise<void> {
  await editByHand(admin, { project, workflow: 'reports' }, { task: 'write', script: BY_HAND });
}

async function scripts(): Promise<Readonly<Record<string, Json | undefined>>> {
  const both = await Promise.all(['loads', 'reports'].map((workflow) => definitionAt(admin, { project, workflow })));
  const tasks = both.flatMap((dag) => readList(dag, 'taskDefinitionList'));
  return Object.fromEntries(
    tasks.map((task) => [readText(task, 'name') ?? '', readObject(task, 'taskParams')['rawScript']]),
  );
}

async function parkedStep(): Promise<StepStatus> {
  return until(async () => {
    const now = await step();
    return now?.state === 'parked' ? now : null;
  });
}

/** Retries the parked step, and looks at the gate that opens. */
async function gateAfterRetry(): Promise<NonNullable<StepStatus['gate']>> {
  expect((await windlass(['retry', ...AT, '--as', 'ada'], settings)).code).toBe(0);
  return until(async () => (await step())?.gate ?? null);
}

const CHANGED =
  /^ *was changed by hand since it was written last \(version \d+, admin, .*\), which would be overwritten$/m;

describe('a workflow that somebody changes by hand while the step acts', () => {
  test('and that it was about to write is left as it is, reported, and overwritten only behind a gate that shows it', async () => {
    proxy.meanwhile('PUT', editReports);
    await start('source=market', 'reader=traders');
    const { failure } = await parkedStep();
    expect(failure).toMatchObject({
      type: 'OwnershipConflict',
      object: 'workflow reports',
      message: expect.stringMatching(
        /^Somebody worked on it by hand while the step acted \(admin, .*\): .*echo writing for everybody -> echo written by hand/,
      ),
      next: expect.stringContaining('opens a gate over what it would overwrite'),
    });
    expect(await scripts()).toMatchObject({ fetch: 'echo fetching from market', write: BY_HAND });

    const gate = await gateAfterRetry();
    expect(gate.plan?.lines.join('\n')).toContain('workflow reports');
    expect(await scripts()).toMatchObject({ write: BY_HAND });
    const approved = await windlass(['approve', ...AT, '--yes', '--as', 'ada'], settings);
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringMatching(CHANGED) });
    expect(approved.stdout).toContain(`${BY_HAND} -> echo writing for traders`);
    await ends();
    expect(await scripts()).toMatchObject({ fetch: 'echo fetching from market', write: 'echo writing for traders' });
    expect(read(await definitionAt(admin, { project, workflow: 'reports' }), 'processDefinition')).toMatchObject({
      releaseState: 'ONLINE',
    });
    const { stdout } = await windlass(['report', ...AT], settings);
    expect(stdout).toContain('Somebody worked on it by hand while the step acted');
  });

  test('and that it had found as declared is not passed for it: the change is reported, and gated', async () => {
    proxy.meanwhile('PUT', editReports);
    await start('source=market');
    await parkedStep();
    expect(await scripts()).toMatchObject({ fetch: 'echo fetching from market', write: BY_HAND });

    await gateAfterRetry();
    const approved = await windlass(['approve', ...AT, '--yes', '--as', 'ada'], settings);
    expect(approved).toMatchObject({ code: 0, stdout: expect.stringMatching(CHANGED) });
    await ends();
    expect(await scripts()).toMatchObject({ write: 'echo writing for everybody' });
  });
});
