import { escapeIdentifier } from 'pg';
import type { Session } from '../../session.ts';
import type { Position } from '../../sql/position.ts';
import type { Lost } from './lost.ts';
import type { Loss } from './losses.ts';

/** A loss with all names that its object may have in the database as it is now. */
export interface Wanted {
  readonly loss: Loss & { readonly at: Position };
  readonly names: readonly (readonly string[])[];
  /** What its column may be called; empty where it is about none. */
  readonly columns: readonly string[];
  /** Whether a name without a schema may mean a thing of any. */
  readonly anywhere: boolean;
  /** Roles that the session may be at that place, beside that of the step. */
  readonly roles: readonly string[];
}

/** A row of `AFFECTED`. */
export type AffectedRow = {
  readonly n: number;
  readonly name: string;
  readonly kind: string;
  readonly what: 'table' | 'rows' | 'column' | 'attribute' | 'values' | 'partition';
  readonly oid: string;
  readonly attname: string | null;
  readonly attnum: number | null;
  readonly more: string | null;
} & Record<string, unknown>;

/**
 * Looks everything up as the session's role would, in one question: what each would take away, rows or no rows.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function affectedBy(session: Session, wanted: readonly Wanted[]): Promise<readonly (readonly Lost[])[]> {
  if (wanted.length === 0) return [];
  return affectedOf(wanted, await session.query<AffectedRow>(AFFECTED, [affectedAsked(wanted)]));
}

/** The parameter of `AFFECTED`. */
export function affectedAsked(wanted: readonly Wanted[]): string {
  return JSON.stringify(wanted.flatMap((one, n) => questionsOf(one).map((question) => ({ n, ...question }))));
}

/** What each would take away, from the answers to `AFFECTED`. */
export function affectedOf(wanted: readonly Wanted[], rows: readonly AffectedRow[]): readonly (readonly Lost[])[] {
  const found: Lost[][] = wanted.map(() => []);
  for (const { n, name, kind, what, oid, attname, attnum, more } of rows) {
    const { at, verb, takes, some } = wanted[n]?.loss ?? {};
    if (at === undefined || verb === undefined || takes === undefined) continue;
    const lost = { at, verb, table: name, oid, attnum, kind, takes: takenOf({ what, attname, more }, takes) };
    found[n]?.push(some === undefined ? lost : { ...lost, some });
  }
  return found;
}

function takenOf(
  { what, attname, more }: Pick<AffectedRow, 'what' | 'attname' | 'more'>,
  takes: Loss['takes'],
): Lost['takes'] {
  const column = attname ?? '';
  switch (what) {
    case 'column':
      return { what, column };
    case 'attribute':
      return { what, column, attribute: more ?? '' };
    case 'values':
      return { what, column, casts: takes.what === 'values' ? takes.casts : null };
    case 'partition':
      return { what, from: more ?? '' };
    default:
      return { what };
  }
}

function questionsOf({ loss, names, columns, anywhere, roles }: Wanted): readonly Record<string, unknown>[] {
  const { on, takes } = loss;
  const unless = 'unlessNull' in takes ? { unless: takes.unlessNull } : {};
  const how = {
    takes: takes.what === 'rows' ? takes.by : takes.what,
    cascades: takes.what === 'rows' && takes.cascades,
    columns,
    ...unless,
  };
  return names.flatMap((of): Record<string, unknown>[] => {
    const bare = of.at(-1) ?? '';
    if (on === 'role')
      return [bare, ...(bare === 'CURRENT_USER' ? roles : [])].map((role) => ({ ...how, on, bare: role }));
    // A name with a database in front is refused by the server unless it is this one.
    const name = of.slice(-2).map(escapeIdentifier).join('.');
    const schema = of.length > 1 ? of.at(-2) : undefined;
    return [{ ...how, on, name, bare, schema, anywhere: anywhere && of.length === 1 }];
  });
}

/**
 * What is asked for by its number. What DROP ... CASCADE reaches is found as the server finds it (dependency.c): whatever
 * depends on a thing that goes, goes, and so does the owner of what is an inner part of it.
 */
export const AFFECTED = `
  WITH RECURSIVE wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS (n int, "on" text, name text, bare text, schema text, anywhere boolean,
      takes text, cascades boolean, columns jsonb, unless jsonb)
  ), seed AS (
    SELECT w.*, 'pg_class'::regclass::oid AS classid, c.oid AS objid FROM wanted w JOIN pg_class c
        ON c.oid = to_regclass(w.name) OR (w.anywhere AND c.relname = w.bare AND c.relnamespace IN (
             SELECT oid FROM pg_namespace s WHERE s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'))
     WHERE w."on" = 'relation'
     UNION ALL
    SELECT w.*, 'pg_type'::regclass, t.oid FROM wanted w JOIN pg_type t
        ON t.oid = to_regtype(w.name) OR (w.anywhere AND t.typname = w.bare) WHERE w."on" = 'type'
     UNION ALL
    SELECT w.*, 'pg_namespace'::regclass, s.oid FROM wanted w JOIN pg_namespace s ON s.nspname = w.bare WHERE w."on" = 'schema'
     UNION ALL
    SELECT w.*, 'pg_extension'::regclass, e.oid FROM wanted w JOIN pg_extension e ON e.extname = w.bare
     WHERE w."on" = 'extension'
     UNION ALL
    SELECT w.*, 'pg_language'::regclass, l.oid FROM wanted w JOIN pg_language l ON l.lanname = w.bare WHERE w."on" = 'language'
     UNION ALL
    SELECT w.*, 'pg_foreign_server'::regclass, f.oid FROM wanted w JOIN pg_foreign_server f ON f.srvname = w.bare
     WHERE w."on" = 'server'
     UNION ALL
    SELECT w.*, 'pg_foreign_data_wrapper'::regclass, f.oid FROM wanted w JOIN pg_foreign_data_wrapper f ON f.fdwname = w.bare
     WHERE w."on" = 'wrapper'
     UNION ALL
    SELECT w.*, 'pg_am'::regclass, m.oid FROM wanted w JOIN pg_am m ON m.amname = w.bare WHERE w."on" = 'access method'
     UNION ALL
    SELECT w.*, named.classid, named.oid FROM wanted w JOIN (
        SELECT 'routine' AS "on", 'pg_proc'::regclass AS classid, oid, proname AS name, pronamespace AS space FROM pg_proc
         UNION ALL SELECT 'operator', 'pg_operator'::regclass, oid, oprname, oprnamespace FROM pg_operator
         UNION ALL SELECT 'collation', 'pg_collation'::regclass, oid, collname, collnamespace FROM pg_collation
         UNION ALL SELECT 'text search', 'pg_ts_config'::regclass, oid, cfgname, cfgnamespace FROM pg_ts_config
         UNION ALL SELECT 'text search', 'pg_ts_dict'::regclass, oid, dictname, dictnamespace FROM pg_ts_dict
         UNION ALL SELECT 'text search', 'pg_ts_parser'::regclass, oid, prsname, prsnamespace FROM pg_ts_parser
      ) named ON named."on" = w."on" AND named.name = w.bare
             AND (w.schema IS NULL OR named.space = (SELECT oid FROM pg_namespace WHERE nspname = w.schema))
     WHERE w."on" IN ('routine', 'operator', 'collation', 'text search')
     UNION ALL
    SELECT w.*, o.classid, o.objid FROM wanted w JOIN pg_shdepend o
        ON o.deptype = 'o' AND o.refclassid = 'pg_authid'::regclass
       AND o.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND o.refobjid = (SELECT oid FROM pg_roles WHERE rolname = CASE w.bare WHEN 'CURRENT_USER' THEN current_user
                                                                WHEN 'SESSION_USER' THEN session_user ELSE w.bare END)
     WHERE w."on" = 'role'
  ), gone AS (
    SELECT n, classid, objid, 0 AS objsubid FROM seed WHERE takes = 'object'
     UNION
    SELECT seed.n, classid, objid, a.attnum::int FROM seed JOIN pg_attribute a
        ON a.attrelid = objid AND a.attnum > 0 AND NOT a.attisdropped AND columns ? a.attname::text
     WHERE takes = 'column' AND classid = 'pg_class'::regclass
     UNION
    SELECT * FROM (
      WITH so_far AS (SELECT * FROM gone)
      SELECT g.n, d.classid, d.objid, d.objsubid FROM so_far g JOIN pg_depend d
          ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
       UNION ALL
      SELECT g.n, d.refclassid, d.refobjid, d.refobjsubid FROM so_far g JOIN pg_depend d
          ON d.classid = g.classid AND d.objid = g.objid AND d.objsubid = g.objsubid AND d.deptype = 'i' AND d.refclassid <> 0
    ) reached
  ), relations AS (
    SELECT n, objid AS oid, objsubid FROM gone WHERE classid = 'pg_class'::regclass
  ), rows AS (
    SELECT n, takes, cascades, columns, unless, objid AS oid FROM seed
     WHERE takes IN ('truncate', 'delete', 'refresh', 'values') AND classid = 'pg_class'::regclass
     UNION
    SELECT r.n, r.takes, r.cascades, r.columns, r.unless, more.oid FROM rows r CROSS JOIN LATERAL (
      SELECT k.conrelid AS oid FROM pg_constraint k
       WHERE r.cascades AND k.contype = 'f' AND k.confrelid = r.oid
         AND (r.takes = 'truncate' OR (r.takes = 'delete' AND k.confdeltype = 'c'))
       UNION ALL
      SELECT d.refobjid FROM pg_rewrite v JOIN pg_depend d
          ON d.classid = 'pg_rewrite'::regclass AND d.objid = v.oid AND d.refclassid = 'pg_class'::regclass
       WHERE v.ev_class = r.oid AND d.refobjid <> r.oid
         AND (SELECT relkind FROM pg_class WHERE oid = r.oid) = 'v') more
  ), found AS (
    SELECT n, oid, 'table' AS what, NULL::name AS attname, NULL::text AS more FROM relations r WHERE objsubid = 0
       AND NOT EXISTS (SELECT FROM pg_inherits i JOIN relations p ON p.n = r.n AND p.oid = i.inhparent AND p.objsubid = 0
                        JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition WHERE i.inhrelid = r.oid)
     UNION
    SELECT r.n, r.oid, 'column', a.attname, NULL FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = r.objsubid
     WHERE r.objsubid > 0 AND NOT EXISTS (SELECT FROM relations t WHERE t.n = r.n AND t.oid = r.oid AND t.objsubid = 0)
     UNION
    SELECT n, oid, CASE takes WHEN 'values' THEN 'values' ELSE 'rows' END, a.attname, NULL
      FROM rows LEFT JOIN pg_attribute a ON takes = 'values' AND a.attrelid = oid AND a.attnum > 0 AND NOT a.attisdropped
                                        AND columns ? a.attname::text
     WHERE (takes <> 'values' OR a.attname IS NOT NULL)
       AND NOT EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = oid AND unless ? b.attname::text AND NOT b.attnotnull)
     UNION
    SELECT r.n, k.conrelid, 'values', a.attname, NULL FROM rows r JOIN pg_constraint k
        ON r.takes = 'delete' AND k.contype = 'f' AND k.confrelid = r.oid AND k.confdeltype IN ('n', 'd')
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
     UNION
    SELECT s.n, s.objid, 'partition', NULL, format('%I.%I', m.nspname, p.relname)
      FROM seed s JOIN pg_inherits i ON i.inhrelid = s.objid JOIN pg_class p ON p.oid = i.inhparent
      JOIN pg_namespace m ON m.oid = p.relnamespace WHERE s.takes = 'partition'
     UNION
    SELECT s.n, u.attrelid, 'attribute', u.attname, a.attname::text
      FROM seed s JOIN pg_type t ON t.oid = s.objid AND s.classid = 'pg_type'::regclass
      JOIN pg_attribute a ON a.attrelid = t.typrelid AND s.columns ? a.attname::text AND NOT a.attisdropped
      JOIN pg_attribute u ON u.atttypid IN (t.oid, t.typarray) AND u.attnum > 0 AND NOT u.attisdropped
     WHERE s.takes = 'column'
  )
  SELECT DISTINCT found.n, format('%I.%I', s.nspname, c.relname) AS name, c.relkind AS kind, what, c.oid::text AS oid,
         attname::text, (SELECT attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = found.attname) AS attnum, more
    FROM found JOIN pg_class c ON c.oid = found.oid JOIN pg_namespace s ON s.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') ORDER BY n, name, what DESC, attname`;
