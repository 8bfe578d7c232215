import { startOf, type Position } from './position.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const MARK = Buffer.from('\\.');

/** What `CopyRows` finds, in the order in which it stands in the file. */
export type RowsPiece =
  /** Rows as they stand in the file; they may come in many pieces. */
  { readonly kind: 'rows'; readonly bytes: Buffer } | { readonly kind: 'rows-end' };

/** The rows of one COPY ... FROM stdin: from the line after it up to a line that is `\.` alone. */
export class CopyRows {
  /** Where what was passed ends; that of what follows the rows once they are over. */
  place: Position = startOf();
  #begun = false;
  /** The beginning of a line whose end has not come yet. */
  #held: Buffer = Buffer.alloc(0);

  beginAt(place: Position): void {
    this.place = place;
  }

  /** The rows in the next bytes; `rest` is what comes behind the mark, null while the rows go on. */
  push(chunk: Buffer): { readonly pieces: readonly RowsPiece[]; readonly rest: Buffer | null } {
    if (this.#held.length === 0) return this.#rows(chunk);
    // Only the line that was broken off is put together: a copy of every chunk would be garbage by the gigabyte.
    const line = chunk.indexOf(NEWLINE) + 1;
    const whole = Buffer.concat([this.#held, line === 0 ? chunk : chunk.subarray(0, line)]);
    this.#held = Buffer.alloc(0);
    const first = this.#rows(whole);
    if (line === 0) return first;
    const others = chunk.subarray(line);
    if (first.rest !== null) return { pieces: first.pieces, rest: others };
    const then = this.#rows(others);
    return { pieces: [...first.pieces, ...then.pieces], rest: then.rest };
  }

  #rows(chunk: Buffer): { readonly pieces: readonly RowsPiece[]; readonly rest: Buffer | null } {
    let bytes = chunk;
    if (!this.#begun) {
      const newline = bytes.indexOf(NEWLINE);
      if (newline < 0) {
        this.#held = bytes;
        return { pieces: [], rest: null };
      }
      this.#begun = true;
      this.#pass(bytes.subarray(0, newline + 1));
      bytes = bytes.subarray(newline + 1);
    }
    const mark = findMark(bytes);
    const whole = mark === null ? bytes.lastIndexOf(NEWLINE) + 1 : mark.start;
    this.#pass(bytes.subarray(0, mark?.end ?? whole));
    const pieces: RowsPiece[] = whole > 0 ? [{ kind: 'rows', bytes: bytes.subarray(0, whole) }] : [];
    if (mark !== null) return { pieces: [...pieces, { kind: 'rows-end' }], rest: bytes.subarray(mark.end) };
    this.#held = bytes.subarray(whole);
    return { pieces, rest: null };
  }

  /** The file is over: a last line without its newline is a row, unless it is the mark. */
  *end(): Generator<RowsPiece> {
    const last = this.#begun ? this.#held.toString('latin1').replace(/\r$/, '') : '';
    if (last !== '' && last !== MARK.toString()) yield { kind: 'rows', bytes: this.#held };
    yield { kind: 'rows-end' };
  }

  #pass(bytes: Buffer): void {
    this.place = this.place.afterLines(bytes);
  }
}

/** The line `\.` with its newline; null when it is not in these bytes. */
function findMark(bytes: Buffer): { readonly start: number; readonly end: number } | null {
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    if (at > 0 && bytes[at - 1] !== NEWLINE) continue;
    const newline = bytes[at + 2] === RETURN ? at + 3 : at + 2;
    if (bytes[newline] === NEWLINE) return { start: at, end: newline + 1 };
  }
  return null;
}
