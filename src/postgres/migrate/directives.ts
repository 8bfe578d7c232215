import { DURATION_PATTERN, durationMs } from '../../domain/duration.ts';
import { Position } from '../sql/position.ts';

/** What a file says of itself in comments before its first statement: `-- windlass: NAME VALUE`. */
export interface Directives {
  /** Why the file only stands in for the real one; null when it is the real one. */
  readonly standIn: string | null;
  /** Whether it runs statement by statement, journalled, because it holds what cannot run in a transaction. */
  readonly noTransaction: boolean;
  readonly lockTimeoutMs: number | null;
  readonly statementTimeoutMs: number | null;
}

const NO_DIRECTIVES: Directives = {
  standIn: null,
  noTransaction: false,
  lockTimeoutMs: null,
  statementTimeoutMs: null,
};

/** How much of a file is looked at for directives, in bytes. */
export const HEAD_BYTES = 64 * 1024;

const LINE = /^--\s*windlass:\s*(\S+)[ \t]*(.*)$/;

/** Reads the comments at the beginning of a file; what is wrong with them comes as `path:line:column: why`. */
export function directivesOf(head: string, path: string): { directives: Directives; problems: readonly string[] } {
  const directives: { -readonly [K in keyof Directives]: Directives[K] } = { ...NO_DIRECTIVES };
  const problems: string[] = [];
  for (const [index, text] of head
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = text.trim();
    if (line !== '' && !line.startsWith('--')) break;
    const [, name, value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const at = new Position(index + 1, 1).in(path);
    if (name === 'stand-in') directives.standIn = value.trim();
    else if (name === 'silence')
      continue; // For the statement that follows: see lint/silence.ts.
    else if (name === 'no-transaction' && value === '') directives.noTransaction = true;
    else if (name === 'lock-timeout' || name === 'statement-timeout') {
      if (!DURATION_PATTERN.test(value)) problems.push(`${at}: ${name} needs a duration such as 5s, not "${value}"`);
      else if (name === 'lock-timeout') directives.lockTimeoutMs = durationMs(value);
      else directives.statementTimeoutMs = durationMs(value);
    } else {
      problems.push(
        `${at}: unknown directive "${name}"; there are stand-in, no-transaction, lock-timeout, statement-timeout, silence`,
      );
    }
  }
  return { directives, problems };
}
