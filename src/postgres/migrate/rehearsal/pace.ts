import type { Script } from '../examine.ts';
import { destroyingCode } from '../lint/code.ts';
import type { Ready } from './ready.ts';

/** A file that is to be carried out. */
export interface Task {
  readonly script: Script;
  readonly statements: readonly Ready[];
}

/**
 * How closely a file is watched: `unseen` asks afterwards whether a table of interest was touched, which takes no time;
 * `seen` looks after every statement, all in one message; `slow` goes statement by statement, so that one may fail.
 */
export type Pace = 'unseen' | 'seen' | 'slow';

/** What is sent in one message, in characters, and files. */
const MESSAGE = 2 ** 18;
const FILES = 64;

/**
 * How closely a file has to be watched.
 *
 * @param words what finds the name of a table of interest.
 * @param destroying code of routines that may take rows away, by their names.
 */
export function paceOf({ script, statements }: Task, words: RegExp, destroying: ReadonlyMap<string, string>): Pace {
  const { directives, losses, hazards } = script;
  if (directives.noTransaction || statements.some(({ traits }) => traits.outside !== null)) return 'slow';
  const simple =
    losses.length === 0 &&
    destroyingCode(script, destroying).length === 0 &&
    hazards.every(({ effect }) => effect !== undefined) &&
    !statements.some(({ sql }) => words.test(sql));
  if (simple) return 'unseen';
  const undoes = statements.some(({ node }) => node !== undefined && 'TransactionStmt' in node);
  return undoes || lengthOf(statements) > MESSAGE ? 'slow' : 'seen';
}

export type Paced = Task & { readonly pace: Pace };

/** Files that can be sent in one message, from one on; a slow one goes alone. */
export function together(tasks: readonly Task[], paces: readonly Pace[], from: number): readonly Paced[] {
  const run: Paced[] = [];
  let length = 0;
  for (let at = from; at < tasks.length && run.length < FILES; at += 1) {
    const task = tasks[at];
    const pace = paces[at];
    if (task === undefined || pace === undefined) break;
    length += lengthOf(task.statements);
    if (run.length > 0 && (pace === 'slow' || length > MESSAGE)) break;
    run.push({ ...task, pace });
    if (pace === 'slow') break;
  }
  return run;
}

function lengthOf(statements: readonly Ready[]): number {
  return statements.reduce((sum, { sql }) => sum + sql.length, 0);
}

/** What finds the bare name of one of these tables in a text. */
export function wordsOf(names: readonly string[]): RegExp {
  const bare = names.map((name) => name.replace(/^(?:"(?:[^"]|"")+"|[^".]+)\./, '').replaceAll('"', ''));
  const any = bare.map((name) => name.replace(/[^\w]/g, '\\$&')).join('|');
  return new RegExp(`(?<![\\w$])(?:${any})(?![\\w$])`, 'i');
}
