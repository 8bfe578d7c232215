import { escapeIdentifier } from 'pg';
import type { Change } from '../../../domain/change.ts';
import type { Session } from '../../session.ts';
import type { Position } from '../../sql/position.ts';
import type { Script } from '../examine.ts';
import { namesBefore, type Renaming } from './names.ts';

/** Rows are counted one by one up to this many; beyond, the server's estimate has to do. */
const COUNT_UP_TO = 1_000_000;

/** What a script means for the data that is there now. */
export interface Impact {
  /** One destructive change for everything that holds rows and would lose them. */
  readonly losses: readonly Change[];
  /** What it does to those who use tables with rows, as `file:line:column: why`. */
  readonly warnings: readonly string[];
}

/**
 * Looks the tables that scripts name up in the live database, as the role would, all in one question. What does not exist
 * or holds no rows loses nothing and makes nobody wait.
 */
export async function impactsOf(
  session: Session,
  scripts: readonly Script[],
  { database, role }: { readonly database: string; readonly role?: string | undefined },
): Promise<ReadonlyMap<Script, Impact>> {
  const wanted = wantedBy(scripts);
  const tables = wanted.length === 0 ? [] : await tablesOf(session, wanted, role);
  const rows = new RowCounts(session);
  const impacts = new Map<Script, Impact>();
  let from = 0;
  for (const script of scripts) {
    const to = from + script.losses.length + script.hazards.length;
    impacts.set(script, await impactOf(session, script, tables.slice(from, to), rows, database));
    from = to;
  }
  return impacts;
}

/** @param tables those behind each loss, then those behind each hazard. */
async function impactOf(
  session: Session,
  { losses, hazards, content, migration, opaque }: Script,
  tables: readonly (readonly string[])[],
  rows: RowCounts,
  database: string,
): Promise<Impact> {
  const lost: Change[] = [];
  for (const [index, loss] of losses.entries()) {
    for (const table of tables[index] ?? []) {
      const count = await rows.of(table);
      if (count === null) continue;
      const whole = `table ${table} of database ${database}`;
      lost.push({
        action: 'delete',
        what: loss.what === 'table' ? whole : `${loss.what} of ${whole}`,
        destructive: true,
        detail: [`${loss.at.in(content.path)}: ${loss.verb}`],
        observed: count,
      });
    }
  }
  const warnings: string[] = [];
  for (const [index, hazard] of hazards.entries()) {
    for (const table of tables[losses.length + index] ?? []) {
      const count = await rows.of(table);
      if (count === null || (await isProven(session, table, hazard.provenBy))) continue;
      warnings.push(`${hazard.at.in(content.path)}: ${table} holds rows: ${hazard.why}`);
    }
  }
  if (opaque > 0) warnings.push(`${migration.name}: code in DO and CALL is not looked into`);
  return { losses: unique(lost), warnings };
}

/** A table dropped twice over is lost once. */
function unique(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ what }, index) => changes.findIndex((other) => other.what === what) === index);
}

interface Wanted {
  readonly on: 'table' | 'schema' | 'role';
  /** What it may be called in the database as it is now. */
  readonly names: readonly (readonly string[])[];
  /** Whether a name without a schema may mean a table of any. */
  readonly anywhere: boolean;
  readonly cascades: boolean;
}

/** What each script's losses, then its hazards are about, after what it and those before it rename. */
function wantedBy(scripts: readonly Script[]): readonly Wanted[] {
  const earlier: Renaming[] = [];
  return scripts.flatMap(({ losses, hazards, renamed, lookup }) => {
    const one = ({ on, of, cascades, at }: Omit<Wanted, 'names' | 'anywhere'> & Named): Wanted => {
      const before = renamed.filter((renaming) => renaming.at.isBefore(at));
      const names = on === 'table' ? namesBefore(of, [...earlier, ...before]) : [of];
      return { on, names, cascades, anywhere: on === 'table' && lookup?.isBefore(at) === true };
    };
    const wanted = [...losses.map(one), ...hazards.map(({ of, at }) => one({ on: 'table', of, at, cascades: false }))];
    earlier.push(...renamed);
    return wanted;
  });
}

interface Named {
  readonly of: readonly string[];
  readonly at: Position;
}

/** Tables behind each thing, as texts that the server reads as names; names are looked up as the role would. */
async function tablesOf(
  session: Session,
  wanted: readonly Wanted[],
  role: string | undefined,
): Promise<readonly (readonly string[])[]> {
  // A name with a database in front is refused by the server unless it is this one.
  const asked = wanted.flatMap(({ on, names, anywhere, cascades }, n) =>
    names.map((of) => ({
      n,
      [on]: on === 'table' ? of.slice(-2).map(escapeIdentifier).join('.') : of.at(-1),
      ...(anywhere && of.length === 1 ? { anywhere: of[0] } : {}),
      cascades,
    })),
  );
  const ask = (): Promise<{ n: number; name: string }[]> => session.query(TABLES, [JSON.stringify(asked)]);
  const rows =
    role === undefined ? await ask() : await session.transaction('READ ONLY', () => askAs(session, role, ask));
  const found: string[][] = wanted.map(() => []);
  for (const { n, name } of rows) found[n]?.push(name);
  return found;
}

/** A role that a step before is about to make has no names of its own yet. */
async function askAs<T>(session: Session, role: string, ask: () => Promise<T>): Promise<T> {
  const [known] = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (known !== undefined) await session.script(`SET LOCAL ROLE ${escapeIdentifier(role)}`);
  return ask();
}

/**
 * Tables by the number of what was asked for: the one of that name, those of that schema or that role, the table of an
 * index, and who cascades.
 */
const TABLES = `
  WITH RECURSIVE wanted AS (
    SELECT * FROM jsonb_to_recordset($1)
      AS (n int, "table" text, anywhere text, "schema" text, "role" text, cascades boolean)
  ), named AS (
    SELECT n, cascades, to_regclass("table")::oid AS oid FROM wanted WHERE to_regclass("table") IS NOT NULL
     UNION
    SELECT n, cascades, c.oid FROM wanted JOIN pg_class c ON c.relname = wanted.anywhere
      JOIN pg_namespace s ON s.oid = c.relnamespace AND s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'
     UNION
    SELECT n, cascades, c.oid FROM wanted JOIN pg_namespace s ON s.nspname = wanted."schema"
      JOIN pg_class c ON c.relnamespace = s.oid
     UNION
    SELECT n, cascades, c.oid FROM wanted JOIN pg_roles r ON r.rolname = wanted."role" JOIN pg_class c ON c.relowner = r.oid
  ), found AS (
    SELECT n, cascades, COALESCE(i.indrelid, named.oid) AS oid FROM named LEFT JOIN pg_index i ON i.indexrelid = named.oid
     UNION
    SELECT found.n, found.cascades, k.conrelid FROM found JOIN pg_constraint k
        ON found.cascades AND k.contype = 'f' AND k.confrelid = found.oid
  )
  SELECT found.n, format('%I.%I', s.nspname, c.relname) AS name
    FROM found JOIN pg_class c ON c.oid = found.oid JOIN pg_namespace s ON s.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f', 'm') ORDER BY n, c.relname`;

/** Counts of rows in words, each asked for once. */
class RowCounts {
  readonly #session: Session;
  readonly #known = new Map<string, string | null>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Null for a table without rows. */
  async of(table: string): Promise<string | null> {
    const known = this.#known.get(table);
    if (known !== undefined) return known;
    const words = await this.#ask(table);
    this.#known.set(table, words);
    return words;
  }

  async #ask(table: string): Promise<string | null> {
    const [row] = await this.#session.query<{ n: number; estimate: string }>(
      `SELECT (SELECT count(*)::int FROM (SELECT FROM ${table} LIMIT ${COUNT_UP_TO + 1}) AS counted) AS n,
              (SELECT reltuples::bigint FROM pg_class WHERE oid = $1::regclass) AS estimate`,
      [table],
    );
    if (row === undefined || row.n === 0) return null;
    if (row.n <= COUNT_UP_TO) return `${row.n.toLocaleString('en')} ${row.n === 1 ? 'row' : 'rows'}`;
    return `about ${Math.max(Number(row.estimate), row.n).toLocaleString('en')} rows`;
  }
}

/** Whether a validated CHECK already proves that a column holds no NULL, so that SET NOT NULL need not look. */
async function isProven(session: Session, table: string, column: string | undefined): Promise<boolean> {
  if (column === undefined) return false;
  const rows = await session.query(
    `SELECT FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c' AND convalidated
        AND pg_get_constraintdef(oid) = format('CHECK ((%I IS NOT NULL))', $2::text)`,
    [table, column],
  );
  return rows.length > 0;
}
