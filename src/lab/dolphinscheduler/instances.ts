import type { Json, JsonObject } from '../../domain/json.ts';
import { paged, type Asked } from './asked.ts';
import { definitionOf } from './definitions.ts';
import { REFUSED } from './refusal.ts';
import { ownProject } from './resources.ts';
import { simulate } from './simulate.ts';
import { apiTime, isCode, type Instance, type Store, type TaskRun } from './state.ts';

/** Runs of workflows. A start is a command that a master turns into an instance some time later. */

/** How long a start waits for its master, and how long a task takes, in milliseconds. */
export interface Pace {
  readonly master: number;
  readonly task: number;
}

export function startInstance({ master, task }: Pace) {
  return (store: Store, asking: Asked): Json => {
    const definition = definitionOf(store, asking, asking.required('processDefinitionCode'));
    asking.required('failureStrategy');
    asking.required('warningType');
    if (definition.releaseState !== 'ONLINE') throw REFUSED.notOnline(definition.name);
    const tenantCode = asking.text('tenantCode') || 'default';
    if (!store.state.tenants.some((tenant) => tenant['tenantCode'] === tenantCode)) throw REFUSED.noTenant(tenantCode);
    const { tasks, state, endsAfter } = simulate(definition, task);
    const [triggerCode, startedAt] = [store.nextCode(), Date.now() + master];
    const { code, version, projectCode, name } = definition;
    const instance: Instance = {
      ...{ id: store.nextId(), triggerCode, projectCode, definitionCode: code, definitionVersion: version },
      name: `${name}-${String(version)}-${apiTime(startedAt).replace(/\D/g, '')}${String(startedAt % 1_000).padStart(3, '0')}`,
      ...{ userName: asking.user.userName, tenantCode, startedAt, state, endsAfter },
      tasks: tasks.map((run) => ({ ...run, id: store.nextId() })),
    };
    store.state.instances.push(instance);
    return triggerCode;
  };
}

export function listInstances(store: Store, asking: Asked): Json {
  const asks = asking.text('processDefineCode') || '0';
  const all = begun(store, asking).filter(({ definitionCode }) => asks === '0' || isCode(definitionCode, asks));
  const shown = all.toSorted((a, b) => b.startedAt - a.startedAt || b.id - a.id).map(instanceShown);
  const state = asking.text('stateType');
  return paged(
    shown.filter((one) => state === '' || one['state'] === state),
    asking,
  );
}

export function instancesOfTrigger(store: Store, asking: Asked): Json {
  const trigger = asking.required('triggerCode');
  return begun(store, asking)
    .filter(({ triggerCode }) => isCode(triggerCode, trigger))
    .map(instanceShown);
}

export function tasksOfInstance(store: Store, asking: Asked): Json {
  const id = asking.path['id'] ?? '';
  const instance = begun(store, asking).find((one) => String(one.id) === id);
  if (instance === undefined) throw REFUSED.noInstance(id);
  const elapsed = Date.now() - instance.startedAt;
  return {
    processInstanceState: instanceShown(instance)['state'] ?? null,
    taskList: instance.tasks
      .filter(({ beginsAfter }) => elapsed >= beginsAfter)
      .map((task) => taskShown(task, instance, elapsed)),
  };
}

export function taskLog(store: Store, asking: Asked): Json {
  const id = asking.required('taskInstanceId');
  const task = store.state.instances.flatMap(({ tasks }) => tasks).find((one) => String(one.id) === id);
  const lines = task?.log ?? [];
  const skipped = Number(asking.required('skipLineNum'));
  const some = lines.slice(skipped, skipped + Number(asking.required('limit')));
  return { lineNum: some.length, message: some.join('\r\n') };
}

/** Those that a master has made already. */
function begun(store: Store, asking: Asked): readonly Instance[] {
  const { code } = ownProject(store, asking);
  return store.state.instances.filter(({ projectCode, startedAt }) => projectCode === code && startedAt <= Date.now());
}

function instanceShown(instance: Instance): JsonObject {
  const { id, definitionCode, definitionVersion, projectCode, name, startedAt, endsAfter } = instance;
  const over = Date.now() - startedAt >= endsAfter;
  return {
    ...{ id, processDefinitionCode: definitionCode, processDefinitionVersion: definitionVersion, projectCode, name },
    state: over ? instance.state : 'RUNNING_EXECUTION',
    ...{ recovery: 'NO', startTime: apiTime(startedAt), endTime: over ? apiTime(startedAt + endsAfter) : null },
    ...{ runTimes: 1, host: 'stand-in:5678', commandType: 'START_PROCESS', commandParam: '{}' },
    ...{ executorName: instance.userName, tenantCode: instance.tenantCode, dryRun: 0 },
  };
}

function taskShown(task: TaskRun, instance: Instance, elapsed: number): JsonObject {
  const over = elapsed >= task.endsAfter;
  return {
    ...{ id: task.id, name: task.name, taskType: task.taskType, taskCode: task.taskCode },
    ...{ processInstanceId: instance.id, state: over ? task.state : 'RUNNING_EXECUTION' },
    startTime: apiTime(instance.startedAt + task.beginsAfter),
    endTime: over ? apiTime(instance.startedAt + task.endsAfter) : null,
    ...{ host: 'stand-in:1234', retryTimes: 0 },
  };
}
