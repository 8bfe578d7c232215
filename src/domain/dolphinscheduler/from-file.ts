import { durationMs } from '../duration.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Schedule, TaskSettings, Workflow } from './workflow.ts';
import type { TaskFile, WorkflowFile } from './workflow-file.ts';

/** What a file of our own says, in DolphinScheduler's fields. */
export function workflowOf(file: WorkflowFile): Workflow {
  const { workflow: name, description, parameters, timeout, execution, online, schedule, tasks } = file;
  return {
    ...{ name, description, parameters: propertiesOf(parameters), timeout: minutesOf(timeout), online },
    executionType: execution,
    tasks: tasks.map((task) => ({
      ...{
        name: task.name,
        type: task.type,
        params: { ...paramsOf(task), localParams: propertiesOf(task.parameters) },
      },
      after: [...new Set([...task.after, ...impliedBefore(task, tasks)])].sort(),
      settings: settingsOf(task),
    })),
    schedule: schedule === undefined ? null : scheduleOf(schedule),
  };
}

function minutesOf(text: string | undefined): number {
  return text === undefined ? 0 : durationMs(text) / 60_000;
}

function propertiesOf(values: Readonly<Record<string, string>>): readonly JsonObject[] {
  return Object.entries(values).map(([prop, value]) => ({ prop, direct: 'IN', type: 'VARCHAR', value }));
}

/** CONDITIONS stand between the tasks that they look at and those that they choose from. */
function impliedBefore(task: TaskFile, tasks: readonly TaskFile[]): readonly string[] {
  const looksAt = task.type === 'CONDITIONS' ? task.when.map((one) => one.task) : [];
  const chosenBy = tasks.filter((one) => one.type === 'CONDITIONS' && [...one.then, ...one.else].includes(task.name));
  return [...looksAt, ...chosenBy.map(({ name }) => name)];
}

function settingsOf(task: TaskFile): TaskSettings {
  return {
    description: task.description,
    flag: task.enabled ? 'YES' : 'NO',
    isCache: 'NO',
    taskPriority: task.priority,
    workerGroup: task.workerGroup,
    environmentCode: environmentOf(task.environment),
    failRetryTimes: task.retries,
    failRetryInterval: minutesOf(task.retryEvery),
    delayTime: minutesOf(task.delay),
    timeoutFlag: task.timeout === undefined ? 'CLOSE' : 'OPEN',
    timeoutNotifyStrategy: task.timeout === undefined ? '' : task.onTimeout,
    timeout: minutesOf(task.timeout),
    taskExecuteType: 'BATCH',
    cpuQuota: -1,
    memoryMax: -1,
  };
}

function environmentOf(name: string | undefined): Json {
  return name === undefined ? -1 : { $environment: name };
}

function resourcesOf(names: readonly string[]): Json {
  return names.map((resourceName) => ({ resourceName }));
}

function paramsOf(task: TaskFile): JsonObject {
  switch (task.type) {
    case 'SHELL':
      return { rawScript: task.script, resourceList: resourcesOf(task.resources) };
    case 'SQL':
      return {
        ...{ type: { $dataSourceType: task.dataSource }, datasource: { $dataSource: task.dataSource }, sql: task.sql },
        ...{ sqlType: task.returnsRows ? 0 : 1, sendEmail: false, displayRows: task.displayRows },
        ...{ preStatements: task.first, postStatements: task.last, resourceList: [] },
      };
    case 'HTTP':
      return {
        ...{ url: task.url, httpMethod: task.method, httpCheckCondition: task.check, condition: task.expect },
        httpParams: task.send.map(({ name, in: place, value }) => ({ prop: name, httpParametersType: place, value })),
        ...{ connectTimeout: durationMs(task.connectTimeout), socketTimeout: durationMs(task.socketTimeout) },
        resourceList: [],
      };
    case 'SPARK':
      return sparkParams(task);
    case 'DEPENDENT':
      return {
        dependence: {
          ...{ relation: task.relation, checkInterval: Math.max(1, Math.round(durationMs(task.checkEvery) / 1_000)) },
          failurePolicy: 'DEPENDENT_FAILURE_FAILURE',
          dependTaskList: [{ relation: task.relation, dependItemList: task.on.map(dependItemOf) }],
        },
        resourceList: [],
      };
    case 'CONDITIONS':
      return {
        dependence: {
          relation: task.relation,
          dependTaskList: [
            {
              relation: task.relation,
              dependItemList: task.when.map((one) => ({ depTaskCode: { $task: one.task }, status: one.is })),
            },
          ],
        },
        conditionResult: {
          successNode: task.then.map((name) => ({ $task: name })),
          failedNode: task.else.map((name) => ({ $task: name })),
        },
        resourceList: [],
      };
  }
}

type Of<Type extends TaskFile['type']> = Extract<TaskFile, { type: Type }>;

function sparkParams(task: Of<'SPARK'>): JsonObject {
  return {
    ...{ programType: task.program, mainClass: task.mainClass ?? '', rawScript: task.script ?? '' },
    ...(task.mainJar === undefined ? {} : { mainJar: { resourceName: task.mainJar } }),
    ...{ deployMode: task.deployMode, appName: task.appName, yarnQueue: task.queue, namespace: task.namespace },
    ...{ driverCores: task.driverCores, driverMemory: task.driverMemory, numExecutors: task.executors },
    ...{ executorCores: task.executorCores, executorMemory: task.executorMemory },
    ...{ mainArgs: task.arguments, others: task.options, resourceList: resourcesOf(task.resources) },
  };
}

/** In DolphinScheduler's numbers 0 stands for all tasks of a workflow. */
function dependItemOf({ workflow, project: other, task, cycle, date }: Of<'DEPENDENT'>['on'][number]): JsonObject {
  const project = other ?? null;
  return {
    projectCode: { $project: project },
    definitionCode: { $workflow: workflow, project },
    depTaskCode: task === undefined ? 0 : { $taskOf: task, workflow, project },
    ...{ cycle, dateValue: date },
  };
}

function scheduleOf(schedule: NonNullable<WorkflowFile['schedule']>): Schedule {
  const { cron, timeZone, from, until, onFailure, warning, alertGroup, priority, workerGroup, tenant } = schedule;
  return {
    ...{ crontab: cron, timezoneId: timeZone, startTime: from, endTime: until, failureStrategy: onFailure },
    ...{ warningType: warning, warningGroupId: alertGroup === undefined ? 0 : { $alertGroup: alertGroup } },
    ...{ processInstancePriority: priority, workerGroup, tenantCode: tenant },
    ...{ environmentCode: environmentOf(schedule.environment), online: schedule.enabled },
  };
}
