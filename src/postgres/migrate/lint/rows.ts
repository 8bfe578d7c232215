import { escapeIdentifier } from 'pg';
import { sqlstateOf } from '../../errors.ts';
import type { Session } from '../../session.ts';

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

  async #once(key: string, ask: () => Promise<string | null>): Promise<string | null> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const words = await ask();
    this.#known.set(key, words);
    return words;
  }

  async #rows(table: string): Promise<string | null> {
    const count = await this.#count(table, `SELECT FROM ${table}`);
    return typeof count === 'number' ? words(count, await this.#size(table)) : count;
  }

  async #values(table: string, column: string, casts: readonly string[] | null): Promise<string | null> {
    const name = escapeIdentifier(column);
    const change = casts === null ? null : await this.#changed(table, column, casts);
    if (change === 'keeps') return null;
    const held = await this.#count(table, `SELECT FROM ${table} WHERE ${name} IS NOT NULL`);
    if (typeof held !== 'number' || change === null)
      return typeof held === 'number' ? words(held, await this.#size(table)) : held;
    if (held === 0) return null;
    try {
      const lost = await this.#count(table, `SELECT FROM ${table} WHERE ${name} IS NOT NULL AND ${change}`);
      // Beyond what was counted nobody has looked.
      if (typeof lost !== 'number' || lost > 0)
        return typeof lost === 'number' ? words(lost, await this.#size(table)) : lost;
      return null;
    } catch (error) {
      // A value that cannot be cast at all fails the migration too, and a type that the files make is not there yet.
      if (/^(?:22|42)/.test(sqlstateOf(error) ?? '')) return null;
      throw error;
    }
  }

  /** A condition that holds for values which do not come back, or that all of them do. */
  async #changed(table: string, column: string, casts: readonly string[]): Promise<string | null> {
    const [row] = await this.#session.query<{ was: string; keeps: boolean }>(KEEPS, [
      table,
      column,
      casts.at(-1),
      casts.length,
    ]);
    if (row === undefined || row.keeps) return 'keeps';
    const name = escapeIdentifier(column);
    const there = casts.reduce((value, type) => `(${value})::${type}`, name);
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

function words(count: number, { estimate }: Size): string {
  if (count <= COUNT_UP_TO) return `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;
  return `about ${Math.max(Number(estimate), count).toLocaleString('en')} rows`;
}

/**
 * The type of a column as it is now, and whether one cast to another keeps every value: to a text without limit, to a wider
 * number or a more exact time, between the forms of JSON. No row when there is no such column or one of the types is made by
 * people, whose casts keep values or fail.
 */
const KEEPS = `
  WITH types AS (
    SELECT format_type(a.atttypid, a.atttypmod) AS was, t.typname AS was_name, a.atttypmod AS was_mod,
           n.typname AS is_name, $3::text ~ '\\(' AS limited
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid AND t.typnamespace = 'pg_catalog'::regnamespace
      JOIN pg_type n ON n.oid = to_regtype(regexp_replace($3, '\\(.*?\\)', '')) AND n.typnamespace = 'pg_catalog'::regnamespace
     WHERE a.attrelid = to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped)
  SELECT was, $4 = 1 AND (
           (is_name IN ('text', 'varchar') AND NOT limited) OR (was_name = is_name AND NOT limited)
           OR (was_name, is_name) IN (('int2', 'int4'), ('int2', 'int8'), ('int4', 'int8'), ('json', 'jsonb'), ('jsonb', 'json'),
                                      ('date', 'timestamp'), ('date', 'timestamptz'), ('float4', 'float8'))
           OR (was_name IN ('int2', 'int4', 'int8') AND is_name = 'numeric' AND NOT limited)) AS keeps
    FROM types`;
