import { findCycle } from '../../domain/graph.ts';
import {
  equalJson,
  isList,
  isObject,
  jsonIn,
  readDigits,
  readList,
  readObject,
  without,
} from '../../domain/json-fields.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { fileIn, paged, type Asked } from './asked.ts';
import { REFUSED } from './refusal.ts';
import { ownProject } from './resources.ts';
import { apiTime, codeOf, isCode, type Definition, type Store } from './state.ts';

/** Workflow definitions. */

const TASK_TYPES = new Set([
  'SHELL',
  'SQL',
  'HTTP',
  'SPARK',
  'DEPENDENT',
  'CONDITIONS',
  'PYTHON',
  'SUB_PROCESS',
  'SWITCH',
]);

export function generateCodes(store: Store, asking: Asked): Json {
  ownProject(store, asking);
  const count = Number(asking.required('genNum'));
  if (!(count >= 1 && count <= 100)) throw REFUSED.parameter();
  return Array.from({ length: count }, () => store.nextCode());
}

export function listDefinitions(store: Store, asking: Asked): Json {
  const { code } = ownProject(store, asking);
  const named = store.state.definitions.filter(
    ({ projectCode, name }) => projectCode === code && name.includes(asking.text('searchVal')),
  );
  return paged(named.map(head), asking);
}

export function definitionByName(store: Store, asking: Asked): Json {
  const project = ownProject(store, asking);
  const name = asking.required('name');
  const found = store.state.definitions.find((one) => one.projectCode === project.code && one.name === name);
  if (found === undefined) throw REFUSED.noDefinition(name);
  return whole(found);
}

export function exportDefinitions(store: Store, asking: Asked): Json {
  const project = ownProject(store, asking);
  const codes = asking.required('codes').split(',');
  return store.state.definitions
    .filter(({ projectCode, code }) => projectCode === project.code && codes.some((one) => isCode(code, one)))
    .map((one) => ({
      ...(whole(one) as JsonObject),
      schedule: (store.state.schedules.find((s) => isCode(s.processDefinitionCode, String(one.code))) ?? null) as Json,
    }));
}

export function createDefinition(store: Store, asking: Asked): Json {
  const project = ownProject(store, asking);
  const name = asking.required('name');
  if (store.state.definitions.some((one) => one.projectCode === project.code && one.name === name))
    throw REFUSED.definitionExists(name);
  const { id: userId, userName } = asking.user;
  const definition: Definition = {
    ...{ id: store.nextId(), code: store.nextCode(), projectCode: project.code, name, version: 1 },
    ...{ releaseState: 'OFFLINE', createTime: apiTime(), updateTime: apiTime(), userId, userName },
    ...contentOf(store, asking),
  };
  store.state.definitions.push(definition);
  return { ...head(definition), id: null, version: 0, releaseState: null };
}

/** What is the same as before makes no new version. */
export function updateDefinition(store: Store, asking: Asked): Json {
  const before = definitionAt(store, asking);
  if (before.releaseState === 'ONLINE') throw REFUSED.notEditable(before.name);
  const name = asking.required('name');
  const same = store.state.definitions.find((one) => one.projectCode === before.projectCode && one.name === name);
  if (same !== undefined && same.code !== before.code) throw REFUSED.definitionExists(name);
  const content = contentOf(store, asking);
  const changed = { ...before, name, ...content };
  if (equalJson(changed, before as unknown as Json)) return head(before);
  const after = { ...changed, version: before.version + 1, updateTime: apiTime() };
  store.state.definitions = store.state.definitions.map((one) => (one.code === before.code ? after : one));
  return head(after);
}

/** A definition that goes offline takes its schedule with it. */
export function releaseDefinition(store: Store, asking: Asked): Json {
  const definition = definitionAt(store, asking);
  const releaseState = asking.required('releaseState');
  if (releaseState !== 'ONLINE' && releaseState !== 'OFFLINE') throw REFUSED.parameter();
  if (releaseState === 'ONLINE' && definition.relations.length === 0) throw REFUSED.noTasks();
  store.state.definitions = store.state.definitions.map((one) =>
    one.code === definition.code ? { ...one, releaseState } : one,
  );
  if (releaseState === 'OFFLINE')
    store.state.schedules = store.state.schedules.map((one) =>
      isCode(one.processDefinitionCode, String(definition.code)) ? { ...one, releaseState } : one,
    );
  return null;
}

/** Each import makes new definitions of new names, whatever is there already. */
export function importDefinitions(store: Store, asking: Asked): Json {
  const project = ownProject(store, asking);
  const given = jsonIn(fileIn(asking.body));
  if (!isList(given) || given.length === 0) throw REFUSED.noContent();
  const suffix = `_import_${apiTime().replace(/\D/g, '')}${String(Date.now() % 1_000).padStart(3, '0')}`;
  for (const one of given) {
    const { name, description, globalParams, locations, timeout, executionType } = readObject(one, 'processDefinition');
    const { id: userId, userName } = asking.user;
    store.state.definitions.push({
      ...{ id: store.nextId(), code: store.nextCode(), projectCode: project.code, version: 1 },
      ...{ name: `${textOf(name)}${suffix}`, releaseState: 'OFFLINE', userId, userName },
      ...{ createTime: apiTime(), updateTime: apiTime(), description: textOf(description) },
      ...{ globalParams: textOf(globalParams), locations: textOf(locations), executionType: textOf(executionType) },
      timeout: Number(timeout),
      tasks: readList(one, 'taskDefinitionList').filter(isObject),
      relations: readList(one, 'processTaskRelationList').filter(isObject),
    });
  }
  return null;
}

/** The definition of the path. @throws Refusal */
function definitionAt(store: Store, asking: Asked): Definition {
  return definitionOf(store, asking, asking.path['code'] ?? '');
}

/** A definition of the project of the path. @throws Refusal */
export function definitionOf(store: Store, asking: Asked, code: string): Definition {
  const project = ownProject(store, asking);
  const found = store.state.definitions.find((one) => one.projectCode === project.code && isCode(one.code, code));
  if (found === undefined) throw REFUSED.noDefinition(code);
  return found;
}

function contentOf(store: Store, asking: Asked) {
  const description = asking.text('description');
  if (Array.from(description).length > 255) throw REFUSED.descriptionTooLong();
  const sent = asking.json('taskDefinitionJson');
  const relations = asking.json('taskRelationJson');
  if (!isList(sent) || !isList(relations)) throw REFUSED.parameter();
  if (sent.length === 0 || relations.length === 0) throw REFUSED.noTasks();
  const tasks = sent.map((task) => taskOf(store, task));
  assertNoCycle(tasks, relations.filter(isObject));
  const version = new Map(tasks.map((task) => [readDigits(task, 'code'), task['version'] ?? 1]));
  return {
    description,
    globalParams: asking.text('globalParams') || '[]',
    locations: asking.text('locations'),
    timeout: Number(asking.text('timeout') || '0'),
    executionType: asking.text('executionType') || 'PARALLEL',
    tasks,
    relations: relations.filter(isObject).map((relation) => ({
      ...relation,
      preTaskVersion: version.get(readDigits(relation, 'preTaskCode')) ?? 0,
      postTaskVersion: version.get(readDigits(relation, 'postTaskCode')) ?? 1,
    })),
  };
}

/** A version of a task that is known and the same stays; what differs becomes the next version. */
function taskOf(store: Store, sent: Json): JsonObject {
  if (!isObject(sent)) throw REFUSED.parameter();
  // The real server stumbles over a null pointer here, and says that a parameter is not valid.
  if (typeof sent['isCache'] !== 'string') throw REFUSED.parameter();
  const name = textOf(sent['name']);
  if (!TASK_TYPES.has(textOf(sent['taskType'])) || !isObject(sent['taskParams'])) throw REFUSED.taskParameters(name);
  const given = readDigits(sent, 'code');
  const code = given === '' || given === '0' ? store.nextCode() : codeOf(given);
  const numbers = ['failRetryTimes', 'failRetryInterval', 'delayTime', 'timeout'];
  const task: JsonObject = {
    ...sent,
    ...Object.fromEntries(numbers.map((key) => [key, Number(sent[key] ?? 0)])),
    code,
  };
  const log = (store.state.taskLog[String(code)] ??= []);
  const asked = Number(sent['version'] ?? 0) || 1;
  const known = log[asked - 1];
  const version = new Set(['version']);
  if (known !== undefined && equalJson(without(known, version), without(task, version))) return known;
  const kept = { ...task, version: log.length + 1 };
  log.push(kept);
  return kept;
}

function assertNoCycle(tasks: readonly JsonObject[], relations: readonly JsonObject[]): void {
  const nodes = tasks.map((task) => ({
    name: readDigits(task, 'code'),
    needs: relations
      .filter((relation) => readDigits(relation, 'postTaskCode') === readDigits(task, 'code'))
      .map((relation) => readDigits(relation, 'preTaskCode')),
  }));
  if (findCycle(nodes) !== null) throw REFUSED.cycle();
}

function whole(definition: Definition): Json {
  const { code, projectCode, version } = definition;
  const of = { processDefinitionVersion: version, projectCode, processDefinitionCode: code };
  return {
    processDefinition: head(definition),
    processTaskRelationList: definition.relations.map((relation, at) => ({ id: at + 1, ...of, ...relation })),
    taskDefinitionList: definition.tasks.map((task, at) => ({ id: at + 1, projectCode, ...task })),
  };
}

function head(definition: Definition): JsonObject {
  const rest = without(definition as unknown as JsonObject, new Set(['tasks', 'relations']));
  return { ...rest, flag: 'YES', scheduleReleaseState: null, modifyBy: definition.userName, warningGroupId: null };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
