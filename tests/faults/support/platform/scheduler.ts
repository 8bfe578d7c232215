import { compareTexts } from '../../../../src/domain/compare.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { isList, isObject, readDigits, readList, readText } from '../../../../src/domain/json-fields.ts';
import { Person } from '../../../lab/dolphinscheduler/api.ts';
import { labVariable, type Variables } from '../../../support/settings.ts';

/** What the server counts, and when it did. */
const COUNTED = new Set(['id', 'createTime', 'updateTime', 'operateTime', 'startTime', 'endTime']);
const PAGE = 'pageNo=1&pageSize=1000';

/**
 * What DolphinScheduler knows, by its API: projects, definitions with their tasks, relations and schedules, as exported, what they lean
 * on, and how often each was run with which end. Codes, which it makes up, are told by what they are of.
 */
export async function schedulerOf(env: Variables): Promise<ReadonlyMap<string, Json>> {
  const person = new Person(labVariable('WINDLASS_LAB_DOLPHINSCHEDULER_URL', env));
  await person.login('admin', labVariable('WINDLASS_LAB_APP_PASSWORD', env));
  const listed = async (path: string): Promise<readonly Json[]> => {
    const { data } = await person.get(path);
    return isList(data) ? data : readList(data, 'totalList');
  };
  const found = new Map<string, Json>();
  for (const path of ['/tenants/list', '/environment/query-environment-list', '/alert-groups/list'])
    found.set(`scheduler ${path}`, told(await listed(path), new Map()));
  found.set('scheduler /worker-groups', told(await listed(`/worker-groups?${PAGE}`), new Map()));

  for (const project of await listed(`/projects?${PAGE}`)) {
    const name = readText(project, 'name') ?? '';
    const code = readDigits(project, 'code');
    const heads = await listed(`/projects/${code}/process-definition?${PAGE}`);
    const definitions = await Promise.all(
      heads.map(async (head) => {
        const path = `/projects/${code}/process-definition/query-by-name?name=${encodeURIComponent(readText(head, 'name') ?? '')}`;
        return (await person.get(path)).data ?? null;
      }),
    );
    const codes = codesOf(code, name, definitions);
    found.set(`scheduler project ${name}`, told(project, codes));
    for (const definition of definitions) {
      const workflow = readText(definition, 'processDefinition', 'name') ?? '';
      found.set(nameOf(found, `scheduler workflow ${workflow}`), told(definition, codes));
    }
    const schedules = await listed(`/projects/${code}/schedules?${PAGE}`);
    found.set(`scheduler schedules of ${name}`, told(schedules.toSorted(byContent(codes)), codes));
    const runs = await listed(`/projects/${code}/process-instances?${PAGE}`);
    const ends = runs.map(
      (run) => `${codes.get(readDigits(run, 'processDefinitionCode')) ?? '?'}: ${readText(run, 'state') ?? ''}`,
    );
    found.set(`scheduler runs of ${name}`, ends.toSorted(compareTexts));
  }
  return found;
}

/** Two of one name are two. */
function nameOf(found: ReadonlyMap<string, Json>, name: string): string {
  let free = name;
  for (let count = 2; found.has(free); count += 1) free = `${name} #${String(count)}`;
  return free;
}

function codesOf(code: string, project: string, definitions: readonly Json[]): ReadonlyMap<string, string> {
  const codes = new Map([[code, `<project ${project}>`]]);
  for (const definition of definitions) {
    const workflow = readText(definition, 'processDefinition', 'name') ?? '';
    const own = isObject(definition) ? definition['processDefinition'] : undefined;
    codes.set(readDigits(own, 'code'), `<workflow ${workflow}>`);
    for (const task of readList(definition, 'taskDefinitionList'))
      codes.set(readDigits(task, 'code'), `<task ${workflow}/${readText(task, 'name') ?? ''}>`);
  }
  return codes;
}

/** A value without what is counted, and with names for codes. */
function told(value: Json, codes: ReadonlyMap<string, string>): Json {
  if (isList(value)) return value.map((item) => told(item, codes));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) => (COUNTED.has(key) ? [] : [[key, told(item, codes)]])),
    );
  if (typeof value === 'number' || typeof value === 'bigint') return codes.get(String(value)) ?? value;
  if (typeof value !== 'string') return value;
  return value.replaceAll(/\d{10,}/g, (digits) => codes.get(digits) ?? digits);
}

function byContent(codes: ReadonlyMap<string, string>) {
  const text = (value: Json): string => JSON.stringify(told(value, codes));
  return (a: Json, b: Json): number => compareTexts(text(a), text(b));
}
