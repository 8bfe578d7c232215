/** The part of a file that makes a change, or that which takes it back. */
export type Way = 'up' | 'down';

/**
 * Lines between which tools keep both in one file: goose, sql-migrate, micrate, dbmate, node-pg-migrate, tern. Words may stand
 * behind those that no prose begins with, as options do.
 */
const MARKS: readonly { readonly way: Way; readonly line: RegExp }[] = [
  { way: 'up', line: /^--\s*(?:\+(?:goose|migrate|micrate)\s+up|migrate:up)(?:\s|$)/i },
  { way: 'down', line: /^--\s*(?:\+(?:goose|migrate|micrate)\s+down|migrate:down)(?:\s|$)/i },
  { way: 'up', line: /^--[\s-]*up\s+migration[\s:=*.-]*$/i },
  { way: 'down', line: /^--[\s-]*down\s+migration[\s:=*.-]*$/i },
  { way: 'down', line: /^----\s*create above\s*\/\s*drop below\s*----/i },
];
/** node-pg-migrate's marks, behind which it takes any words; behind its first mark the second one is no prose. */
const NODE_UP = /^--[\s-]*up\s+migration\b/i;
const NODE_DOWN = /^--[\s-]*down\s+migration\b/i;
const LINE = /^--[^\n]*/gm;

/** Whether a comment begins the section that takes back what came before it. */
export function beginsWayBack(comment: string): boolean {
  return wayOf(comment.trim()) === 'down';
}

function wayOf(line: string): Way | null {
  return MARKS.find((mark) => mark.line.test(line))?.way ?? null;
}

/** Passes on one section of a file as it comes; of the others only the line ends, so that places stay what they are. */
export class Section {
  readonly #way: Way;
  #now: Way = 'up';
  /** Whether node-pg-migrate's mark of the way up was met. */
  #ofNode = false;
  /** The beginning of a line of comment whose end has not come yet. */
  #held: Buffer = Buffer.alloc(0);
  #atStart = true;
  /** Whether there is a section that takes the file back; known at its end. */
  hasDown = false;

  constructor(way: Way) {
    this.#way = way;
  }

  push(chunk: Buffer, last = false): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const lineStart = bytes.lastIndexOf('\n') + 1;
    const open = bytes.subarray(lineStart);
    const isCut =
      !last &&
      (lineStart > 0 || this.#atStart) &&
      open.length < MARK_LENGTH &&
      open.subarray(0, 2).equals(DASHES.subarray(0, open.length));
    const whole = isCut ? bytes.subarray(0, lineStart) : bytes;
    this.#held = isCut ? Buffer.from(open) : Buffer.alloc(0);
    const passed = this.#sections(whole);
    if (whole.length > 0) this.#atStart = whole.at(-1) === NEWLINE;
    return passed;
  }

  #sections(bytes: Buffer): Buffer {
    const text = bytes.toString('latin1');
    const out: Buffer[] = [];
    let from = 0;
    for (const { index, 0: line } of text.matchAll(LINE)) {
      const way = index === 0 && !this.#atStart ? null : this.#wayOf(line);
      if (way === null) continue;
      out.push(this.#kept(bytes.subarray(from, index)));
      this.#now = way;
      this.hasDown ||= way === 'down';
      from = index;
    }
    out.push(this.#kept(bytes.subarray(from)));
    return out.length === 1 ? (out[0] ?? bytes) : Buffer.concat(out);
  }

  #wayOf(line: string): Way | null {
    const way = wayOf(line) ?? (this.#ofNode && NODE_DOWN.test(line) ? 'down' : null);
    this.#ofNode ||= way === 'up' && NODE_UP.test(line);
    return way;
  }

  #kept(bytes: Buffer): Buffer {
    if (this.#now === this.#way) return bytes;
    return Buffer.from(bytes.toString('latin1').replace(/[^\n]+/g, ''), 'latin1');
  }
}

const NEWLINE = 0x0a;
const DASHES = Buffer.from('--');
/** Longer lines are no marks: bytes. */
const MARK_LENGTH = 256;
