import { createHash } from 'node:crypto';
import { settingsOf } from '../domain/dolphinscheduler/exported.ts';
import { withCodes, type Schedule, type Symbol, type Workflow } from '../domain/dolphinscheduler/workflow.ts';
import {
  isList,
  isObject,
  jsonIn,
  read,
  readDigits,
  readList,
  readNumber,
  readObject,
  readText,
  without,
} from '../domain/json-fields.ts';
import { canonicalJson, type Json, type JsonObject } from '../domain/json.ts';

/**
 * One form of a workflow, whether it stands in a file or on the server, in which equal workflows are equal: tasks by name,
 * references as the server's codes, and nothing that is empty, moves by itself or belongs to one version.
 */

/** That of a workflow of a file. */
export function normalWorkflow(workflow: Workflow, codeOf: (symbol: Symbol) => Json): JsonObject {
  const { description, parameters, timeout, executionType, tasks } = workflow;
  return normal({
    ...{ description, parameters, timeout, executionType },
    tasks: Object.fromEntries(
      tasks.map(({ name, type, params, after, settings }) => [
        name,
        { type, after, ...settingsNormal(settings, codeOf), params: withCodes(params, codeOf) },
      ]),
    ),
  });
}

/** That of a definition as the server gives it. @param description without the mark. */
export function normalDefinition(dag: Json, description: string): JsonObject {
  const head = readObject(dag, 'processDefinition');
  const tasks = readList(dag, 'taskDefinitionList');
  const names = new Map(tasks.map((task) => [readDigits(task, 'code'), readText(task, 'name') ?? '']));
  const parameters = jsonIn(readText(head, 'globalParams') ?? '[]') ?? [];
  return normal({
    ...{ description, parameters, timeout: readNumber(head, ['timeout'], 0) },
    executionType: readText(head, 'executionType') ?? 'PARALLEL',
    tasks: Object.fromEntries(
      tasks.map((task) => [
        readText(task, 'name') ?? '',
        {
          type: readText(task, 'taskType') ?? '',
          after: namesBefore(dag, readDigits(task, 'code'), names),
          ...settingsNormal(settingsOf(task), () => null),
          params: read(task, 'taskParams') ?? {},
        },
      ]),
    ),
  });
}

function settingsNormal(settings: ReturnType<typeof settingsOf>, codeOf: (symbol: Symbol) => Json): JsonObject {
  const { timeoutFlag, timeoutNotifyStrategy, ...rest } = settings;
  return {
    ...rest,
    environmentCode: withCodes(settings.environmentCode, codeOf),
    // What becomes of a task in time is told by the time itself.
    ...(timeoutFlag === 'OPEN' ? { timeoutNotifyStrategy } : { timeout: 0 }),
  };
}

function namesBefore(dag: Json, code: string, names: ReadonlyMap<string, string>): readonly string[] {
  return readList(dag, 'processTaskRelationList')
    .filter((relation) => readDigits(relation, 'postTaskCode') === code)
    .map((relation) => readDigits(relation, 'preTaskCode'))
    .filter((before) => before !== '0' && before !== '')
    .map((before) => names.get(before) ?? before)
    .sort();
}

/** That of the schedule of a file, without whether it is online. */
export function normalSchedule(schedule: Schedule, codeOf: (symbol: Symbol) => Json): JsonObject {
  return normal({
    ...without({ ...schedule }, new Set(['online'])),
    warningGroupId: withCodes(schedule.warningGroupId, codeOf),
    environmentCode: withCodes(schedule.environmentCode, codeOf),
  });
}

/** What says nothing: a missing field, an empty text, an empty list are the same to DolphinScheduler. */
function isNothing(value: Json): boolean {
  if (isList(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === null || value === '';
}

function normal(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, normalValue(item)] as const)
      .filter(([, item]) => !isNothing(item)),
  );
}

function normalValue(value: Json): Json {
  if (isList(value)) return value.map(normalValue);
  return isObject(value) ? normal(value) : value;
}

/** Twelve hexadecimal digits of SHA-256 over a normal form: enough to tell versions of one workflow apart. */
export function digestOf(form: JsonObject): string {
  return createHash('sha256').update(canonicalJson(form)).digest('hex').slice(0, 12);
}
