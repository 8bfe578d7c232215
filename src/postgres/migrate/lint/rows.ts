import { escapeIdentifier } from 'pg';
import { sqlstateOf } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { countPicked, type Picked } from './picked.ts';
import type { Selection } from './selection.ts';

/** Rows are counted one by one up to this many; beyond, the server's estimate has to do. */
const COUNT_UP_TO = 1_000_000;
const DENIED = '42501';

interface Size {
  readonly bytes: string;
  readonly estimate: string;
}

/**
 * Counts of rows in words, each asked for once. Row security must not hide any: the server then refuses to count for whoever
 * may not see them all, and that is said in place of the count.
 */
export class RowCounts {
  readonly #session: Session;
  readonly #known = new Map<string, string | null>();
  readonly #picked = new Map<string, Picked>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Null for a table without rows. */
  of(table: string): Promise<string | null> {
    return this.#once(table, () => this.#rows(table));
  }

  /** Rows whose value of a column would be another one after the casts; all with a value when nobody can tell. */
  values(table: string, column: string, casts: readonly string[] | null): Promise<string | null> {
    return this.#once(JSON.stringify([table, column, casts]), () => this.#values(table, column, casts));
  }

  /** What a condition picks of the rows that are there now; each is asked for once. */
  async picked(some: Selection): Promise<Picked> {
    const found = this.#picked.get(some.picked) ?? (await countPicked(this.#session, some));
    this.#picked.set(some.picked, found);
    return found;
  }

  async #once(key: string, ask: () => Promise<string | null>): Promise<string | null> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const words = await ask();
    this.#known.set(key, words);
    return words;
  }

  async #rows(table: string): Promise<string | null> {
    const count = await this.#count(table, `SELECT FROM ${table}`);
    return typeof count === 'number' ? this.#words(count, table) : count;
  }

  async #values(table: string, column: string, casts: readonly string[] | null): Promise<string | null> {
    const name = escapeIdentifier(column);
    const change = casts === null ? null : await this.#changed(table, column, casts);
    if (change === 'keeps') return null;
    const held = await this.#count(table, `SELECT FROM ${table} WHERE ${name} IS NOT NULL`);
    if (typeof held !== 'number' || change === null) return typeof held === 'number' ? this.#words(held, table) : held;
    if (held === 0) return null;
    try {
      const lost = await this.#count(table, `SELECT FROM ${table} WHERE ${name} IS NOT NULL AND ${change}`);
      // Beyond what was counted nobody has looked.
      if (typeof lost !== 'number' || lost > 0) return typeof lost === 'number' ? await this.#words(lost, table) : lost;
      return null;
    } catch (error) {
      // A value that cannot be cast at all fails the migration too, and a type that the files make is not there yet.
      if (/^(?:22|42)/.test(sqlstateOf(error) ?? '')) return null;
      throw error;
    }
  }

  /** A condition that holds for values which do not come back, or that all of them do. */
  async #changed(table: string, column: string, casts: readonly string[]): Promise<string | null> {
    const [row] = await this.#session.query<{ was: string; keeps: boolean; casts: (string | null)[] }>(KEEPS, [
      table,
      column,
      casts,
    ]);
    if (row === undefined || row.casts.includes(null)) return null;
    if (row.keeps) return 'keeps';
    const name = escapeIdentifier(column);
    const there = row.casts.reduce((value, type) => `(${value})::${type}`, name);
    return `((${there})::text::${row.was})::text IS DISTINCT FROM ${name}::text`;
  }

  /** A number, or that nobody can tell it; null when there is nothing there. */
  async #count(table: string, rows: string): Promise<number | string | null> {
    try {
      const [row] = await this.#session.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM (${rows} LIMIT ${COUNT_UP_TO + 1}) AS counted`,
      );
      return row === undefined || row.n === 0 ? null : row.n;
    } catch (error) {
      if (sqlstateOf(error) !== DENIED) throw error;
      const { bytes, estimate } = await this.#size(table);
      if (bytes === '0') return null;
      const about = Number(estimate) > 0 ? `about ${Number(estimate).toLocaleString('en')} rows` : 'rows';
      return `${about} that nobody could count: row security or missing rights hide them`;
    }
  }

  async #words(count: number, table: string): Promise<string> {
    if (count <= COUNT_UP_TO) return rowsInWords(count);
    const { estimate } = await this.#size(table);
    return `about ${Math.max(Number(estimate), count).toLocaleString('en')} rows`;
  }

  /** Of a partitioned table with all that is below it. */
  async #size(table: string): Promise<Size> {
    const [row] = await this.#session.query<Size & Record<string, unknown>>(
      `SELECT COALESCE(sum(pg_relation_size(c.oid)), 0)::text AS bytes,
              COALESCE(sum(GREATEST(c.reltuples, 0)), 0)::bigint::text AS estimate
         FROM pg_class c WHERE c.oid = $1::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree($1::regclass))`,
      [table],
    );
    return row ?? { bytes: '0', estimate: '0' };
  }
}

/** A number of rows in words. */
export function rowsInWords(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;
}

/**
 * The type of a column as it is now, the types of the casts, domains resolved to what they are made of, and whether one cast
 * keeps every value: to a text without limit, to a wider number or a more exact time, between the forms of JSON. A cast to a
 * type that is not there yet, or that people made, is null, for nobody knows what it keeps; but an enum keeps or refuses. No
 * row when there is no such column, or when people made its type.
 */
const KEEPS = `
  WITH RECURSIVE named AS (
    SELECT 0 AS n, a.atttypid AS oid, a.atttypmod AS mod, NULL::text AS as_said FROM pg_attribute a
     WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped
     UNION ALL
    SELECT n::int, to_regtype(regexp_replace(said, '\\(.*?\\)', ''))::oid, -1, said
      FROM unnest($3::text[]) WITH ORDINALITY AS casts (said, n)
  ), steps AS (
    SELECT * FROM named
     UNION ALL
    SELECT s.n, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE s.mod END, NULL
      FROM steps s JOIN pg_type t ON t.oid = s.oid AND t.typtype = 'd'
  ), types AS (
    SELECT s.n, t.typname AS name, COALESCE(s.as_said, format_type(s.oid, s.mod)) AS said,
           COALESCE(s.as_said ~ '\\(', s.mod >= 0) AS limited
      FROM steps s JOIN pg_type t ON t.oid = s.oid AND t.typtype <> 'd'
     WHERE t.typnamespace = 'pg_catalog'::regnamespace OR t.typtype = 'e'
  )
  SELECT was.said AS was,
         ARRAY(SELECT types.said FROM generate_series(1, cardinality($3::text[])) AS n LEFT JOIN types USING (n) ORDER BY n) AS casts,
         cardinality($3::text[]) = 1 AND COALESCE(
           (last.name IN ('text', 'varchar') AND NOT last.limited) OR (was.name = last.name AND NOT last.limited)
           OR (was.name, last.name) IN (('int2', 'int4'), ('int2', 'int8'), ('int4', 'int8'), ('json', 'jsonb'), ('jsonb', 'json'),
                                        ('date', 'timestamp'), ('date', 'timestamptz'), ('float4', 'float8'))
           OR (was.name IN ('int2', 'int4', 'int8') AND last.name = 'numeric' AND NOT last.limited), false) AS keeps
    FROM types was LEFT JOIN types last ON last.n = cardinality($3::text[]) WHERE was.n = 0`;
