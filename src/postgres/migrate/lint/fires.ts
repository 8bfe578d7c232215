import { escapeIdentifier } from 'pg';
import type { Node, RangeVar } from 'libpg-query';
import type { Session } from '../../session.ts';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';
import { CARRIERS, destroys } from './code.ts';

/** What a statement does to the rows of a table, as triggers and rules are told. */
type Event = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';

/** A table that a statement writes to; null for code, which may write to any. */
export interface Write {
  readonly of: readonly string[] | null;
  readonly events: readonly Event[];
}

/** Tables that a statement writes to. */
export function writesOf(statement: Node): readonly Write[] {
  if ('DoStmt' in statement || 'CallStmt' in statement) return [{ of: null, events: [] }];
  const copy = as(statement, 'CopyStmt');
  if (copy?.is_from === true) return [write(copy.relation, 'INSERT')];
  const truncated = (as(statement, 'TruncateStmt')?.relations ?? []).map((one) =>
    write(as(one, 'RangeVar') ?? undefined, 'TRUNCATE'),
  );
  if (!CARRIERS.some((kind) => kind in statement)) return truncated;
  return [
    ...[...within(statement, 'InsertStmt')].map(({ relation, onConflictClause }) =>
      onConflictClause === undefined ? write(relation, 'INSERT') : write(relation, 'INSERT', 'UPDATE'),
    ),
    ...[...within(statement, 'UpdateStmt')].map(({ relation }) => write(relation, 'UPDATE')),
    ...[...within(statement, 'DeleteStmt')].map(({ relation }) => write(relation, 'DELETE')),
    ...[...within(statement, 'MergeStmt')].map(({ relation }) => write(relation, 'INSERT', 'UPDATE', 'DELETE')),
  ];
}

function write(relation: RangeVar | undefined, ...events: readonly Event[]): Write {
  return { of: partsOf(relation), events };
}

/** A trigger or a rule that a file makes: the table by its bare name, and the routine or the code that it runs. */
export interface Hook {
  readonly table: string;
  readonly routine: string | null;
  readonly code: string;
  /** Whether it runs once for each row. */
  readonly row: boolean;
}

/** What a statement makes that runs when others write. */
export function hooksOf(statement: Node, sql: string): readonly Hook[] {
  const trigger = as(statement, 'CreateTrigStmt');
  if (trigger !== null)
    return [
      {
        table: trigger.relation?.relname ?? '',
        routine: nameOf(trigger.funcname).at(-1) ?? null,
        code: '',
        row: trigger.row === true,
      },
    ];
  const rule = as(statement, 'RuleStmt');
  return rule === null ? [] : [{ table: rule.relation?.relname ?? '', routine: null, code: sql, row: false }];
}

/** Whether what it runs may take rows away. @param destroying routines whose code may, by their names. */
export function isHarmful(
  { routine, code }: Pick<Hook, 'routine' | 'code'>,
  destroying: ReadonlyMap<string, string>,
): boolean {
  return routine === null
    ? destroys(code.replace(/^CREATE (?:OR REPLACE )?RULE .*?\bDO\b/is, ''))
    : destroying.has(routine);
}

/** A write with the names that its table may have in the database as it is now. */
export interface Asked {
  readonly names: readonly (readonly string[])[];
  readonly events: readonly Event[];
  /** Whether a name without a schema may mean a table of any. */
  readonly anywhere: boolean;
}

/**
 * Which writes run code that may take rows away, by triggers and rules of the database as it is now.
 *
 * @param destroying routines whose code may, by their names.
 * @returns for each, by what: `row` for a trigger that runs once for each row, so that a copy without rows shows nothing.
 * @throws WindlassFailure as `Session` does.
 */
export async function firedBy(
  session: Session,
  asked: readonly Asked[],
  destroying: ReadonlyMap<string, string>,
): Promise<readonly ('row' | 'statement' | null)[]> {
  const found: ('row' | 'statement' | null)[] = asked.map(() => null);
  if (asked.length === 0) return found;
  const questions = asked.flatMap(({ names, events, anywhere }, n) =>
    names.map((of) => ({
      n,
      events,
      name: of.slice(-2).map(escapeIdentifier).join('.'),
      bare: of.at(-1) ?? '',
      anywhere: anywhere && of.length === 1,
    })),
  );
  const rows = await session.query<{ n: number; row: boolean; routine: string | null; code: string }>(FIRED, [
    JSON.stringify(questions),
  ]);
  for (const { n, row, ...code } of rows)
    if (isHarmful(code, destroying)) found[n] = found[n] === 'row' || row ? 'row' : 'statement';
  return found;
}

/** Bits of tgtype: src/include/catalog/pg_trigger.h. Partitions are reached through what they are partitions of. */
const FIRED = `
  WITH wanted AS (
    SELECT DISTINCT w.n, c.oid, w.events FROM jsonb_to_recordset($1) AS w (n int, events jsonb, name text, bare text, anywhere boolean)
      JOIN pg_class c ON c.oid = to_regclass(w.name) OR (w.anywhere AND c.relname = w.bare)
  ), reached AS (
    SELECT n, oid, events FROM wanted UNION SELECT n, t.relid, events FROM wanted, pg_partition_tree(wanted.oid) t
  )
  SELECT r.n, t.tgtype & 1 = 1 AS row, p.proname AS routine, '' AS code
    FROM reached r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgenabled NOT IN ('D', 'R')
    JOIN pg_proc p ON p.oid = t.tgfoid
   WHERE (t.tgtype & 4 <> 0 AND r.events ? 'INSERT') OR (t.tgtype & 8 <> 0 AND r.events ? 'DELETE')
      OR (t.tgtype & 16 <> 0 AND r.events ? 'UPDATE') OR (t.tgtype & 32 <> 0 AND r.events ? 'TRUNCATE')
   UNION ALL
  SELECT r.n, false, NULL, pg_get_ruledef(w.oid)
    FROM reached r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.ev_enabled NOT IN ('D', 'R')
   WHERE r.events ? (CASE w.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' WHEN '4' THEN 'DELETE' ELSE '' END)`;
