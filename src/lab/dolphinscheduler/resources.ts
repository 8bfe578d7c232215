import { jsonIn, readText } from '../../domain/json-fields.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { paged, type Asked } from './asked.ts';
import { REFUSED } from './refusal.ts';
import { apiTime, isCode, type Project, type Store } from './state.ts';

/** Projects, and what definitions lean on: tenants, environments, worker groups, alert groups, data sources. */

type Handler = (store: Store, asking: Asked) => Json;

export const createProject: Handler = (store, asking) => {
  const name = asking.required('projectName');
  if (store.state.projects.some((project) => project.name === name)) throw REFUSED.projectExists(name);
  const project: Project = {
    ...{ id: store.nextId(), code: store.nextCode(), name, description: describedIn(asking) },
    ...{ userId: asking.user.id, userName: asking.user.userName, createTime: apiTime(), updateTime: apiTime() },
  };
  store.state.projects.push(project);
  return shown(store, project);
};

export const updateProject: Handler = (store, asking) => {
  const project = ownProject(store, asking);
  const name = asking.required('projectName');
  if (store.state.projects.some((one) => one.name === name && one.code !== project.code))
    throw REFUSED.projectExists(name);
  const changed = { ...project, name, description: describedIn(asking), updateTime: apiTime() };
  store.state.projects = store.state.projects.map((one) => (one.code === project.code ? changed : one));
  return shown(store, changed);
};

/** An administrator sees every project, others their own. */
export const listProjects: Handler = (store, asking) =>
  paged(
    store.state.projects
      .filter((project) => project.name.includes(asking.text('searchVal')) && maySee(asking, project))
      .map((project) => shown(store, project)),
    asking,
  );

/** The project of the path. @throws Refusal when there is none, or it is somebody else's. */
export function ownProject(store: Store, asking: Asked): Project {
  const project = store.state.projects.find(({ code }) => isCode(code, asking.path['project'] ?? ''));
  if (project === undefined) throw REFUSED.noProject();
  if (!maySee(asking, project)) throw REFUSED.notYours(asking.user.userName, project.name);
  return project;
}

function maySee({ user }: Asked, project: Project): boolean {
  return user.userName === 'admin' || project.userId === user.id;
}

function shown(store: Store, project: Project): JsonObject {
  const defCount = store.state.definitions.filter(({ projectCode }) => projectCode === project.code).length;
  return { ...project, perm: 0, defCount, instRunningCount: 0 };
}

function describedIn(asking: Asked): string {
  const description = asking.text('description');
  if (Array.from(description).length > 255) throw REFUSED.descriptionTooLong();
  return description;
}

export const listTenants: Handler = (store) => store.state.tenants;

export const createTenant: Handler = (store, asking) => {
  const tenantCode = asking.required('tenantCode');
  if (hasNamed(store.state.tenants, 'tenantCode', tenantCode)) throw REFUSED.tenantExists(tenantCode);
  const times = { createTime: apiTime(), updateTime: apiTime() };
  const queueId = Number(asking.required('queueId'));
  const tenant = { id: store.nextId(), tenantCode, description: asking.text('description'), queueId, ...times };
  store.state.tenants.push(tenant);
  return tenant;
};

export const listWorkerGroups: Handler = (store, asking) => {
  const builtIn = { id: null, name: 'default', addrList: '127.0.0.1:1234', description: '', systemDefault: true };
  return paged([...store.state.workerGroups, builtIn], asking);
};

export const saveWorkerGroup: Handler = (store, asking) => {
  const name = asking.required('name');
  const id = Number(asking.text('id') || '0');
  const known = store.state.workerGroups;
  if (known.some((group) => group['name'] === name && group['id'] !== id)) throw REFUSED.nameExists(name);
  const fields = { name, addrList: asking.text('addrList'), description: asking.text('description') };
  const group = { id: id === 0 ? store.nextId() : id, ...fields, systemDefault: false, updateTime: apiTime() };
  store.state.workerGroups = [...known.filter((one) => one['id'] !== id), group];
  return null;
};

export const listEnvironments: Handler = (store) => store.state.environments;

export const createEnvironment: Handler = (store, asking) => {
  const name = asking.required('name');
  if (hasNamed(store.state.environments, 'name', name)) throw REFUSED.environmentExists(name);
  const code = store.nextCode();
  store.state.environments.push({ id: store.nextId(), code, name, ...environmentIn(asking) });
  return code;
};

export const updateEnvironment: Handler = (store, asking) => {
  const code = asking.required('code');
  const known = store.state.environments.find((one) => isCode(one['code'], code));
  if (known === undefined) throw REFUSED.noEnvironment(code);
  const name = asking.required('name');
  if (store.state.environments.some((one) => one['name'] === name && one !== known))
    throw REFUSED.environmentExists(name);
  const changed = { ...known, name, ...environmentIn(asking) };
  store.state.environments = store.state.environments.map((one) => (one === known ? changed : one));
  return null;
};

function environmentIn(asking: Asked): JsonObject {
  return {
    config: asking.required('config'),
    description: asking.text('description'),
    workerGroups: asking.text('workerGroups') === '' ? [] : asking.json('workerGroups'),
    updateTime: apiTime(),
  };
}

export const listAlertGroups: Handler = (store) => store.state.alertGroups;

export const createAlertGroup: Handler = (store, asking) => {
  const groupName = asking.required('groupName');
  if (hasNamed(store.state.alertGroups, 'groupName', groupName)) throw REFUSED.alertGroupExists();
  const group = {
    ...{ id: store.nextId(), groupName, alertInstanceIds: asking.text('alertInstanceIds') },
    ...{ description: asking.text('description'), createTime: apiTime(), updateTime: apiTime() },
  };
  store.state.alertGroups.push(group);
  return group;
};

export const listDataSources: Handler = (store, asking) =>
  paged(
    store.state.dataSources.filter((one) => (readText(one, 'name') ?? '').includes(asking.text('searchVal'))),
    asking,
  );

/** Unlike the rest this takes a JSON document. Nobody connects anywhere. */
export const createDataSource: Handler = (store, asking) => {
  const document = jsonIn(asking.body);
  const name = readText(document, 'name') ?? '';
  if (hasNamed(store.state.dataSources, 'name', name)) throw REFUSED.dataSourceExists();
  const { id: userId, userName } = asking.user;
  const source = { id: store.nextId(), name, note: '', type: readText(document, 'type') ?? '', userId, userName };
  store.state.dataSources.push(source);
  return source;
};

function hasNamed(list: readonly JsonObject[], key: string, name: string): boolean {
  return list.some((one) => one[key] === name);
}
