import { readDigits, readList, readNumber, readText } from '../domain/json-fields.ts';
import { jsonText, type Json } from '../domain/json.ts';
import { isRefusal } from './refusals.ts';
import type { Fields, Session } from './session.ts';

/** How many things of a list are asked for at a time. */
const PAGE = 100;

export interface ProjectFound {
  readonly code: string;
  readonly owner: string;
  readonly description: string;
}

/** A workflow as it is sent. */
export interface DefinitionSent {
  readonly name: string;
  readonly description: string;
  readonly globalParams: Json;
  readonly timeout: number;
  readonly executionType: string;
  readonly taskRelationJson: Json;
  readonly taskDefinitionJson: Json;
  /** Where tasks are drawn, as it is: JSON of DolphinScheduler's Web UI. */
  readonly locations: string;
}

/**
 * What a step asks of DolphinScheduler's API. Codes are texts of digits here: all of them are kept. Everything throws as
 * `Session` does.
 */
export class Scheduler {
  readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  async project(name: string): Promise<ProjectFound | null> {
    const found = await this.#list('/projects', { searchVal: name }, 'looking for the project', `project ${name}`);
    const project = found.find((one) => readText(one, 'name') === name);
    if (project === undefined) return null;
    return {
      code: readDigits(project, 'code'),
      owner: readText(project, 'userName') ?? '',
      description: readText(project, 'description') ?? '',
    };
  }

  async createProject(name: string, description: string): Promise<void> {
    await this.session.post('/projects', { projectName: name, description }, 'making the project', `project ${name}`);
  }

  async updateProject({ code, owner }: ProjectFound, name: string, description: string): Promise<void> {
    const fields = { projectName: name, description, userName: owner };
    await this.session.put(`/projects/${code}`, fields, 'changing the project', `project ${name}`);
  }

  /** A definition with tasks and relations; null when the project has none of the name. */
  async definition(project: string, name: string): Promise<Json | null> {
    const path = `/projects/${project}/process-definition/query-by-name`;
    try {
      return await this.session.get(path, { name }, 'reading the workflow', `workflow ${name}`);
    } catch (error) {
      if (isRefusal(error, 50003)) return null;
      throw error;
    }
  }

  /** New codes for tasks. */
  async taskCodes(project: string, count: number, object: string): Promise<readonly string[]> {
    const codes: string[] = [];
    while (codes.length < count) {
      const path = `/projects/${project}/task-definition/gen-task-codes`;
      const genNum = Math.min(PAGE, count - codes.length);
      const given = await this.session.get(path, { genNum }, 'asking for codes of tasks', object);
      const more = readList(given).map((code) => readDigits(code));
      if (more.length === 0) throw new RangeError('gen-task-codes gave no code');
      codes.push(...more);
    }
    return codes;
  }

  async createDefinition(project: string, sent: DefinitionSent): Promise<void> {
    const path = `/projects/${project}/process-definition`;
    await this.session.post(path, formOf(sent), 'making the workflow', `workflow ${sent.name}`);
  }

  async updateDefinition(project: string, code: string, sent: DefinitionSent): Promise<void> {
    const path = `/projects/${project}/process-definition/${code}`;
    await this.session.put(path, formOf(sent), 'changing the workflow', `workflow ${sent.name}`);
  }

  async release(project: string, code: string, name: string, releaseState: 'ONLINE' | 'OFFLINE'): Promise<void> {
    const path = `/projects/${project}/process-definition/${code}/release`;
    const doing = `taking the workflow ${releaseState.toLowerCase()}`;
    await this.session.post(path, { name, releaseState }, doing, `workflow ${name}`);
  }

  /** The schedule of a workflow; null when it has none. */
  async schedule(project: string, code: string, name: string): Promise<Json | null> {
    const path = `/projects/${project}/schedules`;
    const fields = { processDefinitionCode: code };
    const found = await this.#list(path, fields, 'reading the schedule', `workflow ${name}`);
    return found.find((one) => readDigits(one, 'processDefinitionCode') === code) ?? null;
  }

  async createSchedule(project: string, code: string, name: string, fields: Fields): Promise<void> {
    const all = { processDefinitionCode: code, ...fields };
    await this.session.post(`/projects/${project}/schedules`, all, 'making the schedule', `workflow ${name}`);
  }

  async updateSchedule(project: string, id: string, name: string, fields: Fields): Promise<void> {
    const path = `/projects/${project}/schedules/${id}`;
    await this.session.put(path, fields, 'changing the schedule', `workflow ${name}`);
  }

  async setSchedule(project: string, id: string, name: string, state: 'online' | 'offline'): Promise<void> {
    const path = `/projects/${project}/schedules/${id}/${state}`;
    await this.session.post(path, {}, `taking the schedule ${state}`, `workflow ${name}`);
  }

  async tenants(): Promise<readonly Json[]> {
    return readList(await this.session.get('/tenants/list', {}, 'listing tenants', 'tenants'));
  }

  async createTenant(name: string, queue: number, description: string): Promise<void> {
    const fields = { tenantCode: name, queueId: queue, description };
    await this.session.post('/tenants', fields, 'making the tenant', `tenant ${name}`);
  }

  async workerGroups(): Promise<readonly Json[]> {
    return this.#list('/worker-groups', {}, 'listing worker groups', 'worker groups');
  }

  /** @param id of one that there is; '0' for a new one. */
  async saveWorkerGroup(id: string, name: string, addresses: readonly string[], description: string): Promise<void> {
    const fields = { id, name, addrList: addresses.join(','), description };
    await this.session.post('/worker-groups', fields, 'saving the worker group', `worker group ${name}`);
  }

  async environments(): Promise<readonly Json[]> {
    const path = '/environment/query-environment-list';
    return readList(await this.session.get(path, {}, 'listing environments', 'environments'));
  }

  /** @param code of one that there is; null for a new one. */
  async saveEnvironment(code: string | null, name: string, rest: Fields): Promise<void> {
    const path = code === null ? '/environment/create' : '/environment/update';
    const fields = { ...(code === null ? {} : { code }), name, ...rest };
    await this.session.post(path, fields, 'saving the environment', `environment ${name}`);
  }

  async alertGroups(): Promise<readonly Json[]> {
    return readList(await this.session.get('/alert-groups/list', {}, 'listing alert groups', 'alert groups'));
  }

  async createAlertGroup(name: string, description: string): Promise<void> {
    const fields = { groupName: name, description, alertInstanceIds: '' };
    await this.session.post('/alert-groups', fields, 'making the alert group', `alert group ${name}`);
  }

  async dataSources(): Promise<readonly Json[]> {
    return this.#list('/datasources', {}, 'listing data sources', 'data sources');
  }

  /** Starts a run. @returns the code by which its instance is found, once a master has made it. */
  async start(project: string, code: string, name: string, fields: Fields): Promise<string> {
    const path = `/projects/${project}/executors/start-process-instance`;
    const all = {
      ...{ processDefinitionCode: code, scheduleTime: '', failureStrategy: 'CONTINUE', warningType: 'NONE' },
      ...{ execType: 'START_PROCESS', runMode: 'RUN_MODE_SERIAL', processInstancePriority: 'MEDIUM', dryRun: 0 },
      ...fields,
    };
    return readDigits(await this.session.post(path, all, 'starting the workflow', `workflow ${name}`));
  }

  /** The newest runs of a workflow, the newest first. */
  async instances(project: string, code: string, name: string): Promise<readonly Json[]> {
    const path = `/projects/${project}/process-instances`;
    const fields = { processDefineCode: code, pageNo: 1, pageSize: PAGE };
    return readList(await this.session.get(path, fields, 'listing runs', `workflow ${name}`), 'totalList');
  }

  async instancesOfTrigger(project: string, trigger: string, name: string): Promise<readonly Json[]> {
    const path = `/projects/${project}/process-instances/trigger`;
    return readList(await this.session.get(path, { triggerCode: trigger }, 'looking for the run', `workflow ${name}`));
  }

  async tasksOf(project: string, instance: string, name: string): Promise<readonly Json[]> {
    const path = `/projects/${project}/process-instances/${instance}/tasks`;
    return readList(await this.session.get(path, {}, 'reading the tasks of the run', `workflow ${name}`), 'taskList');
  }

  /** Lines of a task's log. */
  async log(task: string, skipLineNum: number, limit: number): Promise<readonly string[]> {
    const fields = { taskInstanceId: task, skipLineNum, limit };
    const log = await this.session.get('/log/detail', fields, 'reading the log of the task', `task ${task}`);
    const message = readText(log, 'message') ?? '';
    return message === '' ? [] : message.split(/\r?\n/);
  }

  /** All of a list that comes in pages. */
  async #list(path: string, fields: Fields, doing: string, object: string): Promise<readonly Json[]> {
    const found: Json[] = [];
    for (let pageNo = 1; ; pageNo += 1) {
      const page = await this.session.get(path, { ...fields, pageNo, pageSize: PAGE }, doing, object);
      const items = readList(page, 'totalList');
      found.push(...items);
      if (items.length === 0 || found.length >= readNumber(page, ['total'], 0)) return found;
    }
  }
}

function formOf(sent: DefinitionSent): Fields {
  const { globalParams, taskRelationJson, taskDefinitionJson, ...rest } = sent;
  return {
    ...rest,
    globalParams: jsonText(globalParams),
    taskRelationJson: jsonText(taskRelationJson),
    taskDefinitionJson: jsonText(taskDefinitionJson),
  };
}
