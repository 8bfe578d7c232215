import { readDigits, readList, readObject, readText } from '../../domain/json-fields.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Code, Definition, TaskRun } from './state.ts';

/** A line of a script that makes it fail, here as anywhere: `exit 1`. */
const FAILS = /^\s*exit\s+[1-9]\d*\s*$/m;
const SAYS = /^\s*echo\s+(.*)$/gm;

type Outcome = 'SUCCESS' | 'FAILURE' | 'SKIPPED';

/** What a run will come to. */
interface Simulated {
  readonly tasks: readonly Omit<TaskRun, 'id'>[];
  readonly state: 'SUCCESS' | 'FAILURE';
  readonly endsAfter: number;
}

/**
 * Plays a run. Nothing is executed: a script fails where it has a line such as `exit 1` and says what it echoes, every other
 * task succeeds, and CONDITIONS choose their way by how the tasks before them ended.
 *
 * @param pace how long a task takes, in milliseconds.
 */
export function simulate({ tasks, relations }: Definition, pace: number): Simulated {
  const outcomes = new Map<string, Outcome>();
  const ends = new Map<string, number>();
  const chosen = new Map<string, ReadonlySet<string>>();
  const runs: Omit<TaskRun, 'id'>[] = [];
  const before = (code: string): readonly string[] =>
    relations
      .filter((relation) => readDigits(relation, 'postTaskCode') === code)
      .map((relation) => readDigits(relation, 'preTaskCode'))
      .filter((pre) => pre !== '0');
  const waiting = new Map(tasks.map((task) => [readDigits(task, 'code'), task]));
  for (let ready = true; ready;) {
    ready = false;
    for (const [code, task] of waiting) {
      const needs = before(code);
      if (!needs.every((need) => outcomes.has(need))) continue;
      ready = true;
      waiting.delete(code);
      const begins = Math.max(0, ...needs.map((need) => ends.get(need) ?? 0));
      const outcome = outcomeOf(task, needs, outcomes, chosen);
      outcomes.set(code, outcome);
      ends.set(code, begins + (outcome === 'SKIPPED' ? 0 : pace));
      if (outcome === 'SKIPPED') continue;
      if (task['taskType'] === 'CONDITIONS') chosen.set(code, choiceOf(task, outcomes));
      runs.push(runOf(task, outcome, begins, begins + pace));
    }
  }
  // A failure that CONDITIONS looked at has its way out.
  const handled = new Set(tasks.filter(isConditions).flatMap((task) => before(readDigits(task, 'code'))));
  const failed = [...outcomes].some(([code, outcome]) => outcome === 'FAILURE' && !handled.has(code));
  const endsAfter = Math.max(pace, ...runs.map((run) => run.endsAfter));
  return { tasks: runs, state: failed ? 'FAILURE' : 'SUCCESS', endsAfter };
}

function isConditions(task: JsonObject): boolean {
  return task['taskType'] === 'CONDITIONS';
}

function outcomeOf(
  task: JsonObject,
  needs: readonly string[],
  outcomes: ReadonlyMap<string, Outcome>,
  chosen: ReadonlyMap<string, ReadonlySet<string>>,
): Outcome {
  const code = readDigits(task, 'code');
  if (needs.some((need) => chosen.get(need)?.has(code) === false)) return 'SKIPPED';
  const stopped = needs.some((need) => outcomes.get(need) !== 'SUCCESS');
  if (stopped && !isConditions(task)) return 'SKIPPED';
  const script = readText(task['taskParams'], 'rawScript') ?? '';
  return task['taskType'] === 'SHELL' && FAILS.test(script) ? 'FAILURE' : 'SUCCESS';
}

/** The tasks that CONDITIONS let go on. */
function choiceOf(task: JsonObject, outcomes: ReadonlyMap<string, Outcome>): ReadonlySet<string> {
  const dependence = readObject(task['taskParams'], 'dependence');
  const judged = readList(dependence, 'dependTaskList').map((model) => {
    const items = readList(model, 'dependItemList').map(
      (item) => outcomes.get(readDigits(item, 'depTaskCode')) === readText(item, 'status'),
    );
    return readText(model, 'relation') === 'OR' ? items.some(Boolean) : items.every(Boolean);
  });
  const holds = readText(dependence, 'relation') === 'OR' ? judged.some(Boolean) : judged.every(Boolean);
  const result = readObject(task['taskParams'], 'conditionResult');
  return new Set(readList(result, holds ? 'successNode' : 'failedNode').map((code) => readDigits(code)));
}

function runOf(task: JsonObject, state: 'SUCCESS' | 'FAILURE', beginsAfter: number, endsAfter: number) {
  const [name, taskType] = [readText(task, 'name') ?? '', readText(task, 'taskType') ?? ''];
  const script = readText(task['taskParams'], 'rawScript') ?? '';
  return {
    ...{ name, taskType, taskCode: task['code'] as Code, state, beginsAfter, endsAfter },
    log: [
      `[INFO] STAND-IN: task ${name} of type ${taskType} is played, and nothing of it is executed`,
      ...[...script.matchAll(SAYS)].map(([, said = '']) => ` -> ${said.replace(/^(["'])(.*)\1$/, '$2')}`),
      state === 'SUCCESS'
        ? '[INFO] process has exited. exitStatusCode:0'
        : '[ERROR] process has exited. exitStatusCode:1',
    ],
  };
}
