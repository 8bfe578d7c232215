import { startOf, type Position } from './position.ts';
import { CopyRows, type RowsPiece } from './copy-rows.ts';
import { itemAt, type Token } from './lexer.ts';
import { StatementShape } from './statement-shape.ts';

/** A piece of a file, in the order in which it stands there. */
export type Piece =
  /** One statement without its semicolon; `copies` when rows of COPY ... FROM stdin follow. */
  | { readonly kind: 'statement'; readonly sql: string; readonly at: Position; readonly copies: boolean }
  /** Rows of the COPY before. */
  | RowsPiece
  /** What no server can be sent: a command of psql, for one. */
  | { readonly kind: 'refused'; readonly why: string; readonly at: Position };

/** A statement longer than this would have to be held in memory whole, several times over: bytes. */
const STATEMENT_LIMIT = 16 * 2 ** 20;

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
    if (this.#start !== null) yield this.#statement(this.#start, this.#text.length);
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
      if (end === this.#text.length && !final) break;
      if (token === null) this.#at = end;
      else yield* this.#take(token, end);
    }
    if (this.#start === null) this.#drop(this.#at);
    if (this.#text.length > STATEMENT_LIMIT && this.#rows === null) {
      yield this.#refused(this.#start ?? this.#at, 'a single statement of more than 16 MB; rows belong into COPY');
      this.#drop(this.#text.length);
      this.#shape = new StatementShape();
    }
  }

  *#take(token: Token, end: number): Generator<Piece> {
    if (token.kind === 'symbol' && token.text === '\\') {
      yield this.#refused(token.at, 'a command of psql (\\...), which the server does not know');
      const newline = this.#text.indexOf('\n', token.at);
      this.#at = newline < 0 ? this.#text.length : newline;
      return;
    }
    if (token.kind === 'symbol' && token.text === '\0') {
      yield this.#refused(token.at, 'a NUL character, which PostgreSQL cannot read');
    }
    this.#at = end;
    if (token.text === ';' && token.kind === 'symbol' && this.#shape.mayEnd) {
      if (this.#start !== null) yield this.#statement(this.#start, token.at);
      this.#drop(end);
      if (this.#rows !== null) yield* this.#copied(this.#rows, this.#handOver());
      return;
    }
    this.#start ??= token.at;
    this.#shape.add(token);
  }

  #statement(from: number, to: number): Piece {
    const sql = Buffer.from(this.#text.slice(from, to), 'latin1').toString('utf8');
    const at = this.#place.after(this.#text.slice(0, from));
    const copies = this.#shape.copiesStdin;
    this.#shape = new StatementShape();
    this.#start = null;
    if (copies) this.#rows = new CopyRows();
    return { kind: 'statement', sql, at, copies };
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

const MARK = Buffer.from('\uFEFF');

/** The bytes without a byte order mark, which is no part of SQL. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, MARK.length).equals(MARK) ? bytes.subarray(MARK.length) : bytes;
}
