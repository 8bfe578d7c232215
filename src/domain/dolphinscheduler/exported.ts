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
} from '../json-fields.ts';
import type { Json, JsonObject } from '../json.ts';
import { didYouMean } from '../suggest.ts';
import {
  TASK_TYPES,
  type Schedule,
  type Symbol,
  type Task,
  type TaskSettings,
  type TaskType,
  type Workflow,
} from './workflow.ts';

/** Something wrong in a file of workflows, and where. */
export interface WorkflowProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Read {
  readonly workflows: readonly Workflow[];
  readonly problems: readonly WorkflowProblem[];
}

/**
 * Reads what DolphinScheduler 3.2 exports: a list of definitions with their tasks and relations. Codes are those of the
 * server that it was exported from, and become names: they mean nothing on another.
 */
export function exportedWorkflows(data: Json): Read {
  const problems: WorkflowProblem[] = [];
  const definitions = isList(data) ? data : [];
  const names = new Map(
    definitions.map((one) => [
      readDigits(one, 'processDefinition', 'code'),
      { name: readText(one, 'processDefinition', 'name') ?? '', tasks: taskNames(one) },
    ]),
  );
  const workflows = definitions.map((one, at) => {
    const refuse = (path: readonly (string | number)[], message: string): void => {
      problems.push({ path: [at, ...path], message });
    };
    return exported(one, names, refuse);
  });
  return { workflows, problems };
}

type Names = ReadonlyMap<string, { readonly name: string; readonly tasks: ReadonlyMap<string, string> }>;
type Refuse = (path: readonly (string | number)[], message: string) => void;

function taskNames(definition: Json): ReadonlyMap<string, string> {
  const tasks = readList(definition, 'taskDefinitionList');
  return new Map(tasks.map((task) => [readDigits(task, 'code'), readText(task, 'name') ?? '']));
}

function exported(definition: Json, names: Names, refuse: Refuse): Workflow {
  const head = readObject(definition, 'processDefinition');
  const name = readText(head, 'name') ?? '';
  if (name === '') refuse(['processDefinition', 'name'], 'an exported workflow has a name');
  const tasks = taskNames(definition);
  const parameters = jsonIn(readText(head, 'globalParams') ?? '[]');
  const list = readList(definition, 'taskDefinitionList');
  if (list.length === 0) refuse(['taskDefinitionList'], 'an exported workflow has tasks');
  return {
    name,
    description: readText(head, 'description') ?? '',
    parameters: isList(parameters) ? parameters.filter(isObject) : [],
    timeout: readNumber(head, ['timeout'], 0),
    executionType: readText(head, 'executionType') ?? 'PARALLEL',
    online: readText(head, 'releaseState') === 'ONLINE',
    tasks: list.map((task, at) =>
      exportedTask(task, definition, { names, tasks }, within(refuse, 'taskDefinitionList', at)),
    ),
    schedule: exportedSchedule(read(definition, 'schedule')),
  };
}

function within(refuse: Refuse, ...at: readonly (string | number)[]): Refuse {
  return (path, message) => {
    refuse([...at, ...path], message);
  };
}

interface Known {
  readonly names: Names;
  /** Of the workflow itself. */
  readonly tasks: ReadonlyMap<string, string>;
}

function exportedTask(task: Json, definition: Json, known: Known, refuse: Refuse): Task {
  const code = readDigits(task, 'code');
  const type = readText(task, 'taskType') ?? '';
  if (!isTaskType(type))
    refuse(
      ['taskType'],
      `unknown task type "${type}"${didYouMean(type, TASK_TYPES) || `; known: ${TASK_TYPES.join(', ')}`}`,
    );
  return {
    name: readText(task, 'name') ?? '',
    type: isTaskType(type) ? type : 'SHELL',
    params: withNames(readObject(task, 'taskParams'), known, within(refuse, 'taskParams')) as JsonObject,
    after: readList(definition, 'processTaskRelationList')
      .filter((relation) => readDigits(relation, 'postTaskCode') === code)
      .map((relation) => readDigits(relation, 'preTaskCode'))
      .filter((before) => before !== '0' && before !== '')
      .map((before) => known.tasks.get(before) ?? `code ${before}`)
      .sort(),
    settings: settingsOf(task),
  };
}

function isTaskType(type: string): type is TaskType {
  return (TASK_TYPES as readonly string[]).includes(type);
}

/** Other fields of a task, as they are; what is missing is as DolphinScheduler has it then. */
export function settingsOf(task: Json): TaskSettings {
  const text = (key: string, otherwise: string): string => readText(task, key) ?? otherwise;
  const number = (key: string, otherwise: number): number => {
    const value = read(task, key);
    // Sent as texts by its own Web UI.
    return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : readNumber(task, [key], otherwise);
  };
  return {
    ...{ description: text('description', ''), flag: text('flag', 'YES') === 'NO' ? 'NO' : 'YES' },
    ...{ isCache: text('isCache', 'NO') === 'YES' ? 'YES' : 'NO', taskPriority: text('taskPriority', 'MEDIUM') },
    workerGroup: text('workerGroup', 'default'),
    environmentCode: read(task, 'environmentCode') ?? -1,
    ...{ failRetryTimes: number('failRetryTimes', 0), failRetryInterval: number('failRetryInterval', 1) },
    ...{ delayTime: number('delayTime', 0), timeoutFlag: text('timeoutFlag', 'CLOSE') === 'OPEN' ? 'OPEN' : 'CLOSE' },
    ...{ timeoutNotifyStrategy: text('timeoutNotifyStrategy', ''), timeout: number('timeout', 0) },
    taskExecuteType: text('taskExecuteType', 'BATCH'),
    ...{ cpuQuota: number('cpuQuota', -1), memoryMax: number('memoryMax', -1) },
  };
}

/** Places of taskParams that hold the code of a task of the same workflow. */
const OF_TASKS = new Set(['successNode', 'failedNode']);

function withNames(value: Json, known: Known, refuse: Refuse): Json {
  if (isList(value)) return value.map((item, at) => withNames(item, known, within(refuse, at)));
  if (!isObject(value)) return value;
  if (readDigits(value, 'definitionCode') !== '') return dependItem(value, known, refuse);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key === 'depTaskCode') return [key, taskSymbol(item, known, within(refuse, key))];
      if (OF_TASKS.has(key) && isList(item))
        return [key, item.map((code, at) => taskSymbol(code, known, within(refuse, key, at)))];
      return [key, withNames(item, known, within(refuse, key))];
    }),
  );
}

function taskSymbol(code: Json, { tasks }: Known, refuse: Refuse): Json {
  const name = tasks.get(readDigits(code));
  if (name !== undefined) return { $task: name };
  refuse([], `no task of this workflow has the code ${readDigits(code)}`);
  return null;
}

function dependItem(item: JsonObject, { names }: Known, refuse: Refuse): Json {
  const workflow = names.get(readDigits(item, 'definitionCode'));
  if (workflow === undefined) {
    const code = readDigits(item, 'definitionCode');
    refuse(
      ['definitionCode'],
      `depends on the workflow of code ${code}, which this file does not hold: export both into one`,
    );
    return item;
  }
  const task = readDigits(item, 'depTaskCode');
  const name = workflow.tasks.get(task);
  if (task !== '0' && task !== '' && name === undefined)
    refuse(['depTaskCode'], `workflow "${workflow.name}" has no task of the code ${task}`);
  const of: Record<string, Symbol | number> = {
    projectCode: { $project: null },
    definitionCode: { $workflow: workflow.name, project: null },
    depTaskCode: name === undefined ? 0 : { $taskOf: name, workflow: workflow.name, project: null },
  };
  return { ...without(item, new Set(['state'])), ...of };
}

/** The schedule of an export, or of the server's list; null where there is none. */
export function exportedSchedule(schedule: Json | undefined): Schedule | null {
  if (!isObject(schedule)) return null;
  return {
    crontab: readText(schedule, 'crontab') ?? '',
    timezoneId: readText(schedule, 'timezoneId') ?? '',
    startTime: readText(schedule, 'startTime') ?? '',
    endTime: readText(schedule, 'endTime') ?? '',
    failureStrategy: readText(schedule, 'failureStrategy') ?? 'CONTINUE',
    warningType: readText(schedule, 'warningType') ?? 'NONE',
    warningGroupId: read(schedule, 'warningGroupId') ?? 0,
    processInstancePriority: readText(schedule, 'processInstancePriority') ?? 'MEDIUM',
    workerGroup: readText(schedule, 'workerGroup') ?? 'default',
    tenantCode: readText(schedule, 'tenantCode') ?? 'default',
    environmentCode: read(schedule, 'environmentCode') ?? -1,
    online: readText(schedule, 'releaseState') === 'ONLINE',
  };
}
