import type { Json } from '../../domain/json.ts';
import type { Asked } from './asked.ts';
import {
  createDefinition,
  definitionByName,
  exportDefinitions,
  generateCodes,
  importDefinitions,
  listDefinitions,
  releaseDefinition,
  updateDefinition,
} from './definitions.ts';
import { instancesOfTrigger, listInstances, startInstance, taskLog, tasksOfInstance, type Pace } from './instances.ts';
import {
  createAlertGroup,
  createDataSource,
  createEnvironment,
  createProject,
  createTenant,
  listAlertGroups,
  listDataSources,
  listEnvironments,
  listProjects,
  listTenants,
  listWorkerGroups,
  saveWorkerGroup,
  updateEnvironment,
  updateProject,
} from './resources.ts';
import { createSchedule, listSchedules, setScheduleState, updateSchedule } from './schedules.ts';
import type { Store } from './state.ts';

type Handle = (store: Store, asking: Asked) => Json;

export interface Route {
  readonly method: string;
  /** `:name` stands for one part of the path. */
  readonly pattern: string;
  readonly handle: Handle;
  /** HTTP status of success; 200 when absent. */
  readonly status?: number;
  /** Its answer is no envelope but the data alone. */
  readonly bare?: true;
}

export function routes(pace: Pace): readonly Route[] {
  const get = (pattern: string, handle: Handle): Route => ({ method: 'GET', pattern, handle });
  const put = (pattern: string, handle: Handle): Route => ({ method: 'PUT', pattern, handle });
  const post = (pattern: string, handle: Handle, status = 200): Route => ({ method: 'POST', pattern, handle, status });
  const definitions = '/projects/:project/process-definition';
  const schedules = '/projects/:project/schedules';
  const instances = '/projects/:project/process-instances';
  return [
    get('/projects', listProjects),
    post('/projects', createProject, 201),
    put('/projects/:project', updateProject),
    get('/projects/:project/task-definition/gen-task-codes', generateCodes),
    get(definitions, listDefinitions),
    get(`${definitions}/query-by-name`, definitionByName),
    { ...post(`${definitions}/batch-export`, exportDefinitions), bare: true },
    post(`${definitions}/import`, importDefinitions),
    post(definitions, createDefinition, 201),
    put(`${definitions}/:code`, updateDefinition),
    post(`${definitions}/:code/release`, releaseDefinition),
    get(schedules, listSchedules),
    post(schedules, createSchedule, 201),
    put(`${schedules}/:id`, updateSchedule),
    post(`${schedules}/:id/online`, setScheduleState('ONLINE')),
    post(`${schedules}/:id/offline`, setScheduleState('OFFLINE')),
    post('/projects/:project/executors/start-process-instance', startInstance(pace)),
    get(instances, listInstances),
    get(`${instances}/trigger`, instancesOfTrigger),
    get(`${instances}/:id/tasks`, tasksOfInstance),
    get('/log/detail', taskLog),
    get('/tenants/list', listTenants),
    post('/tenants', createTenant, 201),
    get('/worker-groups', listWorkerGroups),
    post('/worker-groups', saveWorkerGroup),
    get('/environment/query-environment-list', listEnvironments),
    post('/environment/create', createEnvironment, 201),
    post('/environment/update', updateEnvironment),
    get('/alert-groups/list', listAlertGroups),
    post('/alert-groups', createAlertGroup, 201),
    get('/datasources', listDataSources),
    post('/datasources', createDataSource, 201),
  ];
}

/** The route of a request, and what stands in its path; null when there is none. */
export function routeOf(
  known: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly path: Readonly<Record<string, string>> } | null {
  const parts = path.split('/');
  for (const route of known) {
    const pattern = route.pattern.split('/');
    if (route.method !== method || pattern.length !== parts.length) continue;
    if (!pattern.every((part, at) => part.startsWith(':') || part === parts[at])) continue;
    const named = pattern.flatMap((part, at) =>
      part.startsWith(':') ? [[part.slice(1), decodeURIComponent(parts[at] ?? '')]] : [],
    );
    return { route, path: Object.fromEntries(named) as Record<string, string> };
  }
  return null;
}
