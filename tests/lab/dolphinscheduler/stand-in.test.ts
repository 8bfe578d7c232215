import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { read, readDigits, readList, readText } from '../../../src/domain/json-fields.ts';
import type { Json } from '../../../src/domain/json.ts';
import { until } from '../../support/poll.ts';
import { definitionForm, ownStandIn, Person } from './api.ts';

type Own = Awaited<ReturnType<typeof ownStandIn>>;
let server: Own;
let admin: Person;
let project: string;
const BEYOND = 2n ** 53n;

beforeAll(async () => {
  server = await ownStandIn({ firstCode: BEYOND });
  admin = new Person(server.url);
  await admin.login('admin');
  project = readDigits((await admin.post('/projects', { projectName: 'Commodity' })).data, 'code');
});
afterAll(() => server[Symbol.asyncDispose]());

const path = (rest: string) => `/projects/${project}${rest}`;
async function newCode(): Promise<string> {
  const { data } = await admin.get(path('/task-definition/gen-task-codes?genNum=1'));
  return readDigits(readList(data)[0]);
}
async function created(name: string, script?: string): Promise<string> {
  const answer = await admin.post(path('/process-definition'), definitionForm(name, await newCode(), script));
  return readDigits(answer.data, 'code');
}
const released = (code: string, releaseState: string) =>
  admin.post(path(`/process-definition/${code}/release`), { releaseState });
const byName = async (name: string) => (await admin.get(path(`/process-definition/query-by-name?name=${name}`))).data;
const start = async (code: string) =>
  admin.post(path('/executors/start-process-instance'), {
    ...{ processDefinitionCode: code, failureStrategy: 'CONTINUE', warningType: 'NONE', scheduleTime: '' },
  });
const ended = async (trigger: Json | undefined) =>
  until(async () => {
    const { data } = await admin.get(path(`/process-instances/trigger?triggerCode=${readDigits(trigger)}`));
    const [instance] = readList(data);
    return readText(instance, 'endTime') === undefined ? undefined : instance;
  });

describe('the stand-in for DolphinScheduler', () => {
  test('says in every answer what it is', async () => {
    const health = await new Person(server.url).get('/actuator/health');
    expect(health).toMatchObject({ status: 200, headers: { 'windlass-stand-in': 'DolphinScheduler 3.2.0' } });
    expect((await admin.get('/tenants/list')).headers).toHaveProperty('windlass-stand-in');
  });

  test('refuses a wrong password at HTTP 200, and knows no request without a session', async () => {
    const stranger = new Person(server.url);
    expect(await stranger.login('admin', 'wrong')).toEqual({
      ...{ code: 10013, msg: 'user name or password error', data: null, success: false, failed: true },
    });
    expect(await new Person(server.url).get('/projects?pageNo=1&pageSize=10')).toMatchObject({
      status: 401,
      body: null,
    });
  });

  test('loses sessions as the real one does', async () => {
    await using own = await ownStandIn();
    const person = new Person(own.url);
    await person.login('admin');
    own.loseSessions();
    expect(await person.get('/tenants/list')).toMatchObject({ status: 401, body: null });
  });

  test('gives out codes beyond 2^53, every digit of them', async () => {
    expect(BigInt(project)).toBe(BEYOND + 1n);
    const { data } = await admin.get(path('/task-definition/gen-task-codes?genNum=2'));
    const [one, two] = readList(data).map((code) => BigInt(readDigits(code)));
    expect(two! - one!).toBe(1n);
  });

  test('has one project of a name, and shows it to its owner and the administrator', async () => {
    expect(await admin.post('/projects', { projectName: 'Commodity' })).toMatchObject({ code: 10019 });
    const ann = new Person(server.url);
    await ann.login('ann');
    const list = await ann.get('/projects?pageNo=1&pageSize=10&searchVal=Commodity');
    expect(readList(list.data, 'totalList')).toEqual([]);
    expect(await ann.get(path('/process-definition?pageNo=1&pageSize=10'))).toMatchObject({ code: 30002 });
    expect(await admin.get('/projects/1/process-definition?pageNo=1&pageSize=10')).toMatchObject({ code: 10190 });
  });

  test('has one definition of a name, and refuses what the real one refuses', async () => {
    const code = await newCode();
    const form = definitionForm('daily-prices', code);
    expect(await admin.post(path('/process-definition'), form)).toMatchObject({ status: 201, code: 0 });
    expect(await admin.post(path('/process-definition'), form)).toMatchObject({ status: 200, code: 10168 });
    const other = { ...form, name: 'other' };
    const withTask = (from: string, to: string) => ({
      ...other,
      taskDefinitionJson: other.taskDefinitionJson.replace(from, to),
    });
    for (const [refused, why] of [
      [withTask('"isCache":"NO",', ''), 10001],
      [withTask('"SHELL"', '"COBOL"'), 50020],
      [{ ...other, taskRelationJson: '[]' }, 50035],
      [{ ...other, taskRelationJson: other.taskRelationJson.replace(':0,', `:${code},`) }, 50019],
      [{ ...other, description: 'x'.repeat(256) }, 1400004],
    ] as const)
      expect(await admin.post(path('/process-definition'), refused)).toMatchObject({ code: why, data: null });
  });

  test('lets no definition be edited that is online, and makes a version of each change alone', async () => {
    const code = await created('versions');
    const form = definitionForm(
      'versions',
      readDigits(readList(await byName('versions'), 'taskDefinitionList')[0], 'code'),
    );
    await released(code, 'ONLINE');
    expect(await admin.put(path(`/process-definition/${code}`), form)).toMatchObject({ code: 50008 });
    await released(code, 'OFFLINE');
    await admin.put(path(`/process-definition/${code}`), form);
    expect(read(await byName('versions'), 'processDefinition', 'version')).toBe(1);
    const changed = { ...form, taskDefinitionJson: form.taskDefinitionJson.replace('echo hi', 'echo ho') };
    await admin.put(path(`/process-definition/${code}`), changed);
    expect(await byName('versions')).toMatchObject({
      processDefinition: { version: 2 },
      taskDefinitionList: [{ version: 2, taskParams: { rawScript: 'echo ho' } }],
      processTaskRelationList: [{ postTaskVersion: 2 }],
    });
  });

  test('imports the same file again and again under new names, and no garbage', async () => {
    const code = await created('exported');
    const file = await admin.post(path('/process-definition/batch-export'), { codes: code });
    const text = JSON.stringify(file.body, (_key, value: unknown) => (typeof value === 'bigint' ? 1 : value));
    for (let times = 0; times < 2; times += 1)
      expect(await admin.file(path('/process-definition/import'), text)).toMatchObject({ code: 0 });
    const { data } = await admin.get(path('/process-definition?pageNo=1&pageSize=50&searchVal=exported_import_'));
    expect(readList(data, 'totalList').length).toBe(2);
    expect(await admin.file(path('/process-definition/import'), 'garbage')).toMatchObject({ code: 50018 });
  });

  test('schedules what is online alone, and takes the schedule offline with it', async () => {
    const code = await created('scheduled');
    const schedule = JSON.stringify({
      ...{ startTime: '2026-01-01 00:00:00', endTime: '2126-01-01 00:00:00', crontab: '0 0 2 * * ? *' },
      timezoneId: 'UTC',
    });
    const form = { processDefinitionCode: code, schedule };
    expect(await admin.post(path('/schedules'), form)).toMatchObject({ code: 50004 });
    await released(code, 'ONLINE');
    expect(
      await admin.post(path('/schedules'), { ...form, schedule: schedule.replace('0 0 2 * * ? *', '0 2 * * *') }),
    ).toMatchObject({ code: 10024 });
    const id = readDigits((await admin.post(path('/schedules'), form)).data, 'id');
    expect(await admin.post(path('/schedules'), form)).toMatchObject({ code: 10204 });
    await admin.post(path(`/schedules/${id}/online`), {});
    expect(await admin.put(path(`/schedules/${id}`), form)).toMatchObject({ code: 10023 });
    await released(code, 'OFFLINE');
    const { data } = await admin.get(path(`/schedules?processDefinitionCode=${code}&pageNo=1&pageSize=10`));
    expect(readList(data, 'totalList')).toMatchObject([{ releaseState: 'OFFLINE', crontab: '0 0 2 * * ? *' }]);
  });

  test('plays a run to its end, and tells of it by the code that its start was given', async () => {
    const code = await created('good');
    expect(await start(code)).toMatchObject({ code: 50004 });
    await released(code, 'ONLINE');
    const instance = await ended((await start(code)).data);
    expect(instance).toMatchObject({ state: 'SUCCESS', processDefinitionVersion: 1 });
  });

  test('fails a run whose script says exit 1, and keeps the log of the task', async () => {
    const code = await created('bad', 'echo "loading prices"\nexit 1');
    await released(code, 'ONLINE');
    const instance = await ended((await start(code)).data);
    expect(instance).toMatchObject({ state: 'FAILURE' });
    const { data } = await admin.get(path(`/process-instances/${readDigits(instance, 'id')}/tasks`));
    const [task] = readList(data, 'taskList');
    expect(task).toMatchObject({ name: 'hello', state: 'FAILURE' });
    const log = await admin.get(`/log/detail?taskInstanceId=${readDigits(task, 'id')}&skipLineNum=0&limit=100`);
    expect(readText(log.data, 'message')).toMatch(/STAND-IN[\s\S]* -> loading prices[\s\S]*exitStatusCode:1/);
  });

  test('has everything again after a restart, but nobody logged in', async () => {
    await using own = await ownStandIn();
    const person = new Person(own.url);
    await person.login('admin');
    await person.post('/projects', { projectName: 'Kept' });
    await own.restart();
    expect(await person.get('/tenants/list')).toMatchObject({ status: 401 });
    await person.login('admin');
    const { data } = await person.get('/projects?pageNo=1&pageSize=10');
    expect(readList(data, 'totalList')).toMatchObject([{ name: 'Kept' }]);
  });
});
