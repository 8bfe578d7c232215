import type { AffectedRow } from '../lint/affected.ts';
import type { HolderRow } from '../lint/holders.ts';
import type { Seen } from './observe.ts';
import { NOTE } from './recorder.ts';

type Answer = 'scans' | 'affected' | 'holders' | 'look' | 'done';

/** SQL that answers in a row which no file writes; told apart by file, kind and number of the statement. */
export function answer(file: number, what: Answer, of: number, sql: string): string {
  return `SELECT ${sql} AS ${NOTE}, ${file} AS ${NOTE}_file, '${what}'::text AS ${NOTE}_what, ${of} AS ${NOTE}_of`;
}

export interface AnswersOfFile {
  scans?: Readonly<Record<string, string>>;
  readonly affected: Map<number, readonly AffectedRow[]>;
  readonly holders: Map<number, readonly HolderRow[]>;
  readonly look: Map<number, Seen>;
}

/** What came back of the files of one message. */
export class Answers {
  readonly #of = new Map<number, AnswersOfFile>();
  /** How many of them are committed. */
  done = 0;

  readonly row = (row: Readonly<Record<string, unknown>>): void => {
    const value = row[NOTE];
    if (value === undefined) return;
    const [file, what, of] = [row[`${NOTE}_file`], row[`${NOTE}_what`], row[`${NOTE}_of`]] as [number, Answer, number];
    const answers = this.of(file);
    if (what === 'done') this.done = file + 1;
    else if (what === 'scans') answers.scans = value as Readonly<Record<string, string>>;
    else if (what === 'look') answers.look.set(of, value as Seen);
    else if (what === 'affected') answers.affected.set(of, value as readonly AffectedRow[]);
    else answers.holders.set(of, value as readonly HolderRow[]);
  };

  of(file: number): AnswersOfFile {
    const known = this.#of.get(file);
    if (known !== undefined) return known;
    const fresh: AnswersOfFile = { affected: new Map(), holders: new Map(), look: new Map() };
    this.#of.set(file, fresh);
    return fresh;
  }
}
