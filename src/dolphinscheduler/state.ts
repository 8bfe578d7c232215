import { symbolsIn, type Workflow } from '../domain/dolphinscheduler/workflow.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { readDigits } from '../domain/json-fields.ts';
import type { DolphinschedulerProjectSpec } from '../domain/kinds/dolphinscheduler-project.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { judge, type Judged } from './judge.ts';
import { readLive } from './live.ts';
import { masker } from './mask.ts';
import { ownerOf } from './mark.ts';
import { Names } from './names.ts';
import { readResources, type Resource } from './resources.ts';
import { readRun, type RunState } from './run-state.ts';
import type { ProjectFound, Scheduler } from './scheduler.ts';

/** A project with all that the step declares of it, as it stands there. */
export interface State {
  /** Null while it does not exist. */
  readonly project: ProjectFound | null;
  /** What differs of the project itself. */
  readonly differs: readonly string[];
  readonly resources: readonly Resource[];
  /** Each after those that it waits for. */
  readonly workflows: readonly Judged[];
  /** Null where the step runs nothing. */
  readonly run: RunState | null;
}

/** What reading and writing a project needs beside the server. */
export interface Work {
  readonly scheduler: Scheduler;
  readonly spec: DolphinschedulerProjectSpec;
  readonly workflows: readonly Workflow[];
  readonly context: EngineContext;
  /** How long a master may take to make a run of a start whose answer was lost, in milliseconds. */
  readonly masterMs: number;
}

/**
 * Reads everything; touches nothing.
 *
 * @throws WindlassFailure `OwnershipConflict` when project or workflow are somebody else's; `NotFound` for what workflows
 *   name and is nowhere; as `Session` does.
 */
export async function readState({ scheduler, spec, workflows, context }: Work): Promise<State> {
  const project = await scheduler.project(spec.project);
  assertOwned(project, spec.project, scheduler.session.user);
  const resources = await readResources(scheduler, spec);
  const names = namesFor({ scheduler, spec, workflows }, project?.code ?? null);
  await assertNothingMissing(names, spec, workflows);
  const judged: Judged[] = [];
  for (const workflow of workflows) {
    const live = project === null ? null : await readLive(scheduler, project.code, workflow.name);
    judged.push(judgeWith(names, workflow, live, { scheduler, context }));
  }
  const ran = judged.find(({ workflow }) => workflow.name === spec.run?.workflow);
  const { description } = spec;
  return {
    project,
    differs:
      project === null || description === undefined || description === project.description
        ? []
        : [`description: ${project.description || 'nothing'} -> ${description || 'nothing'}`],
    ...{ resources, workflows: judged },
    run: ran === undefined ? null : await readRun(scheduler, project?.code ?? null, ran),
  };
}

export function namesFor(
  { scheduler, spec, workflows }: Pick<Work, 'scheduler' | 'spec' | 'workflows'>,
  project: string | null,
): Names {
  return new Names(scheduler, project, {
    workflows: new Map(workflows.map(({ name, tasks }) => [name, tasks.map((task) => task.name)])),
    environments: new Set(spec.environments.map(({ name }) => name)),
    alertGroups: new Set(spec.alertGroups.map(({ name }) => name)),
  });
}

/** A workflow compared with what stands there, by names that were looked up. */
export function judgeWith(
  names: Names,
  workflow: Workflow,
  live: Judged['live'],
  { scheduler, context }: Pick<Work, 'scheduler' | 'context'>,
): Judged {
  return judge(workflow, live, {
    owner: ownerOf(context.owner),
    mask: masker(scheduler.session.secrets),
    codeOf: (symbol) => names.code(symbol, (task) => live?.tasks.get(task)?.code ?? null),
  });
}

function assertOwned(project: ProjectFound | null, name: string, user: string): void {
  if (project === null || project.owner === user) return;
  throw new WindlassFailure('OwnershipConflict', `The project belongs to ${project.owner}, and not to ${user}.`, {
    object: `project ${name}`,
    next: 'Log in as its owner, let the owner give it to this user, or declare a project of another name.',
    facts: { owner: project.owner, user },
  });
}

/** Everything that workflows name and neither the server has nor the step makes, told together. */
async function assertNothingMissing(
  names: Names,
  spec: DolphinschedulerProjectSpec,
  workflows: readonly Workflow[],
): Promise<void> {
  const missing = new Map<string, string>();
  for (const workflow of workflows) {
    const note = (what: string): void => {
      if (!missing.has(what)) missing.set(what, `${what}, which workflow ${workflow.name} names`);
    };
    const before = new Set(names.missing);
    await names.look(symbolsIn(workflow));
    for (const what of names.missing.difference(before)) note(what);
    for (const { type, params, settings } of workflow.tasks) {
      const source = type === 'SQL' ? readDigits(params, 'datasource') : '';
      if (source !== '' && !(await names.hasDataSource(source))) note(`data source of id ${source}`);
      const environment = readDigits(settings.environmentCode);
      if (Number(environment) > 0 && !(await names.hasEnvironment(environment)))
        note(`environment of code ${environment}`);
      if (!(await isWorkerGroup(names, spec, settings.workerGroup))) note(`worker group ${settings.workerGroup}`);
    }
    const { schedule } = workflow;
    if (schedule === null) continue;
    if (!(await isWorkerGroup(names, spec, schedule.workerGroup))) note(`worker group ${schedule.workerGroup}`);
    if (!(await isTenant(names, spec, schedule.tenantCode))) note(`tenant ${schedule.tenantCode}`);
  }
  if (spec.run !== undefined && !(await isTenant(names, spec, spec.run.tenant)))
    missing.set('tenant', `tenant ${spec.run.tenant}, which the run names`);
  const [first] = missing.values();
  if (first === undefined) return;
  const more = missing.size > 1 ? `, and ${String(missing.size - 1)} more` : '';
  throw new WindlassFailure('NotFound', `DolphinScheduler has no ${first}${more}.`, {
    object: `project ${spec.project}`,
    next: 'Make what is missing in DolphinScheduler, or mend the name, then retry.',
    facts: { missing: [...missing.values()] },
  });
}

async function isWorkerGroup(names: Names, spec: DolphinschedulerProjectSpec, name: string): Promise<boolean> {
  return spec.workerGroups.some((one) => one.name === name) || (await names.hasWorkerGroup(name));
}

async function isTenant(names: Names, spec: DolphinschedulerProjectSpec, name: string): Promise<boolean> {
  return name === 'default' || spec.tenants.some((one) => one.name === name) || (await names.hasTenant(name));
}
