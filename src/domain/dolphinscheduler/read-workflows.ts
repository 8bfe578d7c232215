import { findCycle } from '../graph.ts';
import type { Json } from '../json.ts';
import { didYouMean, listed } from '../suggest.ts';
import { exportedWorkflows, type WorkflowProblem } from './exported.ts';
import { workflowOf } from './from-file.ts';
import { dependsOn, type Workflow } from './workflow.ts';
import { workflowFile } from './workflow-file.ts';

/** The workflows of one file and what is wrong with them, apart from what the schema of our own form says. */
interface WorkflowsRead {
  readonly workflows: readonly Workflow[];
  readonly problems: readonly WorkflowProblem[];
}

/** A file is an export of DolphinScheduler, which is a list, or one workflow in our own form. */
export function isExport(data: unknown): boolean {
  return Array.isArray(data);
}

/**
 * Understands the data of a file. One of our own form that its schema refuses has no workflows here.
 *
 * @param data of the file, with whole numbers beyond 2^53 as `bigint`.
 */
export function readWorkflows(data: unknown): WorkflowsRead {
  if (isExport(data)) {
    const read = exportedWorkflows(data as Json);
    const of = read.workflows.flatMap((workflow, at) => taskProblems(workflow, [at, 'taskDefinitionList']));
    const empty = read.workflows.length === 0 ? [{ path: [], message: 'holds no workflow' }] : [];
    return { workflows: read.workflows, problems: [...read.problems, ...of, ...empty] };
  }
  const parsed = workflowFile.safeParse(data);
  if (!parsed.success) return { workflows: [], problems: [] };
  const workflow = workflowOf(parsed.data);
  return { workflows: [workflow], problems: [...taskProblems(workflow, ['tasks']), ...scheduleProblems(workflow)] };
}

function taskProblems({ tasks }: Workflow, path: readonly (string | number)[]): readonly WorkflowProblem[] {
  const names = tasks.map(({ name }) => name);
  const twice = names.flatMap((name, at) =>
    names.indexOf(name) === at ? [] : [{ path: [...path, at, 'name'], message: `a second task named "${name}"` }],
  );
  const unknown = tasks.flatMap(({ name, after }, at) =>
    after
      .filter((before) => !names.includes(before))
      .map((before) => {
        const others = names.filter((one) => one !== name);
        const hint = didYouMean(before, others) || `; there are ${listed(others)}`;
        return { path: [...path, at], message: `task "${name}" comes after an unknown task "${before}"${hint}` };
      }),
  );
  const chosen = tasks.flatMap((task, at) =>
    task.type === 'CONDITIONS'
      ? unknownChoices(task.params, names).map((name) => ({
          path: [...path, at],
          message: `task "${task.name}" chooses an unknown task "${name}"${didYouMean(name, names)}`,
        }))
      : [],
  );
  const cycle = twice.length > 0 ? null : findCycle(tasks.map(({ name, after }) => ({ name, needs: after })));
  const around = cycle === null ? [] : [{ path, message: `tasks wait for each other: ${cycle.join(' after ')}` }];
  return [...twice, ...unknown, ...chosen, ...around];
}

/** Names that CONDITIONS choose and no task has. */
function unknownChoices(params: Workflow['tasks'][number]['params'], names: readonly string[]): readonly string[] {
  const result = params['conditionResult'] as
    { readonly [way: string]: readonly { readonly $task?: string }[] } | undefined;
  return Object.values(result ?? {})
    .flatMap((way) => way.map((one) => one.$task))
    .filter((name): name is string => typeof name === 'string' && !names.includes(name));
}

function scheduleProblems({ online, schedule }: Workflow): readonly WorkflowProblem[] {
  if (schedule === null) return [];
  const problems: WorkflowProblem[] = [];
  if (!online)
    problems.push({
      path: ['schedule'],
      message: 'a workflow has a schedule only while it is online: DolphinScheduler refuses it otherwise',
    });
  if (schedule.startTime >= schedule.endTime)
    problems.push({ path: ['schedule', 'until'], message: 'must be later than `from`' });
  if (schedule.warningType !== 'NONE' && schedule.warningGroupId === 0)
    problems.push({ path: ['schedule', 'warning'], message: 'needs an alertGroup, which is told' });
  return problems;
}

/** Names that more than one of these workflows has. */
export function namesTwice(workflows: readonly Workflow[]): readonly string[] {
  const names = workflows.map(({ name }) => name);
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
}

/** Workflows that wait for each other by DEPENDENT tasks, the first named again at the end; null when none do. */
export function workflowCycle(workflows: readonly Workflow[]): readonly string[] | null {
  return findCycle(workflows.map((workflow) => ({ name: workflow.name, needs: dependsOn(workflow) })));
}
