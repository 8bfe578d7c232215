import { escapeIdentifier } from 'pg';
import type { Node, RangeVar } from 'libpg-query';
import type { Session } from '../../session.ts';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';
import { CARRIERS, destroys } from './code.ts';

/** What a statement does to the rows of a table, as triggers and rules are told; with CASCADE, to what refers to it as well. */
type Event = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'TRUNCATE CASCADE';

/** A table that a statement writes to; null for code, which may write to any. */
export interface Write {
  readonly of: readonly string[] | null;
  readonly events: readonly Event[];
  /** Columns that an UPDATE sets. */
  readonly sets: readonly string[];
}

/** Tables that a statement writes to. */
export function writesOf(statement: Node): readonly Write[] {
  if ('DoStmt' in statement || 'CallStmt' in statement) return [{ of: null, events: [], sets: [] }];
  const copy = as(statement, 'CopyStmt');
  if (copy?.is_from === true) return [write(copy.relation, ['INSERT'])];
  const truncate = as(statement, 'TruncateStmt');
  const how = truncate?.behavior === 'DROP_CASCADE' ? 'TRUNCATE CASCADE' : 'TRUNCATE';
  const truncated = (truncate?.relations ?? []).map((one) => write(as(one, 'RangeVar') ?? undefined, [how]));
  if (!CARRIERS.some((kind) => kind in statement)) return truncated;
  return [
    ...within(statement, 'InsertStmt').map(({ relation, onConflictClause: conflict }) =>
      conflict?.targetList === undefined
        ? write(relation, ['INSERT'])
        : write(relation, ['INSERT', 'UPDATE'], conflict.targetList),
    ),
    ...within(statement, 'UpdateStmt').map(({ relation, targetList }) => write(relation, ['UPDATE'], targetList)),
    ...within(statement, 'DeleteStmt').map(({ relation }) => write(relation, ['DELETE'])),
    ...within(statement, 'MergeStmt').map(({ relation, mergeWhenClauses }) => {
      const whens = (mergeWhenClauses ?? []).flatMap((one) => as(one, 'MergeWhenClause') ?? []);
      const events = MERGES.flatMap(([kind, event]) => (whens.some((one) => one.commandType === kind) ? event : []));
      return write(
        relation,
        events,
        whens.flatMap(({ commandType, targetList = [] }) => (commandType === 'CMD_UPDATE' ? targetList : [])),
      );
    }),
  ];
}

const MERGES = [
  ['CMD_INSERT', 'INSERT'],
  ['CMD_UPDATE', 'UPDATE'],
  ['CMD_DELETE', 'DELETE'],
] as const;

function write(relation: RangeVar | undefined, events: readonly Event[], targets: readonly Node[] = []): Write {
  return { of: partsOf(relation), events, sets: targets.flatMap((target) => as(target, 'ResTarget')?.name ?? []) };
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

/** A write with the names that its table, and the columns it sets, may have in the database as it is now. */
export interface Asked {
  readonly names: readonly (readonly string[])[];
  readonly events: readonly Event[];
  readonly columns: readonly string[];
  /** Whether a name without a schema may mean a table of any. */
  readonly anywhere: boolean;
}

/** What the triggers and rules of the database do at a write. */
export interface Fired {
  /** The first table whose trigger or rule runs code that may take rows away; null for none. */
  readonly table: string | null;
  /** Whether it only does for rows that are there, so that a copy without rows shows nothing. */
  readonly unseen: boolean;
  /** Bare names of the tables that rows go from, or change in, along with those of the table itself. */
  readonly along: readonly string[];
}

type FiredRow = {
  readonly n: number;
  readonly table: string;
  readonly bare: string;
  readonly along: boolean;
  /** Each absent where the table has neither trigger nor rule for it. */
  readonly row: boolean | null;
  readonly routine: string | null;
  readonly code: string | null;
} & Record<string, unknown>;

/**
 * Which writes run code that may take rows away, by triggers and rules of the database as it is now: of the table, of its
 * partitions and children, of what a view shows, and of what foreign keys take along.
 *
 * @param destroying routines whose code may, by their names.
 * @throws WindlassFailure as `Session` does.
 */
export async function firedBy(
  session: Session,
  asked: readonly Asked[],
  destroying: ReadonlyMap<string, string>,
): Promise<readonly Fired[]> {
  const questions = asked.flatMap(({ names, events, columns, anywhere }, n) =>
    names.map((of) => ({
      n,
      events,
      columns,
      name: of.slice(-2).map(escapeIdentifier).join('.'),
      bare: of.at(-1) ?? '',
      anywhere: anywhere && of.length === 1,
    })),
  );
  const rows = questions.length === 0 ? [] : await session.query<FiredRow>(FIRED, [JSON.stringify(questions)]);
  const of = Map.groupBy(rows, ({ n }) => n);
  return asked.map((_, n) => firedIn(of.get(n) ?? [], destroying));
}

function firedIn(rows: readonly FiredRow[], destroying: ReadonlyMap<string, string>): Fired {
  const harmful = rows.filter(({ routine, code }) => code !== null && isHarmful({ routine, code }, destroying));
  const unseen = harmful.find(({ row, along }) => row === true || along);
  return {
    table: (unseen ?? harmful[0])?.table ?? null,
    unseen: unseen !== undefined,
    along: [...new Set(rows.filter(({ along }) => along).map(({ bare }) => bare))],
  };
}

/**
 * Bits of tgtype: src/include/catalog/pg_trigger.h. A foreign key deletes, or sets its columns, where the rows that it refers
 * to go or get another key; a trigger that is run before each row may change the key whatever the statement sets.
 */
const FIRED = `
  WITH RECURSIVE wanted AS (
    SELECT w.n, c.oid, event, w.columns
      FROM jsonb_to_recordset($1) AS w (n int, events jsonb, columns jsonb, name text, bare text, anywhere boolean)
      JOIN pg_class c ON c.oid = to_regclass(w.name) OR (w.anywhere AND c.relname = w.bare)
      CROSS JOIN jsonb_array_elements_text(w.events) AS event
  ), reached AS (
    SELECT DISTINCT n, oid, event, false AS along,
           ARRAY(SELECT attnum FROM pg_attribute a WHERE a.attrelid = wanted.oid AND columns ? a.attname::text ORDER BY 1) AS sets
      FROM wanted
     UNION
    SELECT r.n, more.oid, more.event, r.along OR more.along, more.sets FROM reached r CROSS JOIN LATERAL (
      SELECT i.inhrelid AS oid, r.event, false AS along,
             ARRAY(SELECT b.attnum FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = i.inhrelid AND b.attname = a.attname
                    WHERE a.attrelid = r.oid AND a.attnum = ANY (r.sets) ORDER BY 1) AS sets
        FROM pg_inherits i WHERE i.inhparent = r.oid
       UNION ALL
      SELECT d.refobjid, r.event, false,
             ARRAY(SELECT attnum FROM pg_attribute a WHERE r.event = 'UPDATE' AND a.attrelid = d.refobjid AND a.attnum > 0 ORDER BY 1)
        FROM pg_class v JOIN pg_rewrite w ON w.ev_class = v.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
       WHERE v.oid = r.oid AND v.relkind = 'v' AND d.refobjid <> v.oid
       UNION ALL
      SELECT k.conrelid, acts.event, true, CASE acts.event WHEN 'UPDATE' THEN k.conkey ELSE '{}' END
        FROM pg_constraint k CROSS JOIN LATERAL (
          SELECT CASE WHEN r.event = 'TRUNCATE CASCADE' THEN r.event
                      WHEN r.event = 'DELETE' AND k.confdeltype = 'c' THEN 'DELETE'
                      WHEN r.event = 'DELETE' AND k.confdeltype IN ('n', 'd') THEN 'UPDATE'
                      WHEN r.event = 'UPDATE' AND k.confupdtype IN ('c', 'n', 'd')
                       AND (k.confkey && r.sets OR EXISTS (
                              SELECT FROM pg_trigger b WHERE b.tgrelid = r.oid AND NOT b.tgisinternal AND b.tgtype & 19 = 19))
                      THEN 'UPDATE' END AS event) acts
       WHERE k.contype = 'f' AND k.confrelid = r.oid AND acts.event IS NOT NULL
    ) more
  ), hooks AS (
    SELECT r.*, t.tgtype & 1 = 1 AS row, p.proname AS routine, '' AS code
      FROM reached r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal AND t.tgenabled NOT IN ('D', 'R')
      JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE t.tgtype & CASE r.event WHEN 'INSERT' THEN 4 WHEN 'DELETE' THEN 8 WHEN 'UPDATE' THEN 16 ELSE 32 END <> 0
     UNION ALL
    SELECT r.*, false, NULL, pg_get_ruledef(w.oid)
      FROM reached r JOIN pg_rewrite w ON w.ev_class = r.oid AND w.ev_enabled NOT IN ('D', 'R')
       AND r.event = CASE w.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' WHEN '4' THEN 'DELETE' ELSE '' END
     UNION ALL
    SELECT r.*, NULL, NULL, NULL FROM reached r WHERE r.along
  )
  SELECT DISTINCT h.n, format('%I.%I', s.nspname, c.relname) AS "table", c.relname::text AS bare, along, row, routine, code
    FROM hooks h JOIN pg_class c ON c.oid = h.oid JOIN pg_namespace s ON s.oid = c.relnamespace ORDER BY 1, along, 2`;
