import type { EvidenceHow, Finding } from '../../domain/evidence.ts';
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

/** Whether there is anything in the database that people made. */
export async function hasTables(session: Session): Promise<boolean> {
  const [row] = await session.query<{ count: number }>(TABLES, ['%']);
  return (row?.count ?? 0) > 0;
}

/** What the ledger and the catalog say now, against the files and `expect`. */
export async function findingsOf(
  session: Session,
  spec: PostgresMigrateSpec,
  entries: readonly Entry[],
  rows: readonly LedgerRow[],
): Promise<readonly Finding[]> {
  const of = new Findings(
    `database ${spec.database}`,
    rows.some(({ standIn }) => standIn !== null) ? 'stand-in' : 'real',
  );
  const open = entries.filter(({ is }) => is !== 'applied' && is !== 'left-out');
  const pending = open.map(({ migration, row }) => migration?.name ?? row?.file ?? '');
  const where = spec.source.directory ?? 'the artifacts';
  const wanted = entries.filter(({ is }) => is !== 'left-out').length;
  const upTo = spec.to === undefined ? '' : ` up to version ${spec.to}`;
  const claim =
    wanted === 0 ? `${where} has no migration${upTo}` : `every migration of ${where}${upTo} is in the ledger`;
  of.add(claim, open.length === 0, LEDGER_QUERY, { applied: wanted - open.length, pending });
  of.found.push(...standIns(rows));
  const { tables = [], columns = [], functions = [], queries = [], unchangedCatalog } = spec.expect ?? {};
  for (const { like, count } of tables) {
    const [row] = await session.query<{ count: number }>(TABLES, [like]);
    const claim = `${count} ${count === 1 ? 'table' : 'tables'} like ${like}`;
    of.add(claim, row?.count === count, TABLES.replace('$1', `'${like}'`), { count: row?.count ?? 0 });
  }
  for (const { table, column, type } of columns) {
    const [row] = await session.query<{ type: string }>(COLUMN, [table, column]);
    const claim = `column ${column} of ${table}${type === undefined ? ' exists' : ` is ${type}`}`;
    of.add(claim, row !== undefined && (type ?? row.type) === row.type, COLUMN, { type: row?.type ?? null });
  }
  for (const name of functions) {
    const [base, schema] = name.split('.').reverse();
    const [row] = await session.query<{ count: number }>(FUNCTION, [base, schema ?? null]);
    of.add(`function ${name} exists`, (row?.count ?? 0) > 0, FUNCTION, { count: row?.count ?? 0 });
  }
  for (const { query, equals } of queries) await addQuery(session, of, query, equals);
  if (unchangedCatalog === true) await addDrift(session, of);
  return of.found;
}

class Findings {
  readonly found: Finding[] = [];
  readonly #subject: string;
  readonly #how: EvidenceHow;

  constructor(subject: string, how: EvidenceHow) {
    this.#subject = subject;
    this.#how = how;
  }

  add(claim: string, holds: boolean, query: string, observed: Finding['observed']): void {
    this.found.push({
      subject: this.#subject,
      claim,
      holds,
      how: this.#how,
      source: query.trim().replace(/\s+/g, ' '),
      ...(observed === undefined ? {} : { observed }),
      time: new Date().toISOString(),
    });
  }
}

/** A query that fails does not hold; what else goes wrong is no answer at all. */
async function addQuery(
  session: Session,
  findings: Findings,
  query: string,
  equals: string | number | boolean,
): Promise<void> {
  const claim = `${query} gives ${JSON.stringify(equals)}`;
  try {
    const value = await session.transaction('READ ONLY', () => session.scalar(query));
    findings.add(claim, isEqual(value, equals), query, { gave: shownValue(value) });
  } catch (error) {
    if (!(error instanceof WindlassFailure) || error.type !== 'SqlFailed') throw error;
    findings.add(claim, false, query, { failed: error.message });
  }
}

async function addDrift(session: Session, findings: Findings): Promise<void> {
  const kept = (await exists(session, 'catalog')) ? await keptCatalog(session) : null;
  const claim = 'the catalog is as the last migration left it';
  if (kept === null) {
    findings.add(claim, false, 'windlass.catalog', { kept: null });
    return;
  }
  const difference = catalogDifference(kept, await readCatalog(session));
  findings.add(claim, difference.length === 0, 'windlass.catalog and the system catalogs of PostgreSQL', {
    fingerprint: kept.sha256,
    difference: difference.slice(0, LINES),
    more: Math.max(0, difference.length - LINES),
  });
}

/** Says of each file that only stands in for the real one that it does, and why. */
export function standIns(rows: readonly LedgerRow[]): readonly Finding[] {
  return rows
    .filter(({ standIn }) => standIn !== null)
    .map(({ file, standIn }) => ({
      subject: `migration ${file}`,
      claim: `is a stand-in: ${standIn ?? ''}`,
      holds: true,
      how: 'stand-in',
      source: 'windlass.ledger',
      time: new Date().toISOString(),
    }));
}
