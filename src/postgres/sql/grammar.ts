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

type Parser = (sql: string) => Promise<{ readonly stmts?: readonly { readonly stmt?: Node }[] }>;

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
  const parse = await parser;
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

/**
 * Optimising the grammar's one huge function takes V8 more than 500 MB, in the background and seconds after the first
 * statement, and makes no statement faster. The flags hold for the whole process from then on: given back, they would take
 * effect on this module, too. The other WebAssembly here is the HTTP parser of undici, which hardly feels it.
 */
async function loadParser(): Promise<Parser> {
  for (const flag of ['wasm-tier-up', 'wasm-dynamic-tiering']) setFlagsFromString(`--no-${flag}`);
  const { parse } = await import('libpg-query');
  return parse;
}
