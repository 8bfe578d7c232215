/** A place in a file. */
export class Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters as people see them in an editor. */
  readonly column: number;

  constructor(line: number, column: number) {
    this.line = line;
    this.column = column;
  }

  isBefore(other: Position): boolean {
    return this.line < other.line || (this.line === other.line && this.column < other.column);
  }

  equals(other: Position): boolean {
    return this.line === other.line && this.column === other.column;
  }

  /** The place behind this one after a text in which each character stands for one byte of UTF-8. */
  after(bytes: string): Position {
    let line = this.line;
    let from = -1;
    for (let at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n', at + 1)) {
      line += 1;
      from = at;
    }
    let column = from < 0 ? this.column : 1;
    for (let at = from + 1; at < bytes.length; at += 1) {
      if ((bytes.charCodeAt(at) & 0xc0) !== 0x80) column += 1;
    }
    return new Position(line, column);
  }

  /** The place behind this one after whole lines. */
  afterLines(bytes: Buffer): Position {
    let line = this.line;
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) line += 1;
    return new Position(line, 1);
  }

  /** The place of a character of a statement that begins here, counted from 0 as the server and the grammar count. */
  within(sql: string, character: number): Position {
    const before = Array.from(sql.slice(0, 2 * character)).slice(0, character);
    const newline = before.lastIndexOf('\n');
    if (newline < 0) return new Position(this.line, this.column + before.length);
    return new Position(this.line + before.filter((one) => one === '\n').length, before.length - newline);
  }

  /** `path:line:column`, as compilers write it. */
  in(path: string): string {
    return `${path}:${this.line}:${this.column}`;
  }
}

/** The first place of any file. */
export function startOf(): Position {
  return new Position(1, 1);
}
