import type { Finding, FindingOf } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import { isEqual, shownValue } from '../values.ts';
import type { Session } from '../session.ts';
import { catalogDifference, keptCatalog, readCatalog } from './catalog.ts';
import { exists, LEDGER_QUERY, type LedgerRow } from './ledger.ts';
import type { Entry } from './reconcile.ts';

/** Tables people made: not those of the server, of other sessions, or of Windlass itself. */
const TABLES = `
  SELECT count(*)::int AS count FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relname LIKE $1
     AND n.nspname NOT IN ('information_schema', 'windlass') AND n.nspname !~ '^pg_'`;

const COLUMN = `
  SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
   WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped`;

const FUNCTION = `
  SELECT count(*)::int AS count FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.proname = $1 AND n.nspname <> 'pg_catalog' AND ($2::text IS NULL OR n.nspname = $2)`;

/** How many lines of a difference go into evidence. */
const LINES = 50;

/** Whether there is anything in the database that people made. @throws WindlassFailure as `Session` does. */
export async function hasTables(session: Session): Promise<boolean> {
  const [row] = await session.query<{ count: number }>(TABLES, ['%']);
  return (row?.count ?? 0) > 0;
}

/**
 * What the ledger and the catalog say now, against the files and `expect`.
 *
 * @throws WindlassFailure as `Session` does; a query of `expect` that the server refuses is a finding that does not
 *   hold.
 */
export async function findingsOf(
  session: Session,
  spec: PostgresMigrateSpec,
  entries: readonly Entry[],
  rows: readonly LedgerRow[],
): Promise<readonly Finding[]> {
  const { database } = spec;
  const how = rows.some(({ standIn }) => standIn !== null) ? 'stand-in' : 'real';
  const seenIn = (query: string): Seen => ({ how, source: inOneLine(query), time: new Date().toISOString() });
  const open = entries.filter(({ is }) => is !== 'applied' && is !== 'left-out');
  const pending = open.map(({ migration, row }) => migration?.name ?? row?.file ?? '');
  const wanted = entries.filter(({ is }) => is !== 'left-out').length;
  const found: Finding[] = [
    {
      ...seenIn(LEDGER_QUERY),
      kind: 'migrations-applied',
      about: { database, directory: spec.source.directory ?? null, to: spec.to ?? null },
      holds: open.length === 0,
      observed: { applied: wanted - open.length, pending },
    },
    ...standIns(rows),
  ];
  const { tables = [], columns = [], functions = [], queries = [], unchangedCatalog } = spec.expect ?? {};
  for (const { like, count } of tables) {
    const [row] = await session.query<{ count: number }>(TABLES, [like]);
    found.push({
      ...seenIn(TABLES.replace('$1', `'${like}'`)),
      kind: 'tables',
      about: { database, like, count },
      holds: row?.count === count,
      observed: { count: row?.count ?? 0 },
    });
  }
  for (const { table, column, type = null } of columns) {
    const [row] = await session.query<{ type: string }>(COLUMN, [table, column]);
    found.push({
      ...seenIn(COLUMN),
      kind: 'column',
      about: { database, table, column, type },
      holds: row !== undefined && (type ?? row.type) === row.type,
      observed: { type: row?.type ?? null },
    });
  }
  for (const name of functions) {
    const [base, schema] = name.split('.').reverse();
    const [row] = await session.query<{ count: number }>(FUNCTION, [base, schema ?? null]);
    const count = row?.count ?? 0;
    found.push({
      ...seenIn(FUNCTION),
      kind: 'function',
      about: { database, name },
      holds: count > 0,
      observed: { count },
    });
  }
  for (const { query, equals } of queries)
    found.push({
      ...seenIn(query),
      kind: 'query',
      about: { database, query, equals },
      ...(await answerTo(session, query, equals)),
    });
  if (unchangedCatalog === true) found.push({ ...(await drift(session, database)), how });
  return found;
}

type Seen = Pick<Finding, 'how' | 'source' | 'time'>;

function inOneLine(query: string): string {
  return query.trim().replace(/\s+/g, ' ');
}

/** A query that fails does not hold; what else goes wrong is no answer at all. */
async function answerTo(
  session: Session,
  query: string,
  equals: string | number | boolean,
): Promise<Pick<FindingOf<'query'>, 'holds' | 'observed'>> {
  try {
    const value = await session.transaction('READ ONLY', () => session.scalar(query));
    return { holds: isEqual(value, equals), observed: { gave: shownValue(value) } };
  } catch (error) {
    if (!(error instanceof WindlassFailure) || error.type !== 'SqlFailed') throw error;
    return { holds: false, observed: { failed: error.message } };
  }
}

async function drift(session: Session, database: string): Promise<Omit<FindingOf<'catalog-unchanged'>, 'how'>> {
  const kept = (await exists(session, 'catalog')) ? await keptCatalog(session) : null;
  const common = { kind: 'catalog-unchanged', about: { database }, time: new Date().toISOString() } as const;
  if (kept === null) return { ...common, holds: false, source: 'windlass.catalog', observed: { kept: null } };
  const difference = catalogDifference(kept, await readCatalog(session));
  return {
    ...common,
    holds: difference.length === 0,
    source: 'windlass.catalog and the system catalogs of PostgreSQL',
    observed: {
      fingerprint: kept.sha256,
      difference: difference.slice(0, LINES),
      more: Math.max(0, difference.length - LINES),
    },
  };
}

/** Says of each file that only stands in for the real one that it does, and why. */
export function standIns(rows: readonly LedgerRow[]): readonly Finding[] {
  return rows.flatMap(({ file, standIn }): readonly Finding[] =>
    standIn === null
      ? []
      : [
          {
            kind: 'migration-stand-in',
            about: { file, why: standIn },
            holds: true,
            how: 'stand-in',
            source: 'windlass.ledger',
            time: new Date().toISOString(),
            observed: null,
          },
        ],
  );
}
