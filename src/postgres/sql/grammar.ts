import { setFlagsFromString } from 'node:v8';
import type { Node } from '@pgsql/types';

export type { Node } from '@pgsql/types';

/** Why PostgreSQL's grammar refuses a statement, and at which of its characters, from 0. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';
  readonly character: number;

  constructor(message: string, character: number) {
    super(message);
    this.character = character;
  }
}

interface Parser {
  readonly parse: (sql: string) => Promise<{ readonly stmts?: readonly { readonly stmt?: Node }[] }>;
  readonly scan: (sql: string) => Promise<{ readonly tokens: readonly ScanToken[] }>;
}
type ScanToken = Readonly<{ start: number; end: number; text: string; tokenName: string; keywordName: string }>;

/** A token as PostgreSQL's own lexer cuts it. */
export interface SqlToken {
  /** Bytes of the statement in UTF-8. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** In capitals; empty when it is no keyword. */
  readonly keyword: string;
}

/** Loaded when it is first needed: 2 MB of WebAssembly that a run with nothing to do can spare. */
let parser: Promise<Parser> | undefined;

/**
 * One statement as PostgreSQL itself reads it: the server's own grammar (libpg_query). It is that of PostgreSQL 18; what a
 * server of an older version does not know, that server refuses. Null for nothing but comments.
 *
 * @throws SyntaxProblem
 */
export async function parseStatement(sql: string): Promise<Node | null> {
  parser ??= loadParser();
  const { parse } = await parser;
  let stmts: readonly { readonly stmt?: Node }[];
  try {
    ({ stmts = [] } = await parse(sql));
  } catch (error) {
    const { message, sqlDetails } = error as Error & { readonly sqlDetails?: { readonly cursorPosition: number } };
    throw new SyntaxProblem(message, sqlDetails?.cursorPosition ?? 0);
  }
  if (stmts.length > 1) throw new SyntaxProblem('two statements where one was expected', 0);
  return stmts[0]?.stmt ?? null;
}

/** The tokens of a statement that `parseStatement` has taken, comments left out; throws for no such statement. */
export async function tokensOf(sql: string): Promise<readonly SqlToken[]> {
  parser ??= loadParser();
  const { scan } = await parser;
  const { tokens } = await scan(sql);
  return tokens
    .filter(({ tokenName }) => tokenName !== 'SQL_COMMENT' && tokenName !== 'C_COMMENT')
    .map(({ start, end, text, keywordName }) => ({
      start,
      end,
      text,
      keyword: keywordName === 'NO_KEYWORD' ? '' : text.toUpperCase(),
    }));
}

/**
 * Optimising the grammar's one huge function takes V8 more than 500 MB, in the background and seconds after the first
 * statement, and makes no statement faster. The flags hold for the whole process from then on: given back, they would take
 * effect on this module, too. The other WebAssembly here is the HTTP parser of undici, which hardly feels it.
 */
async function loadParser(): Promise<Parser> {
  for (const flag of ['wasm-tier-up', 'wasm-dynamic-tiering']) setFlagsFromString(`--no-${flag}`);
  const { parse, scan } = await import('libpg-query');
  return { parse, scan };
}
