import { equalJson, read, readDigits, readText, readTexts } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { DolphinschedulerProjectSpec } from '../domain/kinds/dolphinscheduler-project.ts';
import type { Scheduler } from './scheduler.ts';

/** Something that workflows lean on: a tenant, a worker group, an environment, an alert group. */
export interface Resource {
  /** `environment spark`. */
  readonly what: string;
  readonly exists: boolean;
  /** What differs, a line each; empty where it is as declared, and while it does not exist. */
  readonly differs: readonly string[];
  readonly write: () => Promise<void>;
}

/**
 * What the step declares beside the project and its workflows, as it stands there; touches nothing.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function readResources(
  scheduler: Scheduler,
  { tenants, workerGroups, environments, alertGroups }: DolphinschedulerProjectSpec,
): Promise<readonly Resource[]> {
  const [hasTenants, hasGroups, hasEnvironments, hasAlertGroups] = [
    tenants.length === 0 ? [] : await scheduler.tenants(),
    workerGroups.length === 0 ? [] : await scheduler.workerGroups(),
    environments.length === 0 ? [] : await scheduler.environments(),
    alertGroups.length === 0 ? [] : await scheduler.alertGroups(),
  ];
  return [
    ...tenants.map(({ name, queue, description }): Resource => ({
      what: `tenant ${name}`,
      exists: named(hasTenants, 'tenantCode', name) !== undefined,
      differs: [],
      write: () => scheduler.createTenant(name, queue, description),
    })),
    ...workerGroups.map(({ name, addresses, description }): Resource => {
      const found = named(hasGroups, 'name', name);
      const list = (readText(found, 'addrList') ?? '').split(',').filter((one) => one !== '');
      return {
        what: `worker group ${name}`,
        exists: found !== undefined,
        differs: [
          ...line('addresses', list.toSorted(), addresses.toSorted(), found),
          ...line('description', readText(found, 'description') ?? '', description, found),
        ],
        write: () => scheduler.saveWorkerGroup(readDigits(found, 'id') || '0', name, addresses, description),
      };
    }),
    ...environments.map(({ name, config, workerGroups: groups, description }): Resource => {
      const found = named(hasEnvironments, 'name', name);
      const fields = { config, description, workerGroups: JSON.stringify(groups) };
      return {
        what: `environment ${name}`,
        exists: found !== undefined,
        differs: [
          // Its lines may hold what nobody should read.
          ...(found !== undefined && readText(found, 'config') !== config ? ['config: differs'] : []),
          ...line('workerGroups', readTexts(found, 'workerGroups').toSorted(), groups.toSorted(), found),
          ...line('description', readText(found, 'description') ?? '', description, found),
        ],
        write: () => scheduler.saveEnvironment(found === undefined ? null : readDigits(found, 'code'), name, fields),
      };
    }),
    ...alertGroups.map(({ name, description }): Resource => ({
      what: `alert group ${name}`,
      exists: named(hasAlertGroups, 'groupName', name) !== undefined,
      differs: [],
      write: () => scheduler.createAlertGroup(name, description),
    })),
  ];
}

function named(list: readonly Json[], field: string, name: string): Json | undefined {
  return list.find((one) => read(one, field) === name);
}

function line(field: string, before: Json, after: Json, found: Json | undefined): readonly string[] {
  if (found === undefined || equalJson(before, after)) return [];
  return [`${field}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`];
}
