import { readDigits, readNumber, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { Judged } from './judge.ts';
import type { Scheduler } from './scheduler.ts';

/** A run, as the server tells of it. */
export interface Run {
  /** Of the instance. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly started: string | null;
  readonly ended: string | null;
}

/** Whether the version at hand of a workflow has run. */
export interface RunState {
  readonly workflow: string;
  /** Null while there is none. */
  readonly version: number | null;
  /** Whether the version at hand will be another one once the step has acted. */
  readonly moves: boolean;
  /** The newest run of the version at hand. */
  readonly newest: Run | null;
}

const ENDED = new Set(['SUCCESS', 'FAILURE', 'STOP', 'PAUSE', 'BLOCK']);

export function isOver({ state }: Run): boolean {
  return ENDED.has(state);
}

/**
 * The newest run of the version at hand; touches nothing.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function readRun(scheduler: Scheduler, project: string | null, judged: Judged): Promise<RunState> {
  const { workflow, live, writes } = judged;
  const of = { workflow: workflow.name, moves: writes };
  if (project === null || live === null) return { ...of, version: null, newest: null };
  const runs = await scheduler.instances(project, live.code, workflow.name);
  const newest = runs.find((run) => readNumber(run, ['processDefinitionVersion'], 0) === live.version);
  return { ...of, version: live.version, newest: newest === undefined ? null : runOf(newest) };
}

export function runOf(instance: Json): Run {
  return {
    id: readDigits(instance, 'id'),
    name: readText(instance, 'name') ?? '',
    state: readText(instance, 'state') ?? '',
    started: readText(instance, 'startTime') ?? null,
    ended: readText(instance, 'endTime') ?? null,
  };
}

/** Whether it still has to run to success. */
export function mustRun({ moves, newest }: RunState): boolean {
  return moves || newest?.state !== 'SUCCESS';
}
