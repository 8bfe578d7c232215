import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readDigits, readList, readText } from '../../src/domain/json-fields.ts';
import { PASSWORD, ownStandIn, Person } from '../lab/dolphinscheduler/api.ts';
import { actionsIn, stepOn, workflowText } from './support.ts';

type Own = Awaited<ReturnType<typeof ownStandIn>>;
let server: Own;
let admin: Person;
let project = '';
let tests = 0;

beforeAll(async () => {
  server = await ownStandIn();
  admin = new Person(server.url);
  await admin.login('admin');
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  tests += 1;
  project = `Runs ${String(tests)}`;
});

const step = (script: string, within = '30s') =>
  stepOn(
    server.url,
    { 'workflows/a.yaml': workflowText('daily', '', script) },
    { project, run: { workflow: 'daily', within } },
  );
async function runs(): Promise<readonly string[]> {
  const { data } = await admin.get(`/projects?pageNo=1&pageSize=100&searchVal=${encodeURIComponent(project)}`);
  const found = readList(data, 'totalList').find((one) => readText(one, 'name') === project);
  const path = `/projects/${readDigits(found, 'code')}/process-instances?pageNo=1&pageSize=100`;
  return readList((await admin.get(path)).data, 'totalList').map((run) => readText(run, 'state') ?? '');
}

describe('a run', () => {
  test('is started once for a version of the workflow and followed to its success', async () => {
    const { changes, findings } = await step('echo hi').apply();
    expect(actionsIn(changes)).toContain('create run of workflow daily');
    expect(findings).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'workflow-ran', holds: true, how: 'stand-in', about: { project, workflow: 'daily' } },
        observed: expect.objectContaining({ version: 1, state: 'SUCCESS' }),
      }),
    );
    const again = await step('echo hi').apply();
    expect(actionsIn(again.changes)).toContain('unchanged run of workflow daily');
    expect(await runs()).toEqual(['SUCCESS']);
    await step('echo ho').apply();
    expect(await runs()).toEqual(['SUCCESS', 'SUCCESS']);
  });

  test('that fails says at which task and how its log ends, with secrets masked; a retry starts another', async () => {
    const script = `echo token=abcdef123456; echo ${PASSWORD}\\nexit 1`;
    const failure: unknown = await step(script)
      .apply()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'ExpectationFailed',
      message: expect.stringMatching(/^Its run daily-1-\d+ ended FAILURE at task fetch: /),
      options: {
        object: 'workflow daily',
        facts: { state: 'FAILURE', failed: ['fetch'], log: expect.arrayContaining([expect.stringContaining('***')]) },
      },
    });
    const told = JSON.stringify([failure, (failure as Error).message]);
    expect(told).not.toContain(PASSWORD);
    expect(told).not.toContain('abcdef123456');
    await expect(step(script).apply()).rejects.toMatchObject({ type: 'ExpectationFailed' });
    expect(await runs()).toEqual(['FAILURE', 'FAILURE']);
  });

  test('that is not over in time goes on, and the next attempt follows it', async () => {
    await using slow = await ownStandIn({ task: 700 });
    const person = new Person(slow.url);
    await person.login('admin');
    const one = (within: string) =>
      stepOn(slow.url, { 'workflows/a.yaml': workflowText('daily') }, { run: { workflow: 'daily', within } });
    await expect(one('1ms').apply()).rejects.toMatchObject({
      type: 'NotReadyInTime',
      options: { object: 'workflow daily' },
    });
    await one('30s').apply();
    const code = readDigits(readList((await person.get('/projects?pageNo=1&pageSize=9')).data, 'totalList')[0], 'code');
    const all = await person.get(`/projects/${code}/process-instances?pageNo=1&pageSize=9`);
    expect(readList(all.data, 'totalList')).toHaveLength(1);
  });
});
