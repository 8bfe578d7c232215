import { amountOf } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';
import { startOf, type Position } from './position.ts';
import { CopyRows, type RowsPiece } from './copy-rows.ts';
import { refusedCommand } from './psql-command.ts';
import { itemAt, type Token } from './lexer.ts';
import { StatementShape } from './statement-shape.ts';

/** A piece of a file, in the order in which it stands there. */
export type Piece =
  /** One statement without its semicolon; `copies` when rows of COPY ... FROM stdin follow. */
  | { readonly kind: 'statement'; readonly sql: string; readonly at: Position; readonly copies: boolean }
  /** Rows of the COPY before. */
  | RowsPiece
  /** A comment before the first statement, or one that may tell how the file is to run; `head` when no statement began before it. */
  | { readonly kind: 'comment'; readonly text: string; readonly at: Position; readonly head: boolean }
  /** What no server can be sent: a command of psql, for one. */
  | { readonly kind: 'refused'; readonly why: string; readonly at: Position };

/** A comment that may hold a directive, or begin a section of another tool. */
const TELLING = /windlass\s*:|\+goose|\+migrate|migrate:down/i;

/**
 * Takes a file apart as its bytes come, and holds no more of it than the statement at hand. Mindful of comments, all kinds
 * of strings, bodies in BEGIN ATOMIC ... END, and the rows of COPY ... FROM stdin up to their `\.`. Assumes
 * `standard_conforming_strings`, the default. What is not closed reaches to the end; the grammar says so better.
 */
export class Splitter {
  /** One character a byte, from the beginning of the statement at hand: all that matters here is ASCII. */
  #text = '';
  /** Up to where the text was looked at. */
  #at = 0;
  /** Where the text begins in the file. */
  #place: Position = startOf();
  #start: number | null = null;
  #shape = new StatementShape();
  #rows: CopyRows | null = null;
  /** Whether there was nothing but comments so far. */
  #isHead = true;
  /** The first bytes, until it is known whether they are a byte order mark; null from then on. */
  #head: Buffer | null = Buffer.alloc(0);

  /** The pieces that are whole with this chunk. */
  *push(chunk: Buffer): Generator<Piece> {
    let bytes = chunk;
    if (this.#head !== null) {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length < MARK.length) return;
      bytes = withoutMark(this.#head);
      this.#head = null;
    }
    if (this.#rows !== null) yield* this.#copied(this.#rows, bytes);
    else {
      this.#text += bytes.toString('latin1');
      yield* this.#scan(false);
    }
  }

  /** What is left when the file is over. */
  *end(): Generator<Piece> {
    this.#text += this.#head?.toString('latin1') ?? '';
    if (this.#rows !== null) {
      yield* this.#rows.end();
      return;
    }
    yield* this.#scan(true);
    yield* this.#last();
  }

  /** What has no semicolon behind it; COPY may be the last statement, with no rows and no mark. */
  *#last(): Generator<Piece> {
    if (this.#start !== null) yield* this.#statement(this.#start, this.#text.length);
    if (this.#rows !== null) yield { kind: 'rows-end' };
  }

  *#copied(rows: CopyRows, bytes: Buffer): Generator<Piece> {
    const { pieces, rest } = rows.push(bytes);
    yield* pieces;
    if (rest === null) return;
    this.#place = rows.place;
    this.#rows = null;
    this.#text = rest.toString('latin1');
    this.#at = 0;
    yield* this.#scan(false);
  }

  *#scan(final: boolean): Generator<Piece> {
    while (this.#rows === null && this.#at < this.#text.length) {
      const { token, end } = itemAt(this.#text, this.#at);
      // What touches the end may go on in the next chunk.
      if ((end === this.#text.length || this.#isCutCommand(token)) && !final) break;
      if (token !== null) yield* this.#take(token, end);
      else {
        yield* this.#comment(this.#at, end);
        this.#at = end;
      }
    }
    if (this.#start === null) this.#drop(this.#at);
    if (this.#text.length > LIMITS.statement.most && this.#rows === null) {
      yield this.#refused(
        this.#start ?? this.#at,
        `a single statement of more than ${amountOf(LIMITS.statement)}; rows belong into COPY`,
      );
      this.#drop(this.#text.length);
      this.#shape = new StatementShape();
    }
  }

  /** Whether a command of psql begins whose line has not come to its end yet. */
  #isCutCommand(token: Token | null): boolean {
    return token !== null && isBackslash(token) && this.#text.indexOf('\n', token.at) < 0;
  }

  *#comment(from: number, to: number): Generator<Piece> {
    if (!this.#text.startsWith('--', from) && !this.#text.startsWith('/*', from)) return;
    const text = this.#text.slice(from, to);
    if (!this.#isHead && !TELLING.test(text)) return;
    const at = this.#place.after(this.#text.slice(0, from));
    yield { kind: 'comment', text: Buffer.from(text, 'latin1').toString('utf8'), at, head: this.#isHead };
  }

  *#take(token: Token, end: number): Generator<Piece> {
    if (isBackslash(token)) {
      yield* this.#command(token.at);
      return;
    }
    this.#at = end;
    this.#isHead = false;
    if (token.text === ';' && token.kind === 'symbol' && this.#shape.mayEnd) {
      if (this.#start !== null) yield* this.#statement(this.#start, token.at);
      this.#drop(end);
      if (this.#rows !== null) yield* this.#copied(this.#rows, this.#handOver());
      return;
    }
    this.#start ??= token.at;
    this.#shape.add(token);
  }

  /** A command of psql reaches to the end of its line. */
  *#command(from: number): Generator<Piece> {
    const newline = this.#text.indexOf('\n', from);
    const to = newline < 0 ? this.#text.length : newline;
    const why = refusedCommand(this.#text.slice(from, to));
    if (why !== null) yield this.#refused(from, why);
    this.#at = to;
  }

  *#statement(from: number, to: number): Generator<Piece> {
    const nul = this.#text.indexOf('\0', from);
    if (nul >= 0 && nul < to) yield this.#refused(nul, 'a NUL character, which PostgreSQL cannot read');
    const sql = Buffer.from(this.#text.slice(from, to), 'latin1').toString('utf8');
    const at = this.#place.after(this.#text.slice(0, from));
    const copies = this.#shape.copiesStdin;
    this.#shape = new StatementShape();
    this.#start = null;
    if (copies) this.#rows = new CopyRows();
    yield { kind: 'statement', sql, at, copies };
  }

  #refused(at: number, why: string): Piece {
    return { kind: 'refused', why, at: this.#place.after(this.#text.slice(0, at)) };
  }

  /** Lets go of the text up to `end`. */
  #drop(end: number): void {
    this.#place = this.#place.after(this.#text.slice(0, end));
    this.#text = this.#text.slice(end);
    this.#at = 0;
    this.#start = null;
  }

  /** The text behind COPY as bytes, for the rows. */
  #handOver(): Buffer {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#rows?.beginAt(this.#place);
    this.#text = '';
    return bytes;
  }
}

function isBackslash({ kind, text }: Token): boolean {
  return kind === 'symbol' && text === '\\';
}

const MARK = Buffer.from('\uFEFF');

/** The bytes without a byte order mark, which is no part of SQL. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, MARK.length).equals(MARK) ? bytes.subarray(MARK.length) : bytes;
}
