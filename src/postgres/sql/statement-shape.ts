import type { Token } from './lexer.ts';

const ROUTINES = ['FUNCTION', 'PROCEDURE'];

/** What must be known of a statement, token by token, to find its end and what follows it. */
export class StatementShape {
  #words: string[] = [];
  #last: string | null = null;
  #parentheses = 0;
  #blocks = 0;
  #copy = false;
  #copiesStdin = false;

  /** A semicolon within parentheses (CREATE RULE) or within BEGIN ATOMIC ... END ends nothing. */
  get mayEnd(): boolean {
    return this.#parentheses <= 0 && this.#blocks === 0;
  }

  /** Whether it is COPY ... FROM stdin, so that rows follow. */
  get copiesStdin(): boolean {
    return this.#copiesStdin;
  }

  add({ kind, text }: Token): void {
    if (kind === 'symbol' && text === '(') this.#parentheses += 1;
    if (kind === 'symbol' && text === ')') this.#parentheses -= 1;
    if (kind === 'word') this.#word(text);
    this.#last = kind === 'word' ? text : null;
  }

  #word(word: string): void {
    if (this.#words.length < 4) this.#words.push(word);
    if (this.#words.length === 1 && this.#last === null) this.#copy = word === 'COPY';
    if (word === 'ATOMIC' && this.#last === 'BEGIN' && this.#isRoutine()) this.#blocks += 1;
    else if (word === 'CASE' && this.#blocks > 0) this.#blocks += 1;
    else if (word === 'END' && this.#blocks > 0) this.#blocks -= 1;
    if (this.#copy && this.#parentheses <= 0 && this.#last === 'FROM' && word === 'STDIN') this.#copiesStdin = true;
  }

  #isRoutine(): boolean {
    const [create, ...more] = this.#words;
    const kind = more[0] === 'OR' && more[1] === 'REPLACE' ? more[2] : more[0];
    return create === 'CREATE' && ROUTINES.includes(kind ?? '');
  }
}
