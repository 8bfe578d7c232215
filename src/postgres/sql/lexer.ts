/** A token of SQL. Comments and white space are none. */
export interface Token {
  /** `word` is unquoted (keyword or identifier), `name` is in double quotes, `string` any literal text. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'symbol';
  /** A word in upper case; a name without its quotes; anything else as written, a string without its content. */
  readonly text: string;
  /** Where it begins: index into the text. */
  readonly at: number;
}

const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** The beginning of a dollar quote that the text breaks off in. */
const DOLLAR_CUT = /\$[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*$/y;
const SPACE = /\s+/y;
/** `E'...'`, `B'...'`, `X'...'`, `N'...'`, `U&'...'`: only the first knows backslashes. */
const STRING_START = /(?:[eEbBxXnN]|[uU]&)?'/y;
const NAME_START = /(?:[uU]&)?"/y;

/**
 * What begins at `at`: a token, or null for white space and comments, and where it ends. What is not closed reaches to
 * the end. Mindful of nested comments, all kinds of strings, quoted names and dollar quotes.
 */
export function itemAt(sql: string, at: number): { readonly token: Token | null; readonly end: number } {
  const next = skipped(sql, at);
  return next > at ? { token: null, end: next } : tokenAt(sql, at);
}

/** The end of white space or of a comment at `at`; `at` when there is none. */
function skipped(sql: string, at: number): number {
  const first = sql.charCodeAt(at);
  if (first === DASH) return sql.charCodeAt(at + 1) === DASH ? endOf(sql, '\n', at) : at;
  if (first === SLASH) return sql.charCodeAt(at + 1) === STAR ? endOfComment(sql, at) : at;
  return at + (isWordStart(first) ? 0 : (match(SPACE, sql, at)?.length ?? 0));
}

function tokenAt(sql: string, at: number): { readonly token: Token; readonly end: number } {
  const first = sql.charCodeAt(at);
  // Most tokens are words, and only few letters may begin something else; so few patterns are tried.
  if (isWordStart(first) ? PREFIXES.includes(sql.charAt(at)) : first === QUOTE || first === DOUBLE_QUOTE) {
    const string = match(STRING_START, sql, at);
    if (string !== null) {
      const end = endOfQuoted(sql, at + string.length, "'", /^e/i.test(string));
      return { token: { kind: 'string', text: "''", at }, end };
    }
    const name = match(NAME_START, sql, at);
    if (name !== null) {
      const end = endOfQuoted(sql, at + name.length, '"', false);
      return { token: { kind: 'name', text: sql.slice(at + name.length, end - 1).replaceAll('""', '"'), at }, end };
    }
  }
  if (first === DOLLAR_SIGN) {
    const dollar = match(DOLLAR, sql, at);
    if (dollar !== null)
      return { token: { kind: 'string', text: '$$', at }, end: endOf(sql, dollar, at + dollar.length) };
    if (match(DOLLAR_CUT, sql, at) !== null) return { token: { kind: 'symbol', text: '$', at }, end: sql.length };
  }
  if (isWordStart(first)) {
    const word = match(WORD, sql, at) ?? '';
    return { token: { kind: 'word', text: word.toUpperCase(), at }, end: at + word.length };
  }
  const number = isDigit(first) ? match(NUMBER, sql, at) : null;
  if (number !== null) return { token: { kind: 'number', text: number, at }, end: at + number.length };
  return { token: { kind: 'symbol', text: sql.charAt(at), at }, end: at + 1 };
}

const [DASH, SLASH, STAR, QUOTE, DOUBLE_QUOTE, DOLLAR_SIGN] = [0x2d, 0x2f, 0x2a, 0x27, 0x22, 0x24];
/** Letters that a string or a quoted name may begin with. */
const PREFIXES = 'eEbBxXnNuU';

/** Whether the first character of `WORD` may be this one. */
function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code >= 0x80;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function match(pattern: RegExp, sql: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0] ?? null;
}

function endOf(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found < 0 ? sql.length : found + mark.length;
}

function endOfComment(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  for (let depth = 0, found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

/** The end of text in quotes: a doubled quote stands for itself, and after a backslash anything does. */
function endOfQuoted(sql: string, from: number, quote: string, backslashes: boolean): number {
  for (let at = from; at < sql.length; at += 1) {
    const character = sql.charAt(at);
    if (backslashes && character === '\\') at += 1;
    else if (character === quote) {
      if (sql.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
}
