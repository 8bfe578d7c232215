import { isUtf8 } from 'node:buffer';

/** A place in a text: line and column from 1, in characters as people see them in an editor. */
interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Bytes that are no text, and where the first of them stands. */
export interface NotText {
  readonly why: string;
  readonly at: TextPlace;
}

const NEWLINE = 0x0a;

/** Tells whether bytes that come in chunks are UTF-8 as RFC 3629 has it. Stops at the first that are not. */
export class TextCheck {
  #line = 1;
  /** The line at hand, up to where it was looked at. */
  #before: Buffer = Buffer.alloc(0);
  /** A character whose end has not come yet. */
  #cut: Buffer = Buffer.alloc(0);
  #first = true;
  #over = false;

  /** What is wrong with the bytes so far; null while nothing is, and after it was told. */
  push(chunk: Buffer): NotText | null {
    if (this.#over || chunk.length === 0) return null;
    const bytes = this.#cut.length === 0 ? chunk : Buffer.concat([this.#cut, chunk]);
    const wide = this.#first ? utf16(bytes) : null;
    this.#first = false;
    if (wide !== null) return this.#stop(bytes.subarray(0, 0), wide);
    const whole = bytes.subarray(0, bytes.length - cutAtEnd(bytes));
    if (!isUtf8(whole)) {
      const bad = firstBad(whole);
      return this.#stop(whole.subarray(0, bad), notUtf8(whole[bad] ?? 0));
    }
    this.#cut = bytes.subarray(whole.length);
    this.#pass(whole);
    return null;
  }

  /** What is wrong with the end. */
  end(): NotText | null {
    const [byte] = this.#cut;
    return this.#over || byte === undefined ? null : this.#stop(this.#cut.subarray(0, 0), notUtf8(byte));
  }

  #stop(good: Buffer, why: string): NotText {
    this.#pass(good);
    this.#over = true;
    const column = withoutMark(this.#before.toString('utf8'), this.#line);
    return { why, at: { line: this.#line, column: Array.from(column).length + 1 } };
  }

  #pass(bytes: Buffer): void {
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
      this.#line += 1;
      from = at + 1;
    }
    const rest = bytes.subarray(from);
    this.#before = from > 0 ? Buffer.from(rest) : Buffer.concat([this.#before, rest]);
  }
}

/** What is wrong with a whole file; null when it is text. */
export function notText(bytes: Buffer): NotText | null {
  const check = new TextCheck();
  return check.push(bytes) ?? check.end();
}

/** A byte order mark has no column. */
function withoutMark(line: string, number: number): string {
  return number === 1 ? line.replace(/^\uFEFF/, '') : line;
}

function notUtf8(byte: number): string {
  return `is not UTF-8 text: byte 0x${byte.toString(16).padStart(2, '0')} stands here; save the file as UTF-8`;
}

function utf16([a, b]: Buffer): string | null {
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)
    ? 'is not UTF-8 text but UTF-16, as its byte order mark says; save the file as UTF-8'
    : null;
}

/** How many bytes at the end are the beginning of a character that goes on behind them. */
function cutAtEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return byte <= 0xf4 && length > back ? back : 0;
  }
  return 0;
}

/** The first byte that begins no whole character: halving finds the longest beginning that is text. */
function firstBad(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const head = bytes.subarray(0, middle);
    if (isUtf8(head.subarray(0, head.length - cutAtEnd(head)))) good = middle;
    else bad = middle;
  }
  const head = bytes.subarray(0, good);
  return good - cutAtEnd(head);
}
