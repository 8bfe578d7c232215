import type { Node } from 'libpg-query';
import { WindlassFailure } from '../../../domain/failure.ts';
import { sqlstateOf } from '../../errors.ts';
import { parseStatement } from '../../sql/grammar.ts';
import type { Position } from '../../sql/position.ts';
import { as } from '../../sql/tree.ts';
import { RESET, type Session } from '../../session.ts';
import type { Script } from '../examine.ts';
import type { AffectedRow } from '../lint/affected.ts';
import { destroyingCode, dependsOnRows, withRoutines } from '../lint/code.ts';
import type { HolderRow } from '../lint/holders.ts';
import type { Lost } from '../lint/lost.ts';
import { outsideOnly } from '../lint/outside.ts';
import { blockEdge } from '../lint/session.ts';
import { answer, Answers, type AnswersOfFile } from './answers.ts';
import { affectedQuestion, lostIn, namedIn, questionOf, type Question } from './foretell.ts';
import { felt, gone, NAMELESS, noted, type Done } from './judge.ts';
import { firstWords } from '../../sql/first-words.ts';
import { Observer, type Note, type Seen } from './observe.ts';
import { paceOf, together, wordsOf, type Paced, type Task } from './pace.ts';
import type { Ready } from './ready.ts';
import { NOTE, NOTE_AGAIN, RECORDER, silencesNotes, taking } from './recorder.ts';
import type { Measured, Rehearsed } from './result.ts';
import type { Subject } from './subjects.ts';

/** Carries files out on a copy, one after the other, and sees what becomes of the tables that hold rows on the target. */
export class Rehearsing {
  readonly #session: Session;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #role: string | undefined;
  readonly #observer: Observer;
  readonly #destroying: ReadonlyMap<string, string>;
  readonly #words: RegExp;
  #whole = true;

  constructor(
    session: Session,
    subjects: ReadonlyMap<string, Subject>,
    {
      role,
      destroying,
      state,
    }: {
      readonly role: string | undefined;
      /** Code of routines that may take rows away, by their names. */
      readonly destroying: ReadonlyMap<string, string>;
      readonly state: Seen;
    },
  ) {
    this.#destroying = destroying;
    this.#session = session;
    this.#subjects = subjects;
    this.#role = role;
    this.#observer = new Observer(state);
    this.#words = wordsOf([...subjects.values()].map(({ name }) => name));
  }

  /** @throws WindlassFailure as `Session` does, when the server cannot be asked. */
  async all(tasks: readonly Task[], signal: AbortSignal): Promise<readonly Rehearsed[]> {
    const rehearsed: Rehearsed[] = [];
    const paces = tasks.map((task) => paceOf(task, this.#words, this.#destroying));
    for (let at = 0; at < tasks.length;) {
      signal.throwIfAborted();
      const run = together(tasks, paces, at);
      const [first] = run;
      if (first === undefined) break;
      if (first.pace === 'slow') {
        rehearsed.push(await this.#slowly(first));
        at += 1;
        continue;
      }
      const done = await this.#atOnce(run);
      rehearsed.push(...done);
      at += done.length;
      // Nothing came of the next one: it has to be watched more closely.
      if (done.length < run.length) paces[at] = paces[at] === 'unseen' ? 'seen' : 'slow';
    }
    return rehearsed;
  }

  /**
   * Each file in a transaction of its own, all in one message. The first one that fails, or that needs a closer look, ends it:
   * nothing comes of it, nor of those behind it.
   */
  async #atOnce(run: readonly Paced[]): Promise<readonly Rehearsed[]> {
    const texts = run.map((task, index) => this.#textOf(task, index));
    const answers = new Answers();
    try {
      await this.#session.script(texts.flat().join('\n;\n'), { row: answers.row });
    } catch (error) {
      if (!isSaid(error)) throw error;
      await this.#session.script(`ROLLBACK; ${RESET}`);
    }
    const rehearsed: Rehearsed[] = [];
    for (const [index, task] of run.slice(0, answers.done).entries()) {
      const found = nothing();
      if (task.pace === 'seen') await this.#judgeAll(task, answers.of(index), found);
      rehearsed.push({ whole: this.#whole, ...found });
    }
    return rehearsed;
  }

  /** On lines of their own: a statement may end with a comment. */
  #textOf({ script, statements, pace }: Paced, file: number): readonly string[] {
    const begin = ['BEGIN', ...taking(this.#role, 'LOCAL ')];
    const end = ['COMMIT', RESET, answer(file, 'done', 0, `'true'::jsonb`)];
    const active = statements.flatMap((statement, of) => (statement.traits.kind === 'idle' ? [] : [{ statement, of }]));
    if (pace === 'unseen')
      return [...begin, ...active.map(({ statement }) => statement.sql), `SELECT ${RECORDER}.untouched()`, ...end];
    const steps = statements.flatMap((statement, of) => {
      const { affected, holders } = questionOf(script, statement);
      return [
        ...(affected === null ? [] : [answer(file, 'affected', of, affected)]),
        ...(holders === null ? [] : [answer(file, 'holders', of, holders)]),
        ...(statement.traits.kind === 'idle' ? [] : [statement.sql]),
        ...(isQuiet(statement) ? [] : [answer(file, 'look', of, `${RECORDER}.look(false, true)`)]),
        ...(silencesNotes(statement.sql) ? [NOTE_AGAIN] : []),
      ];
    });
    return [...begin, answer(file, 'scans', 0, `${RECORDER}.scans()`), ...steps, ...end];
  }

  async #judgeAll({ script, statements }: Task, answers: AnswersOfFile, found: Found): Promise<void> {
    this.#observer.begin(answers.scans ?? {});
    const destroying = destroyingCode(script, this.#destroying);
    for (const [of, statement] of statements.entries()) {
      this.#foretold(questionOf(script, statement), answers.affected.get(of), answers.holders.get(of), found);
      const seen = answers.look.get(of);
      const code = destroying.some((at) => at.equals(statement.at));
      if (seen !== undefined) await this.#judge(statement, script, { seen, code }, found);
    }
  }

  async #slowly({ script, statements }: Task): Promise<Rehearsed> {
    const whole = !script.directives.noTransaction;
    const found = nothing();
    if (whole) await this.#begin(['BEGIN', ...taking(this.#role, 'LOCAL ')]);
    else await this.#session.script(['SELECT 1', ...taking(this.#role, '')].join('; '));
    const destroying = destroyingCode(script, this.#destroying);
    // Whether statements have a transaction in common, by the file being one or by its own BEGIN.
    let open = whole;
    const saved: Saved[] = [];
    for (const statement of statements) {
      const { traits, node, sql } = statement;
      const edge = node === undefined ? null : blockEdge(node);
      if (!whole && edge !== null) {
        if (edge === 'begin') await this.#begin([sql]);
        else await this.#commit();
        open = edge === 'begin';
        continue;
      }
      await this.#ask(questionOf(script, statement), found);
      if (traits.kind === 'idle') continue;
      const place = statement.at.in(script.content.path);
      if (traits.outside !== null) {
        found.notes.push(`${place}: not carried out in the rehearsal: ${traits.outside}`);
        if (traits.matters) this.#whole = false;
        if (traits.code) found.unseen.push(statement.at);
        continue;
      }
      // As it will run: what cannot run in a transaction goes without, everything else in one.
      const alone = !open && node !== undefined && outsideOnly(node) !== null;
      const single = !open && !alone;
      if (single) await this.#begin(['BEGIN']);
      const failed = await this.#one(statement, !alone);
      const code = destroying.some((at) => at.equals(statement.at));
      if (failed === null) {
        if (node !== undefined && (await this.#undone(node, saved, found))) continue;
        const seen = await this.#look(alone);
        await this.#judge(statement, script, { seen, code }, found);
        if (silencesNotes(sql)) await this.#session.script(NOTE_AGAIN);
      } else this.#failed(statement, { failed, code, place }, found);
      if (single) await this.#commit();
    }
    if (open) await this.#commit();
    await this.#session.reset();
    return { whole: this.#whole, ...found };
  }

  #failed(
    { traits, sql, at }: Ready,
    { failed, code, place }: { readonly failed: WindlassFailure; readonly code: boolean; readonly place: string },
    found: Found,
  ): void {
    if (traits.kind === 'structure') found.notes.push(`${place}: fails on a copy of the catalog: ${failed.message}`);
    if (traits.kind === 'structure' || (traits.kind === 'data' && !ROWS_REFUSE.test(sqlstateOf(failed) ?? '')))
      this.#whole = false;
    if (code || /^call\s/i.test(sql)) found.unseen.push(at);
  }

  /** Remembers what was found when a savepoint was made, and forgets what was found since when the file goes back to it. */
  async #undone(node: Node, saved: Saved[], found: Found): Promise<boolean> {
    const { kind, savepoint_name: name = '' } = as(node, 'TransactionStmt') ?? {};
    if (kind === 'TRANS_STMT_SAVEPOINT') saved.push({ name, lost: found.lost.length, felt: found.felt.length });
    if (kind === 'TRANS_STMT_ROLLBACK_TO') {
      const last = saved.findLastIndex((one) => one.name === name);
      const mark = saved[last];
      if (mark !== undefined) {
        found.lost.length = mark.lost;
        found.felt.length = mark.felt;
        saved.length = last + 1;
      }
      this.#observer.forget(await this.#look(true));
    }
    return kind !== undefined;
  }

  async #begin(how: readonly string[]): Promise<void> {
    await this.#session.script(how.join('; '));
    const [row] = await this.#session.query<{ scans: Record<string, string> }>(`SELECT ${RECORDER}.scans() AS scans`);
    this.#observer.begin(row?.scans ?? {});
  }

  async #look(all: boolean): Promise<Seen> {
    const [row] = await this.#session.query<{ seen: Seen }>(`SELECT ${RECORDER}.look($1, false) AS seen`, [all]);
    return row?.seen ?? { notes: [], states: [] };
  }

  /** What a COMMIT refuses are rows, of which there are none that count; what comes behind it is uncertain all the same. */
  async #commit(): Promise<void> {
    try {
      await this.#session.script('COMMIT');
    } catch (error) {
      if (!isSaid(error)) throw error;
      this.#whole = false;
      this.#observer.forget(await this.#look(true));
    }
  }

  /** What the server said against it; null when it went well. */
  async #one({ sql }: Ready, within: boolean): Promise<WindlassFailure | null> {
    try {
      await this.#session.script(within ? `SAVEPOINT ${NOTE};\n${sql}` : sql);
      return null;
    } catch (error) {
      if (!isSaid(error)) throw error;
      if (within) await this.#session.script(`ROLLBACK TO SAVEPOINT ${NOTE}`);
      return error;
    }
  }

  async #ask(question: Question, found: Found): Promise<void> {
    const { affected, holders } = question;
    if (affected === null && holders === null) return;
    const [row] = await this.#session.query<{ affected: readonly AffectedRow[]; holders: readonly HolderRow[] }>(
      `SELECT ${affected ?? `'[]'::jsonb`} AS affected, ${holders ?? `'[]'::jsonb`} AS holders`,
    );
    this.#foretold(question, row?.affected, row?.holders, found);
  }

  #foretold(
    { wanted, felt: hazards }: Question,
    affected: readonly AffectedRow[] = [],
    holders: readonly HolderRow[] = [],
    found: Found,
  ): void {
    found.lost.push(...lostIn(wanted, affected, this.#subjects));
    for (const [hazard, names] of namedIn(hazards, holders, this.#subjects)) found.named.set(hazard, names);
  }

  /** @param how.code whether it runs code that may take rows away. */
  async #judge(
    { at, sql, traits }: Ready,
    { losses }: Script,
    { seen, code }: { readonly seen: Seen; readonly code: boolean },
    found: Found,
  ): Promise<void> {
    const { notes } = seen;
    const changed = this.#observer.differences(seen);
    const done: Done = { at, sql, verb: losses.find((one) => one.at.equals(at))?.verb ?? firstWords(sql, NAMELESS) };
    found.lost.push(...gone(done, changed, this.#subjects));
    if (notes.length > 0) {
      const lost = await noted(done, notes, await parseStatement(sql), { changed, subjects: this.#subjects });
      found.lost.push(...lost, ...(await this.#cascades(lost, notes)));
    }
    const reads = changed.some(({ after }) => after.modes.includes('AccessShareLock'));
    if (code && (reads || dependsOnRows(withRoutines(sql, this.#destroying)))) found.unseen.push(at);
    if (traits.kind === 'structure') found.felt.push(...felt(done, changed, notes, this.#subjects));
  }

  /** The rows that go with others by foreign keys. */
  async #cascades(lost: readonly Lost[], notes: readonly Note[]): Promise<readonly Lost[]> {
    const deleted = notes.filter(({ op }) => op === 'DELETE').map(({ oid }) => oid);
    const rows = lost.filter(({ oid, takes }) => takes.what === 'rows' && deleted.includes(oid));
    if (rows.length === 0) return [];
    const names = await this.#session.query<{ oid: string; of: string[] }>(
      `SELECT c.oid::text AS oid, ARRAY[n.nspname, c.relname]::text[] AS of
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid::text = ANY ($1)`,
      [rows.map(({ oid }) => oid)],
    );
    const takes = { what: 'rows', by: 'delete', cascades: true } as const;
    const question = affectedQuestion(
      names.flatMap(({ oid, of }) =>
        rows
          .filter((one) => one.oid === oid)
          .map(
            ({ at, verb, some }) =>
              ({ at, verb, on: 'relation', of, takes, ...(some === undefined ? {} : { some }) }) as const,
          ),
      ),
    );
    const found = nothing();
    await this.#ask({ ...question, felt: [], holders: null }, found);
    return found.lost;
  }
}

/** What cannot do anything to a table: nobody need look. */
function isQuiet({ traits, sql }: Ready): boolean {
  return traits.kind === 'idle' || (traits.kind === 'rights' && !/^create\s/i.test(sql));
}

/** What was found when a savepoint was made. */
interface Saved {
  readonly name: string;
  readonly lost: number;
  readonly felt: number;
}

/** What is seen of one file, as it comes. */
interface Found {
  readonly lost: Lost[];
  readonly felt: Measured[];
  readonly named: Map<Script['hazards'][number], readonly string[]>;
  readonly unseen: Position[];
  readonly notes: string[];
}

function nothing(): Found {
  return { lost: [], felt: [], named: new Map(), unseen: [], notes: [] };
}

/** Data and constraints: rows that are not there may be what a statement needs. Whatever else it fails of is not known. */
const ROWS_REFUSE = /^2[23]/;

/** Whether the server answered, rather than that it could not be reached. */
export function isSaid(error: unknown): error is WindlassFailure {
  return error instanceof WindlassFailure && !/^(?:08|53|57P)/.test(sqlstateOf(error) ?? '08');
}
