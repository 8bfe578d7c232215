import type { Node } from 'libpg-query';
import type { Session } from '../../session.ts';
import type { Position } from '../../sql/position.ts';
import { as, nameOf, within } from '../../sql/tree.ts';

const DESTROYS = /\b(?:drop|delete|truncate|detach|merge|lo_unlink)\b/i;
/** SQL that is put together when it runs; a text that stands there as it is tells itself what it does. */
const PUT_TOGETHER =
  /\bexecute\b(?!\s+(?:function|procedure|on|'(?:[^']|'')*'\s*(?:;|using\b|into\b)|\$(\w*)\$(?:(?!\$\1\$)[^])*\$\1\$\s*(?:;|using\b|into\b)))/i;
const OVERWRITES = /\bupdate\s+(?:only\s+)?[\w."$]+(?:\s+(?:as\s+)?[\w"$]+)?\s+set\b(?![^;]*\bwhere\b)/i;

/** Whether code may take rows away, by its words: what they come to shows only where it is carried out. */
export function destroys(text: string): boolean {
  // `TG_OP = 'DELETE'` in a trigger takes nothing away.
  const code = text.replace(/'(?:insert|update|delete|truncate)'/gi, "''");
  return DESTROYS.test(code) || PUT_TOGETHER.test(code) || OVERWRITES.test(code);
}

/** The text of DO; null for other statements. */
export function codeOf(statement: Node): string | null {
  const block = as(statement, 'DoStmt');
  if (block === null) return null;
  return (block.args ?? []).flatMap((arg) => as(as(arg, 'DefElem')?.arg, 'String')?.sval ?? []).join('\n');
}

/** What may hold a statement that changes rows and is carried out, within WITH or under EXPLAIN ANALYZE. */
export const CARRIERS = [
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'ExplainStmt',
  'CreateTableAsStmt',
  'CopyStmt',
  'PrepareStmt',
];

/** Statements that run the functions they name. */
const RUNNERS = [...CARRIERS, 'CallStmt', 'AlterTableStmt', 'RefreshMatViewStmt'];

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
 * Routines of a database, and those that files make, whose code may take rows away: their code by their names.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function destroyingRoutines(
  session: Session,
  made: readonly Routine[],
): Promise<ReadonlyMap<string, string>> {
  const routines = await session.query<{ name: string; code: string }>(`
    SELECT p.proname AS name, CASE WHEN p.prosrc = '' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END AS code
      FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
      JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'windlass')
     WHERE p.prokind IN ('f', 'p')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`);
  const all = [...routines, ...made];
  const found = new Map<string, string>();
  const names = transitively(all, ({ code }) => destroys(code));
  for (const { name, code } of all) if (names.has(name)) found.set(name, `${found.get(name) ?? ''}\n${code}`);
  return found;
}

/** Where code runs that may take rows away, by its own words or by those of a routine that it calls. */
export function destroyingCode(
  {
    losses,
    runs,
  }: {
    readonly losses: readonly { readonly on: string; readonly at: Position }[];
    readonly runs: readonly { readonly at: Position; readonly routines: readonly string[] }[];
  },
  destroying: ReadonlyMap<string, string>,
): readonly Position[] {
  const places = [
    ...losses.filter(({ on }) => on === 'code'),
    ...runs.filter(({ routines }) =>
      routines.some((name) => destroying.has(name) || destroying.has(name.toLowerCase())),
    ),
  ].map(({ at }) => at);
  return places.filter((at, index) => places.findIndex((other) => other.equals(at)) === index);
}

/** A statement with the code of all destroying routines that it comes to. */
export function withRoutines(sql: string, destroying: ReadonlyMap<string, string>): string {
  let text = sql;
  const rest = new Map(destroying);
  for (let more = true; more;) {
    more = false;
    for (const [name, code] of rest) {
      if (callsOf([name])?.test(text) !== true) continue;
      text += `\n${code}`;
      rest.delete(name);
      more = true;
    }
  }
  return text;
}

/**
 * What goes another way on a copy, or unseen there: the name of the database, sizes and statistics, how many rows there
 * were, errors that are caught, triggers that are taken away.
 */
const DIFFERS =
  /\b(?:current_database|current_catalog|pg_database|reltuples|relpages|pg_stat\w*|n_(?:live|dead)_tup|pg_\w*_size|found|row_count|returning|exception\s+when|(?:disable|drop)\s+trigger|session_replication_role)\b/i;
/** `IF EXISTS (SELECT ...)`, which asks rows; `DROP ... IF EXISTS name` asks the catalog. */
const DECIDES = /\b(?:if\b(?!\s+(?:not\s+)?exists\s+[^\s(])|case|while|loop|perform|raise|into|assert)\b|:=/i;
const READS = /\b(?:from|join)\s+(?:only\s+)?(?:"?([\w$]+)"?\s*\.\s*)?"?([\w$]+)/gi;

/** Whether what code does depends on rows, or on being on the target itself, as far as its words tell. */
export function dependsOnRows(text: string): boolean {
  if (DIFFERS.test(text)) return true;
  if (!DECIDES.test(text)) return false;
  return [...text.replace(/\bdelete\s+from\b/gi, 'delete').matchAll(READS)].some(
    ([, schema = '', name = '']) =>
      !/^(?:pg_catalog|information_schema)$/i.test(schema) && !/^(?:pg_\w+|generate_series|unnest)$/i.test(name),
  );
}
