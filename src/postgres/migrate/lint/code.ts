import type { Node } from 'libpg-query';
import type { Session } from '../../session.ts';
import { as, nameOf, within } from '../../sql/tree.ts';

const DESTROYS = /\b(?:drop|delete|truncate|detach|merge|lo_unlink)\b/i;
/** SQL that is put together when it runs; a text that stands there as it is tells itself what it does. */
const PUT_TOGETHER =
  /\bexecute\b(?!\s+(?:function|procedure|on|'(?:[^']|'')*'\s*(?:;|using\b|into\b)|\$(\w*)\$[^]*?\$\1\$\s*(?:;|using\b|into\b)))/i;
const OVERWRITES = /\bupdate\s+(?:only\s+)?[\w."$]+(?:\s+(?:as\s+)?[\w"$]+)?\s+set\b(?![^;]*\bwhere\b)/i;

/** Whether code may take rows away, by its words: what they come to shows only where it is carried out. */
export function destroys(code: string): boolean {
  return DESTROYS.test(code) || PUT_TOGETHER.test(code) || OVERWRITES.test(code);
}

/** The text of DO; null for other statements. */
export function codeOf(statement: Node): string | null {
  const block = as(statement, 'DoStmt');
  if (block === null) return null;
  return (block.args ?? []).flatMap((arg) => as(as(arg, 'DefElem')?.arg, 'String')?.sval ?? []).join('\n');
}

/** Statements that run the functions they name. */
const RUNNERS = [
  ...[
    'SelectStmt',
    'InsertStmt',
    'UpdateStmt',
    'DeleteStmt',
    'MergeStmt',
    'ExplainStmt',
    'CreateTableAsStmt',
    'CopyStmt',
  ],
  ...['CallStmt', 'AlterTableStmt', 'RefreshMatViewStmt', 'PrepareStmt'],
];

/** Names without schema of the routines that a statement runs, as far as its text names them. */
export function routinesRun(statement: Node): readonly string[] {
  const code = codeOf(statement);
  if (code !== null) return [...code.matchAll(/([\w$]+)"?\s*\(/g)].map(([, name = '']) => name);
  if (!RUNNERS.some((kind) => kind in statement)) return [];
  const call = as(statement, 'CallStmt')?.funccall;
  return [...(call === undefined ? [] : [call]), ...within(statement, 'FuncCall')].flatMap(
    ({ funcname }) => nameOf(funcname).at(-1) ?? [],
  );
}

/** A routine with its code, as far as anybody can read it. */
export interface Routine {
  readonly name: string;
  readonly code: string;
}

/** The routine that a statement makes. */
export function routineMade(statement: Node, sql: string): readonly Routine[] {
  const name = nameOf(as(statement, 'CreateFunctionStmt')?.funcname).at(-1);
  return name === undefined ? [] : [{ name, code: sql }];
}

/** What finds any of these names as a word; null for none. */
export function callsOf(names: readonly string[]): RegExp | null {
  if (names.length === 0) return null;
  return new RegExp(`(?<![\\w$])(?:${names.map((name) => name.replace(/[^\w]/g, '\\$&')).join('|')})(?![\\w$])`, 'i');
}

/** Names of routines to which it applies, by themselves or since they call one to which it does. */
export function transitively<T extends Routine>(
  routines: readonly T[],
  applies: (routine: T) => boolean,
  first: readonly string[] = [],
): ReadonlySet<string> {
  const found = new Set([...first, ...routines.filter(applies).map(({ name }) => name)]);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    const calls = callsOf([...found]);
    for (const { name, code } of routines) if (calls?.test(code) === true) found.add(name);
  }
  return found;
}

/**
 * Names of routines of a database, and of those that files make, whose code may take rows away.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function destroyingRoutines(session: Session, made: readonly Routine[]): Promise<ReadonlySet<string>> {
  const routines = await session.query<{ name: string; code: string }>(`
    SELECT p.proname AS name, CASE WHEN p.prosrc = '' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END AS code
      FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
      JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'windlass')
     WHERE p.prokind IN ('f', 'p')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`);
  return transitively([...routines, ...made], ({ code }) => destroys(code));
}
