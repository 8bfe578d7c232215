import type { Node, RangeVar } from 'libpg-query';
import { as, nameOf, within } from '../../sql/tree.ts';
import { CARRIERS, codeOf } from './code.ts';

/** Something that a statement does to more than tables, so that neither a count of rows nor a copy of the catalog tells what it takes. */
export interface Beyond {
  /** What does it, as in `COPY ... PROGRAM`. */
  readonly by: string;
  /** What is done, in words that follow `by`. */
  readonly does: string;
}

const PROGRAM: Beyond = { by: 'COPY ... PROGRAM', does: 'runs a program of the server' };
const FILE: Beyond = { by: 'COPY ... TO', does: 'overwrites a file of the server' };
const CATALOG: Beyond = { by: 'a write to the catalog', does: 'changes what PostgreSQL knows of its objects' };

/** Functions that do, by their names without schema. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  lo_unlink: 'takes large objects away',
  lo_export: 'overwrites a file of the server',
  dblink_exec: 'runs SQL of its own on a server',
  pg_file_write: 'overwrites a file of the server',
  pg_file_unlink: 'deletes a file of the server',
  pg_file_rename: 'renames a file of the server',
};

/** Words of code that are one of these; what stands in a text that is put together opens a gate by itself. */
const WORDS: readonly (readonly [RegExp, Beyond])[] = [
  [/\bcopy\b[^;]*?\b(?:from|to)\s+program\b/i, PROGRAM],
  [/\bcopy\b[^;]*?\bto\s+'/i, FILE],
  [
    /\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s+(?:only\s+)?(?:"?pg_catalog"?\s*\.|pg_(?!temp\b)\w+)/i,
    CATALOG,
  ],
];

/**
 * What one statement does beyond tables, as its text says: programs and files of the server, and writes to PostgreSQL's own
 * catalog, which superusers may do (https://www.postgresql.org/docs/current/sql-copy.html, .../catalogs-overview.html).
 *
 * @param sql the statement, for the code of routines that it makes.
 */
export function beyond(statement: Node, sql: string): readonly Beyond[] {
  const code = codeOf(statement) ?? ('CreateFunctionStmt' in statement ? sql : null);
  if (code !== null)
    return [
      ...WORDS.filter(([words]) => words.test(code)).map(([, what]) => what),
      ...called([...code.matchAll(/\b(\w+)"?\s*\(/g)].map(([, name = '']) => name.toLowerCase())),
    ];
  if (!CARRIERS.some((kind) => kind in statement)) return [];
  const copy = as(statement, 'CopyStmt');
  const copies = copy?.is_program === true ? [PROGRAM] : copy?.is_from !== true && copy?.filename ? [FILE] : [];
  const written = [
    ...within(statement, 'InsertStmt'),
    ...within(statement, 'UpdateStmt'),
    ...within(statement, 'DeleteStmt'),
    ...within(statement, 'MergeStmt'),
  ];
  const functions = within(statement, 'FuncCall').flatMap(({ funcname }) => nameOf(funcname).at(-1) ?? []);
  return [...copies, ...called(functions), ...(written.some(({ relation }) => isCatalog(relation)) ? [CATALOG] : [])];
}

function called(names: readonly string[]): readonly Beyond[] {
  const known = new Set(names.filter((name) => Object.hasOwn(FUNCTIONS, name)));
  return [...known].map((name) => ({ by: `${name}()`, does: FUNCTIONS[name] ?? '' }));
}

function isCatalog(relation: RangeVar | undefined): boolean {
  const { schemaname, relname = '' } = relation ?? {};
  return schemaname === 'pg_catalog' || (schemaname === undefined && relname.startsWith('pg_'));
}
