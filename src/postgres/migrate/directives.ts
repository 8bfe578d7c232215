import { DURATION_PATTERN, durationMs } from '../../domain/duration.ts';
import type { Position } from '../sql/position.ts';
import type { Piece } from '../sql/splitter.ts';
import { CODES, isWarningCode, type WarningCode } from './lint/codes.ts';

/** What a file says of itself in comments before its first statement: `-- windlass: NAME VALUE`. */
export interface Directives {
  /** Why the file only stands in for the real one; null when it is the real one. */
  readonly standIn: string | null;
  /** Whether it runs statement by statement, journalled, because it holds what cannot run in a transaction. */
  readonly noTransaction: boolean;
  /** Whether CALL and DO with transactions of their own may run once more after they were cut off. */
  readonly runAgain: boolean;
  readonly lockTimeoutMs: number | null;
  readonly statementTimeoutMs: number | null;
}

const NONE: Directives = {
  standIn: null,
  noTransaction: false,
  runAgain: false,
  lockTimeoutMs: null,
  statementTimeoutMs: null,
};

const NAMES = ['stand-in', 'no-transaction', 'run-again', 'lock-timeout', 'statement-timeout'];
/** Of the statement that follows, wherever that stands. */
export interface Silence {
  /** Line of the comment. */
  readonly line: number;
  readonly codes: readonly WarningCode[];
}

const SILENCE = 'silence';
const LINE = /^-{2,}\s*windlass\s*:\s*(\S*)[ \t]*(.*)$/i;
/** The same within a block comment, where nobody would tell it from prose. */
const IN_BLOCK = /^[\s*/-]*windlass\s*:\s*(\S+)/i;

/** How other tools are told that a file is to run without a transaction: goose, dbmate, sql-migrate, morph, sqlx, atlas, tern. */
const OF_OTHERS = [
  /^--\s*\+goose\s+NO\s+TRANSACTION\b/i,
  /^--\s*migrate:up\b.*\btransaction:\s*false\b/i,
  /^--\s*\+migrate\s+Up\b.*\bnotransaction\b/i,
  /^--\s*morph:\s*nontransactional\b/i,
  /^--\s*no-transaction\s*$/i,
  /^--\s*atlas:txmode\s+none\b/i,
  /^-{4}\s*tern:\s*disable-tx\b/i,
];

/** Takes the comments of a file as they come. */
export class DirectiveReader {
  readonly directives: { -readonly [K in keyof Directives]: Directives[K] } = { ...NONE };
  readonly problems: { readonly at: Position; readonly why: string }[] = [];
  readonly silences: Silence[] = [];
  readonly #ofOthers: boolean;

  /** @param ofOthers whether what other tools are told in comments counts, too. */
  constructor(ofOthers: boolean) {
    this.#ofOthers = ofOthers;
  }

  take({ text, at, head }: Extract<Piece, { kind: 'comment' }>): void {
    const wrong = (why: string): void => void this.problems.push({ at, why });
    if (text.startsWith('/*')) {
      const named = text.split('\n').flatMap((line) => IN_BLOCK.exec(line)?.[1] ?? []);
      const name = named.find((one) => NAMES.includes(one));
      if (head && name !== undefined)
        wrong(`directive "${name}" stands in a block comment: give it a line of its own that begins with \`--\``);
      return;
    }
    const line = text.trim();
    if (head && this.#ofOthers && OF_OTHERS.some((mark) => mark.test(line))) this.directives.noTransaction = true;
    const [, name, value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return;
    if (name.toLowerCase() === SILENCE) this.#silence(at, value, wrong);
    else if (head) this.#set(name, value, wrong);
    else if (NAMES.includes(name)) wrong(`directive "${name}" comes too late: put it before the first statement`);
  }

  #set(name: string, value: string, wrong: (why: string) => void): void {
    const { directives } = this;
    if (name === 'stand-in') directives.standIn = value.trim();
    else if (name === 'no-transaction' && value === '') directives.noTransaction = true;
    else if (name === 'run-again' && value === '') directives.runAgain = true;
    else if (name === 'lock-timeout' || name === 'statement-timeout') {
      if (!DURATION_PATTERN.test(value)) wrong(`${name} needs a duration such as 5s, not "${value}"`);
      else if (name === 'lock-timeout') directives.lockTimeoutMs = durationMs(value);
      else directives.statementTimeoutMs = durationMs(value);
    } else wrong(`unknown directive "${name}"; there are ${[...NAMES, SILENCE].join(', ')}`);
  }
  #silence({ line }: Position, value: string, wrong: (why: string) => void): void {
    const named = value.split(/[\s,]+/).filter((code) => code !== '');
    const codes = named.filter(isWarningCode);
    const known = Object.keys(CODES).join(', ');
    if (named.length === 0) wrong(`silence needs the code of a warning; there are ${known}`);
    else if (codes.length < named.length)
      wrong(`there is no warning ${named.filter((code) => !isWarningCode(code)).join(', ')}; there are ${known}`);
    this.silences.push({ line, codes });
  }
}
