import { createHash } from 'node:crypto';
import { summarizePlan, type Change } from '../domain/change.ts';
import type { DolphinschedulerProjectSpec } from '../domain/kinds/dolphinscheduler-project.ts';
import type { Judged } from './judge.ts';
import { isOver, mustRun, type RunState } from './run-state.ts';
import type { State } from './state.ts';

/** What is to be done, one change a thing. @param standIn whether what answers only stands in. */
export function changesOf(state: State, spec: DolphinschedulerProjectSpec, standIn: boolean): readonly Change[] {
  const changes: Change[] = [
    { ...change(`project ${spec.project}`, state.project !== null, state.differs), destructive: false },
    ...state.resources.map(({ what, exists, differs }) => ({ ...change(what, exists, differs), destructive: false })),
    ...state.workflows.map(workflowChange),
    ...(state.run === null ? [] : [runChange(state.run)]),
  ];
  return standIn ? changes.map((one) => ({ ...one, standIn: true })) : changes;
}

function change(what: string, exists: boolean, detail: readonly string[]): Omit<Change, 'destructive'> {
  const action = !exists ? 'create' : detail.length > 0 ? 'update' : 'unchanged';
  return { action, what, ...(detail.length === 0 ? {} : { detail }) };
}

function workflowChange(judged: Judged): Change {
  const { workflow, live, byHand } = judged;
  return { ...change(`workflow ${workflow.name}`, live !== null, detailOf(judged)), destructive: byHand };
}

/** Everything that is done to a workflow, a line each. */
export function detailOf(judged: Judged): readonly string[] {
  const { workflow, live, definition, schedule, release, writes } = judged;
  if (live === null) {
    const tasks = workflow.tasks.map(({ name, type }) => `${name} (${type})`).join(', ');
    const by = workflow.schedule;
    return [`tasks: ${tasks}`, ...(by === null ? [] : [`schedule: ${by.crontab} (${by.timezoneId})`])];
  }
  const renewed = writes && definition.length === 0;
  return [
    ...byHandLines(judged),
    ...definition,
    ...(renewed ? [live.mark === null ? 'is taken over as it is' : 'its mark is renewed'] : []),
    ...schedule,
    ...release,
    ...(writes && live.online ? ['is online: taken offline, changed, and put online again'] : []),
  ];
}

function byHandLines({ live, byHand }: Judged): readonly string[] {
  if (live === null || !byHand) return [];
  const version = `version ${String(live.version)}`;
  return [
    live.mark === null
      ? `was made by hand (${version}, ${live.by}, ${live.at}) and would be overwritten`
      : `was changed by hand since it was written last (${version}, ${live.by}, ${live.at}), which would be overwritten`,
  ];
}

function runChange(run: RunState): Change {
  const what = `run of workflow ${run.workflow}`;
  const { newest, moves } = run;
  if (!mustRun(run)) return { action: 'unchanged', what, destructive: false };
  const follows = newest !== null && !moves && !isOver(newest);
  return {
    action: 'create',
    what,
    destructive: false,
    ...(follows ? { observed: `${newest.name} is under way` } : {}),
  };
}

/** Digest of what would be lost, as plans and gates have it. */
export function destructiveDigest(changes: readonly Change[]): string {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  return summarizePlan(changes, '', sha256).destructiveDigest;
}
