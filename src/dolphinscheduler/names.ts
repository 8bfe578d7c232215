import type { Symbol } from '../domain/dolphinscheduler/workflow.ts';
import { read, readDigits, readList, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { Scheduler } from './scheduler.ts';

/** What a symbol stands for where it will exist once the step has acted: its own name, which no code is equal to. */
function later(what: string): string {
  return `new ${what}`;
}

/** Names that the step itself makes. */
export interface Making {
  readonly workflows: ReadonlyMap<string, readonly string[]>;
  readonly environments: ReadonlySet<string>;
  readonly alertGroups: ReadonlySet<string>;
}

/** The codes of one workflow's tasks, by their names; null where they have none yet. */
export type TaskCodes = (task: string) => string | null;

/**
 * Finds the codes and ids that names stand for, each list asked for once. What is nowhere is kept in `missing`: a step says
 * all of it together.
 */
export class Names {
  readonly missing = new Set<string>();
  readonly #scheduler: Scheduler;
  /** Code of the step's own project; null while there is none. */
  readonly #project: string | null;
  readonly #making: Making;
  readonly #asked = new Map<string, Promise<readonly Json[]>>();
  readonly #found = new Map<string, Json | null>();

  constructor(scheduler: Scheduler, project: string | null, making: Making) {
    this.#scheduler = scheduler;
    this.#project = project;
    this.#making = making;
  }

  /**
   * Looks all of them up, for `code`.
   *
   * @throws WindlassFailure as `Session` does.
   */
  async look(symbols: readonly Symbol[]): Promise<void> {
    for (const symbol of symbols) {
      const key = JSON.stringify(symbol);
      if ('$task' in symbol || this.#found.has(key)) continue;
      const found = await this.#find(symbol);
      if (found === null) this.missing.add(wordsOf(symbol));
      this.#found.set(key, found);
    }
  }

  /** What is written in the place of a symbol that was looked for. */
  code(symbol: Symbol, tasks: TaskCodes): Json {
    if ('$task' in symbol) return numberOf(tasks(symbol.$task)) ?? later(`task ${symbol.$task}`);
    return this.#found.get(JSON.stringify(symbol)) ?? null;
  }

  async #find(symbol: Exclude<Symbol, { readonly $task: string }>): Promise<Json | null> {
    if ('$project' in symbol) return this.#projectCode(symbol.$project);
    if ('$workflow' in symbol) return this.#workflow(symbol.$workflow, symbol.project);
    if ('$taskOf' in symbol) return this.#taskOf(symbol.$taskOf, symbol.workflow, symbol.project);
    if ('$environment' in symbol) {
      const found = named(await this.#list('environments'), 'name', symbol.$environment);
      if (found !== null) return read(found, 'code') ?? null;
      return this.#making.environments.has(symbol.$environment) ? later(`environment ${symbol.$environment}`) : null;
    }
    if ('$alertGroup' in symbol) {
      const found = named(await this.#list('alertGroups'), 'groupName', symbol.$alertGroup);
      if (found !== null) return read(found, 'id') ?? null;
      return this.#making.alertGroups.has(symbol.$alertGroup) ? later(`alert group ${symbol.$alertGroup}`) : null;
    }
    const [name, field] = '$dataSource' in symbol ? [symbol.$dataSource, 'id'] : [symbol.$dataSourceType, 'type'];
    const source = named(await this.#list('dataSources'), 'name', name);
    return source === null ? null : (read(source, field) ?? null);
  }

  /** Whether the server has a data source of this id: exports know them by no other name. */
  async hasDataSource(id: string): Promise<boolean> {
    return (await this.#list('dataSources')).some((one) => readDigits(one, 'id') === id);
  }

  async hasEnvironment(code: string): Promise<boolean> {
    return (await this.#list('environments')).some((one) => readDigits(one, 'code') === code);
  }

  async hasTenant(name: string): Promise<boolean> {
    return named(await this.#list('tenants'), 'tenantCode', name) !== null;
  }

  async hasWorkerGroup(name: string): Promise<boolean> {
    return name === 'default' || named(await this.#list('workerGroups'), 'name', name) !== null;
  }

  async #projectCode(name: string | null): Promise<Json | null> {
    if (name === null) return numberOf(this.#project) ?? later('project');
    return numberOf((await this.#scheduler.project(name))?.code ?? null);
  }

  async #workflow(name: string, project: string | null): Promise<Json | null> {
    const dag = await this.#dag(name, project);
    if (dag !== null) return read(dag, 'processDefinition', 'code') ?? null;
    return project === null && this.#making.workflows.has(name) ? later(`workflow ${name}`) : null;
  }

  async #taskOf(task: string, workflow: string, project: string | null): Promise<Json | null> {
    const dag = await this.#dag(workflow, project);
    const found = named(readList(dag ?? undefined, 'taskDefinitionList'), 'name', task);
    if (found !== null) return read(found, 'code') ?? null;
    const making = project === null ? this.#making.workflows.get(workflow) : undefined;
    return making?.includes(task) === true ? later(`task ${task} of ${workflow}`) : null;
  }

  async #dag(workflow: string, project: string | null): Promise<Json | null> {
    const code = project === null ? this.#project : ((await this.#scheduler.project(project))?.code ?? null);
    return code === null ? null : this.#scheduler.definition(code, workflow);
  }

  #list(what: 'tenants' | 'workerGroups' | 'environments' | 'alertGroups' | 'dataSources'): Promise<readonly Json[]> {
    const asked = this.#asked.get(what) ?? this.#scheduler[what]();
    this.#asked.set(what, asked);
    return asked;
  }
}

function named(list: readonly Json[], field: string, name: string): Json | null {
  return list.find((one) => readText(one, field) === name) ?? null;
}

/** A code as it is sent. */
export function numberOf(code: string | null): Json | null {
  if (code === null || code === '') return null;
  const number = Number(code);
  return Number.isSafeInteger(number) ? number : BigInt(code);
}

function wordsOf(symbol: Exclude<Symbol, { readonly $task: string }>): string {
  if ('$project' in symbol) return `project ${symbol.$project ?? ''}`;
  if ('$workflow' in symbol) return `workflow ${symbol.$workflow}${within(symbol.project)}`;
  if ('$taskOf' in symbol) return `task ${symbol.$taskOf} of workflow ${symbol.workflow}${within(symbol.project)}`;
  if ('$environment' in symbol) return `environment ${symbol.$environment}`;
  if ('$alertGroup' in symbol) return `alert group ${symbol.$alertGroup}`;
  return `data source ${'$dataSource' in symbol ? symbol.$dataSource : symbol.$dataSourceType}`;
}

function within(project: string | null): string {
  return project === null ? '' : ` of project ${project}`;
}
