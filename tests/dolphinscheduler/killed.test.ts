import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { read, readDigits, readList, readObject, readText } from '../../src/domain/json-fields.ts';
import type { Json } from '../../src/domain/json.ts';
import { ownStandIn, Person } from '../lab/dolphinscheduler/api.ts';
import { cuttingProxy, type Cut } from './cutting-proxy.ts';
import { stepOn, workflowText } from './support.ts';

type Own = Awaited<ReturnType<typeof ownStandIn>>;
type Proxy = Awaited<ReturnType<typeof cuttingProxy>>;
let server: Own;
let proxy: Proxy;
let admin: Person;

beforeAll(async () => {
  server = await ownStandIn({ firstCode: 2n ** 53n });
  proxy = await cuttingProxy(server.url);
  admin = new Person(server.url);
  await admin.login('admin');
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const SCHEDULE = 'schedule: { cron: "0 0 2 * * ? *" }\n';
const before = (project: string) =>
  stepOn(proxy.url, { 'workflows/a.yaml': workflowText('loads', SCHEDULE, 'echo old') }, { project });
/** Changes a workflow that is online and its schedule, makes another one, and runs it. */
const step = (project: string) =>
  stepOn(
    proxy.url,
    {
      'workflows/a.yaml': workflowText('loads', SCHEDULE.replace('0 0 2', '0 0 3'), 'echo new'),
      'workflows/b.yaml':
        'workflow: reports\ntasks:\n  - { name: wait, type: DEPENDENT, on: [{ workflow: loads, task: load }] }\n',
    },
    {
      project,
      environments: [{ name: `of ${project}`, config: 'export A=1' }],
      run: { workflow: 'reports' },
    },
  );

/** All that is there, without ids, codes and times. */
async function stateOf(project: string): Promise<Json> {
  const found = await admin.get(`/projects?pageNo=1&pageSize=1000&searchVal=${encodeURIComponent(project)}`);
  const all = readList(found.data, 'totalList').filter((one) => readText(one, 'name') === project);
  const code = readDigits(all[0], 'code');
  const listed = readList(
    (await admin.get(`/projects/${code}/process-definition?pageNo=1&pageSize=99`)).data,
    'totalList',
  );
  const definitions = await Promise.all(
    listed.map(async (one) => {
      const name = readText(one, 'name') ?? '';
      const { data } = await admin.get(`/projects/${code}/process-definition/query-by-name?name=${name}`);
      const path = `/projects/${code}/process-instances?processDefineCode=${readDigits(one, 'code')}&pageNo=1&pageSize=99`;
      return {
        name,
        release: readText(one, 'releaseState') ?? '',
        version: read(one, 'version') ?? 0,
        scripts: readList(data, 'taskDefinitionList').map((task) => readObject(task, 'taskParams')['rawScript'] ?? ''),
        relations: readList(data, 'processTaskRelationList').length,
        runs: readList((await admin.get(path)).data, 'totalList').map((run) => readText(run, 'state') ?? ''),
      };
    }),
  );
  const schedules = readList((await admin.get(`/projects/${code}/schedules?pageNo=1&pageSize=99`)).data, 'totalList');
  return {
    projects: all.length,
    definitions: definitions.toSorted((a, b) => a.name.localeCompare(b.name)),
    schedules: schedules.map((one) => ({
      cron: readText(one, 'crontab') ?? '',
      state: readText(one, 'releaseState') ?? '',
    })),
  };
}

/** Until nothing is to be done, as attempts of one activity follow each other; each begins where the last one was. */
async function untilDone(project: string): Promise<number> {
  for (let attempts = 1; ; attempts += 1) {
    const one = step(project);
    const resume = last;
    try {
      await one.apply(resume === undefined ? {} : { resume });
      return attempts;
    } catch (error) {
      expect(error).toMatchObject({ type: 'TargetUnreachable' });
    } finally {
      last = one.progress.at(-1) ?? last;
    }
  }
}
let last: Json | undefined;

async function undisturbed(project: string): Promise<{ readonly state: Json; readonly requests: number }> {
  proxy.cutAt(0, 'request');
  await before(project).apply();
  proxy.cutAt(0, 'request');
  await step(project).apply();
  return { state: await stateOf(project), requests: proxy.seen() };
}

describe('a step that is killed between two calls', () => {
  test.each<Cut>(['request', 'answer'])(
    'comes to the same end, wherever that was: a lost %s',
    async (cut) => {
      const { state, requests } = await undisturbed(`no ${cut}`);
      expect(state).toMatchObject({
        definitions: [
          { name: 'loads', version: 2, release: 'ONLINE', runs: [] },
          { name: 'reports', version: 1, runs: ['SUCCESS'] },
        ],
        schedules: [{ cron: '0 0 3 * * ? *', state: 'ONLINE' }],
      });
      expect(requests).toBeGreaterThan(8);
      for (let at = 1; at <= requests; at += 1) {
        const project = `${cut} ${String(at)}`;
        last = undefined;
        proxy.cutAt(0, 'request');
        await before(project).apply();
        proxy.cutAt(at, cut);
        expect(await untilDone(project)).toBe(2);
        expect({ at, state: await stateOf(project) }).toEqual({ at, state });
        const again = await step(project).plan();
        expect(again.filter(({ action }) => action !== 'unchanged')).toEqual([]);
      }
    },
    600_000,
  );
});
