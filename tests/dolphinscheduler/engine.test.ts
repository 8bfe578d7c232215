import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { jsonText, type Json } from '../../src/domain/json.ts';
import { read, readDigits, readList, readText } from '../../src/domain/json-fields.ts';
import { ownStandIn, Person } from '../lab/dolphinscheduler/api.ts';
import { definitionAt, editByHand as edit, projectCode as codeOfProject } from '../lab/dolphinscheduler/by-hand.ts';
import { actionsIn, detailOf, PROJECT, stepOn, workflowText } from './support.ts';

type Own = Awaited<ReturnType<typeof ownStandIn>>;
let server: Own;
let admin: Person;
const BEYOND = 2n ** 53n;

beforeAll(async () => {
  server = await ownStandIn({ firstCode: BEYOND });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Each test has a project of its own. */
let project = '';
let tests = 0;
beforeEach(async () => {
  tests += 1;
  project = `${PROJECT} ${String(tests)}`;
  admin = new Person(server.url);
  await admin.login('admin');
});

const step = (files: Record<string, string>, spec: Record<string, unknown> = {}, options = {}) =>
  stepOn(server.url, files, { project, ...spec }, options);
const one = (rest = '', script?: string, spec: Record<string, unknown> = {}) =>
  step({ 'workflows/daily.yaml': workflowText('daily-prices', rest, script) }, spec);
const SCHEDULE = 'schedule: { cron: "0 0 2 * * ? *", timeZone: UTC }\n';

const projectCode = (): Promise<string> => codeOfProject(admin, project);
const live = (workflow = 'daily-prices'): Promise<Json | undefined> => definitionAt(admin, { project, workflow });
async function count(): Promise<Json | undefined> {
  const { data } = await admin.get(`/projects/${await projectCode()}/process-definition?pageNo=1&pageSize=100`);
  return read(data, 'total');
}
async function scheduleOf(name = 'daily-prices'): Promise<Json | undefined> {
  const code = readDigits(await live(name), 'processDefinition', 'code');
  const path = `/projects/${await projectCode()}/schedules?processDefinitionCode=${code}&pageNo=1&pageSize=10`;
  return readList((await admin.get(path)).data, 'totalList')[0];
}
const editByHand = (script: string, state = 'ONLINE', workflow = 'daily-prices'): Promise<void> =>
  edit(admin, { project, workflow }, { task: 'fetch', script, state });

describe('dolphinscheduler.project', () => {
  test('plans without touching anything, and says that a stand-in answered', async () => {
    const changes = await one(SCHEDULE).plan();
    expect(actionsIn(changes)).toEqual([`create project ${project}`, 'create workflow daily-prices']);
    expect(changes.every(({ standIn, destructive }) => standIn === true && !destructive)).toBe(true);
    expect(detailOf(changes, 'workflow daily-prices')).toEqual([
      'tasks: fetch (SHELL), load (SHELL)',
      'schedule: 0 0 2 * * ? * (UTC)',
    ]);
    expect(await projectCode()).toBe('');
  });

  test('makes project, workflow, release and schedule; a second time everything is unchanged', async () => {
    const { changes, findings } = await one(SCHEDULE).apply();
    expect(actionsIn(changes)).toContain('create workflow daily-prices');
    expect(findings.every(({ holds, how }) => holds && how === 'stand-in')).toBe(true);
    const dag = await live();
    expect(dag).toMatchObject({ processDefinition: { releaseState: 'ONLINE', version: 1 } });
    const [fetch, load] = readList(dag, 'taskDefinitionList');
    expect(readList(dag, 'processTaskRelationList')).toMatchObject([
      { preTaskCode: 0, postTaskCode: read(fetch, 'code') },
      { preTaskCode: read(fetch, 'code'), postTaskCode: read(load, 'code') },
    ]);
    expect(await scheduleOf()).toMatchObject({ releaseState: 'ONLINE', crontab: '0 0 2 * * ? *' });
    const again = await one(SCHEDULE).apply();
    expect(new Set(again.changes.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    expect(await live()).toEqual(dag);
  });

  test('keeps every digit of codes beyond 2^53', async () => {
    await one().apply();
    const [fetch] = readList(await live(), 'taskDefinitionList');
    expect(BigInt(readDigits(fetch, 'code'))).toBeGreaterThan(BEYOND);
    await one('', 'echo changed').apply();
    const [after] = readList(await live(), 'taskDefinitionList');
    expect(read(after, 'code')).toBe(read(fetch, 'code'));
    expect(await count()).toBe(1);
  });

  test('changes what is online by taking it offline, and puts it and its schedule online again', async () => {
    await one(SCHEDULE).apply();
    const changed = one(SCHEDULE.replace('0 0 2', '0 0 3'), 'echo other');
    const changes = await changed.plan();
    expect(detailOf(changes, 'workflow daily-prices')).toEqual([
      'tasks.fetch.params.rawScript: echo hi -> echo other',
      'schedule.crontab: 0 0 2 * * ? * -> 0 0 3 * * ? *',
      'is online: taken offline, changed, and put online again',
    ]);
    expect(changes.some(({ destructive }) => destructive)).toBe(false);
    await changed.apply();
    expect(await live()).toMatchObject({ processDefinition: { releaseState: 'ONLINE', version: 2 } });
    expect(await scheduleOf()).toMatchObject({ releaseState: 'ONLINE', crontab: '0 0 3 * * ? *' });
  });

  test('adds and takes out tasks, and leaves the codes of the others', async () => {
    await one().apply();
    const [fetch] = readList(await live(), 'taskDefinitionList');
    const text = `${workflowText('daily-prices').replace(/ {2}- { name: load.*\n/, '')}  - { name: check, type: HTTP, url: "http://x/", after: [fetch] }\n`;
    await step({ 'workflows/daily.yaml': text }).apply();
    const tasks = readList(await live(), 'taskDefinitionList');
    expect(tasks.map((task) => readText(task, 'name'))).toEqual(['fetch', 'check']);
    expect(read(tasks[0], 'code')).toBe(read(fetch, 'code'));
  });

  test('puts online what somebody took offline, and takes offline a schedule that no file has', async () => {
    await one(SCHEDULE).apply();
    const path = `/projects/${await projectCode()}/process-definition/${readDigits(await live(), 'processDefinition', 'code')}`;
    await admin.post(`${path}/release`, { releaseState: 'OFFLINE' });
    expect(detailOf(await one(SCHEDULE).plan(), 'workflow daily-prices')).toEqual([
      'schedule.releaseState: OFFLINE -> ONLINE',
      'releaseState: OFFLINE -> ONLINE',
    ]);
    await one(SCHEDULE).apply();
    expect(await scheduleOf()).toMatchObject({ releaseState: 'ONLINE' });
    await one().apply();
    expect(await scheduleOf()).toMatchObject({ releaseState: 'OFFLINE' });
    expect(actionsIn(await one().plan())).toContain('unchanged workflow daily-prices');
  });

  test('logs in again once when its session was lost, and says so when that does not help', async () => {
    const own = one();
    await own.apply();
    server.loseSessions();
    expect(actionsIn(await own.plan())).toContain('unchanged workflow daily-prices');
  });

  test('says who is refused when user and password are, and nothing of them', async () => {
    const wrong = step({ 'workflows/a.yaml': workflowText('a') }, {}, { password: 'not-the-password' });
    const failure = await wrong.plan().catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'AccessDenied', options: { object: 'user admin' } });
    expect(JSON.stringify(failure)).not.toContain('not-the-password');
  });

  test('leaves the project of somebody else alone', async () => {
    const ann = new Person(server.url);
    await ann.login('ann');
    await ann.post('/projects', { projectName: project });
    await expect(one().plan()).rejects.toMatchObject({
      type: 'OwnershipConflict',
      message: 'The project belongs to ann, and not to admin.',
    });
    // Who does not see it is told when it is to be made.
    await admin.post('/projects', { projectName: `${project}, hidden` });
    const hidden = step({ 'workflows/a.yaml': workflowText('a') }, { project: `${project}, hidden`, user: 'ann' });
    await expect(hidden.apply()).rejects.toMatchObject({ type: 'OwnershipConflict' });
  });

  test('names everything at once that workflows name and DolphinScheduler does not have', async () => {
    const text = `workflow: w
schedule: { cron: "0 0 2 * * ? *", tenant: etl }
tasks:
  - { name: a, type: SQL, dataSource: prices, sql: "SELECT 1", environment: spark }
  - { name: b, type: DEPENDENT, on: [{ workflow: other }], workerGroup: big }
`;
    await expect(step({ 'workflows/w.yaml': text }).plan()).rejects.toMatchObject({
      type: 'NotFound',
      message: 'DolphinScheduler has no data source prices, which workflow w names, and 4 more.',
      options: {
        facts: {
          missing: [
            'data source prices, which workflow w names',
            'environment spark, which workflow w names',
            'workflow other, which workflow w names',
            'worker group big, which workflow w names',
            'tenant etl, which workflow w names',
          ],
        },
      },
    });
  });

  test('makes tenants, worker groups, environments and alert groups before the workflows that name them', async () => {
    await admin.document('/datasources', { name: `prices ${project}`, type: 'POSTGRESQL' });
    const text = `workflow: w
schedule: { cron: "0 0 2 * * ? *", tenant: etl, warning: FAILURE, alertGroup: oncall, environment: spark }
tasks:
  - { name: a, type: SQL, dataSource: "prices ${project}", sql: "SELECT 1", environment: spark, workerGroup: big }
`;
    const spec = {
      tenants: [{ name: 'etl', description: 'runs loads' }],
      workerGroups: [{ name: 'big', addresses: ['10.0.0.1:1234'] }],
      environments: [{ name: 'spark', config: 'export SPARK_HOME=/opt/spark', workerGroups: ['big'] }],
      alertGroups: [{ name: 'oncall' }],
    };
    const { changes } = await step({ 'workflows/w.yaml': text }, spec).apply();
    expect(actionsIn(changes)).toEqual(
      expect.arrayContaining(['create tenant etl', 'create worker group big', 'create environment spark']),
    );
    expect(await live('w')).toMatchObject({
      taskDefinitionList: [{ workerGroup: 'big', taskParams: { type: 'POSTGRESQL', sqlType: 1 } }],
    });
    expect(BigInt(readDigits(readList(await live('w'), 'taskDefinitionList')[0], 'environmentCode'))).toBeGreaterThan(
      BEYOND,
    );
    const again = await step({ 'workflows/w.yaml': text }, spec).plan();
    expect(new Set(again.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    const other = { ...spec, environments: [{ ...spec.environments[0], config: 'export SPARK_HOME=/usr/spark' }] };
    const changed = await step({ 'workflows/w.yaml': text }, other).plan();
    expect(detailOf(changed, 'environment spark')).toEqual(['config: differs']);
  });

  test('writes workflows that wait for each other in their order, and conditions with the codes of their tasks', async () => {
    const report = `workflow: a-report
tasks:
  - { name: wait, type: DEPENDENT, on: [{ workflow: z-load, task: load, cycle: day, date: last1Days }, { workflow: z-load }] }
  - { name: choose, type: CONDITIONS, when: [{ task: wait, is: SUCCESS }], then: [good], else: [bad] }
  - { name: good, type: SHELL, script: echo good }
  - { name: bad, type: SHELL, script: echo bad }
`;
    const files = { 'workflows/a.yaml': report, 'workflows/z.yaml': workflowText('z-load') };
    await step(files).apply();
    const [load, waits] = [await live('z-load'), await live('a-report')];
    const code = (dag: Json | undefined, name: string) =>
      read(
        readList(dag, 'taskDefinitionList').find((task) => readText(task, 'name') === name),
        'code',
      );
    const params = (name: string) =>
      read(
        readList(waits, 'taskDefinitionList').find((task) => readText(task, 'name') === name),
        'taskParams',
      );
    const definitionCode = read(load, 'processDefinition', 'code');
    expect(params('wait')).toMatchObject({
      dependence: {
        dependTaskList: [{ dependItemList: [{ definitionCode, depTaskCode: code(load, 'load') }, { depTaskCode: 0 }] }],
      },
    });
    expect(params('choose')).toMatchObject({
      conditionResult: { successNode: [code(waits, 'good')], failedNode: [code(waits, 'bad')] },
    });
    expect(new Set((await step(files).plan()).map(({ action }) => action))).toEqual(new Set(['unchanged']));
  });

  test('takes a workflow that another rollout declares from nobody', async () => {
    await one().apply();
    const other = step({ 'workflows/d.yaml': workflowText('daily-prices') }, {}, { rollout: 'other' });
    await expect(other.plan()).rejects.toMatchObject({
      type: 'OwnershipConflict',
      message: 'The rollout platform/lab declares this workflow.',
    });
  });

  test('shows a change by hand and overwrites it only where the plan had shown it', async () => {
    await one().apply();
    await editByHand('echo by hand');
    const changes = await one().plan();
    expect(changes.find(({ what }) => what === 'workflow daily-prices')).toMatchObject({
      action: 'update',
      destructive: true,
      detail: [
        expect.stringMatching(
          /^was changed by hand since it was written last \(version 2, admin, .*would be overwritten$/,
        ),
        'tasks.fetch.params.rawScript: echo by hand -> echo hi',
        'is online: taken offline, changed, and put online again',
      ],
    });
    await one().apply();
    expect(readList(await live(), 'taskDefinitionList')[0]).toMatchObject({ taskParams: { rawScript: 'echo hi' } });
  });

  test('refuses a change by hand that came after the plan, with the difference, and leaves it as it is', async () => {
    await one().apply();
    const changed = one('', 'echo new');
    expect((await changed.plan()).some(({ destructive }) => destructive)).toBe(false);
    const shown = {
      shown: (await import('../../src/dolphinscheduler/changes.ts')).destructiveDigest(await changed.plan()),
    };
    await editByHand('echo by hand');
    await expect(changed.applyOnly(shown)).rejects.toMatchObject({
      type: 'OwnershipConflict',
      message: expect.stringContaining('echo by hand -> echo new'),
      options: { object: 'workflow daily-prices', next: expect.stringContaining('gate') },
    });
    expect(readList(await live(), 'taskDefinitionList')[0]).toMatchObject({
      taskParams: { rawScript: 'echo by hand' },
    });
  });

  test('takes over what was made by hand: silently where it is the same, behind a gate where it is not', async () => {
    await one().apply();
    const path = `/projects/${await projectCode()}/process-definition/${readDigits(await live(), 'processDefinition', 'code')}`;
    const dag = await live();
    const bare = (description: string) =>
      admin.put(path, {
        ...{ name: 'daily-prices', description, globalParams: '[]' },
        taskDefinitionJson: jsonText(readList(dag, 'taskDefinitionList')),
        taskRelationJson: jsonText(readList(dag, 'processTaskRelationList')),
      });
    await admin.post(`${path}/release`, { releaseState: 'OFFLINE' });
    expect((await bare('')).code).toBe(0);
    const same = await one().plan();
    expect(detailOf(same, 'workflow daily-prices')).toContain('is taken over as it is');
    expect(same.some(({ destructive }) => destructive)).toBe(false);
    await bare('Somebody wrote this.');
    expect((await one().plan()).find(({ what }) => what === 'workflow daily-prices')).toMatchObject({
      destructive: true,
      detail: [
        expect.stringMatching(/^was made by hand/),
        'description: Somebody wrote this. -> nothing',
        'releaseState: OFFLINE -> ONLINE',
      ],
    });
  });
});
