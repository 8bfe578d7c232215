import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import { isVersion, numberOf } from '../../domain/migration-naming.ts';
import type { Session } from '../session.ts';
import { digestOf, type Part, type Script } from './examine.ts';
import { exists } from './ledger.ts';
import { outsideOnly } from './lint/outside.ts';
import { blockEdge, isolationOf } from './lint/session.ts';

/** A statement of a file without transaction, or a transaction of the file's own from BEGIN to COMMIT. */
export interface Unit {
  /** From 1. */
  readonly n: number;
  /** The first one. */
  readonly statement: Extract<Part, { kind: 'statement' }>;
  /** The statement and the rows that follow it; of a transaction, what is between its beginning and its end. */
  readonly parts: readonly Part[];
  /** Whether it is a transaction of the file's own. */
  readonly isBlock: boolean;
  /** The isolation level that such a transaction asks for; null for that of the session. */
  readonly isolation: string | null;
  readonly sha256: string;
}

/** What the journal says of a statement that began. */
interface JournalRow {
  readonly version: string;
  readonly statement: number;
  readonly sha256: string;
  readonly done: boolean;
  /** What its session held once it was done, one thing a line; null where an older version wrote the row. */
  readonly session: readonly string[] | null;
  /** An invalid index that a statement which the server refused left behind, as SQL names it. */
  readonly leftover: string | null;
}

export interface Journal {
  /** Under which the rows are: that of the file, or the one that it had while it was alone with its number. */
  readonly version: string;
  /** By number of the statement; without those that were replaced. */
  readonly rows: ReadonlyMap<number, JournalRow>;
  /** What does not fit the file, and is accepted all the same. */
  readonly accepted: PostgresMigrateSpec['repair'][number] | null;
  /** Statements that were refused and are others by now. */
  readonly replaced: readonly JournalRow[];
}

export function unitsOf(parts: readonly Part[]): readonly Unit[] {
  const units: Unit[] = [];
  for (let from = 0; from < parts.length;) {
    const statement = parts[from];
    const isBlock = edgeOf(statement) === 'begin';
    const ends = (part: Part): boolean => (isBlock ? edgeOf(part) === 'end' : part.kind === 'statement');
    const next = parts.findIndex((part, index) => index > from && ends(part));
    const to = next < 0 ? parts.length : next;
    if (statement?.kind === 'statement') {
      const own = parts.slice(isBlock ? from + 1 : from, to);
      const sql = own.flatMap((part) => (part.kind === 'statement' ? [part.sql] : []));
      const isolation = isBlock && statement.node !== undefined ? isolationOf(statement.node) : null;
      const sha256 = digestOf((isBlock ? [statement.sql, ...sql] : sql).join(';'));
      units.push({ n: units.length + 1, statement, parts: own, isBlock, isolation, sha256 });
    }
    from = isBlock ? to + 1 : to;
  }
  return units;
}

function edgeOf(part: Part | undefined): 'begin' | 'end' | null {
  return part?.kind === 'statement' && part.node !== undefined ? blockEdge(part.node) : null;
}

/**
 * The journal of a file, empty where it never began.
 *
 * @param pending what is to run, the file included: files of its number tell whose a journal is that stopped under the number alone.
 * @throws WindlassFailure `LedgerMismatch` when it stopped halfway and cannot go on from there, and nobody accepts that.
 */
export async function readJournal(
  session: Session,
  script: Script,
  spec: Pick<PostgresMigrateSpec, 'database' | 'repair'>,
  pending: readonly Script[],
): Promise<Journal> {
  const { migration, content, directives, parts } = script;
  const all = (await exists(session, 'journal')) ? await session.query<JournalRow & Record<string, unknown>>(ROWS) : [];
  const { version, unclear } = whereabouts(all, script, pending);
  const rows = all.filter((row) => row.version === version);
  const units = unitsOf(parts ?? []);
  const others = rows.filter(({ statement, sha256 }) => units[statement - 1]?.sha256 !== sha256);
  const replaced = others.filter(({ leftover }) => leftover !== null);
  const counting = rows.filter((row) => !replaced.includes(row));
  const journal = { version, rows: new Map(counting.map((row) => [row.statement, row])), accepted: null, replaced };
  const other = others.find(({ leftover }) => leftover === null);
  const unsure = counting.find(
    ({ statement, done }) => !done && cannotTell(units[statement - 1]) && !directives.runAgain,
  );
  if (unclear.length === 0 && other === undefined && unsure === undefined) return journal;
  const meant = [migration.version, version, ...unclear.map((one) => one.migration.version)];
  const accepted = spec.repair.find(
    ({ accept, version: written }) => accept === 'interrupted' && meant.some((one) => isVersion(written, one)),
  );
  if (accepted !== undefined) return { version, rows: new Map(), accepted, replaced: [] };
  throw new WindlassFailure('LedgerMismatch', why(), {
    object: `database ${spec.database}`,
    next:
      (unclear.length === 0 && other === undefined
        ? 'If it may run again, say so in the file with `-- windlass: run-again`; else see '
        : 'Bring back the file as it began, or see ') +
      'what it did, write a file that goes on from there, and accept it ' +
      'with `repair: [{ version, accept: interrupted, reason }]`.',
  });

  function why(): string {
    if (unclear.length > 0)
      return `A file of version ${version} stopped halfway, and it cannot be told which of ${unclear.map((one) => one.content.path).join(', ')} it is now.`;
    if (other !== undefined)
      return `${content.path} stopped halfway, and its statement ${other.statement} is another one since.`;
    return `${content.path} was cut off in its statement ${unsure?.statement ?? 0}, which has transactions of its own: nobody can tell how many of them were committed.`;
  }
}

/**
 * Under which version the journal of a file is. A file gets another version when a second one of its number comes or goes;
 * its journal is then the one of that number which has no file, if its statements are those of this file alone.
 */
function whereabouts(
  rows: readonly JournalRow[],
  script: Script,
  pending: readonly Script[],
): { readonly version: string; readonly unclear: readonly Script[] } {
  const own = script.migration.version;
  const journalled = new Set(rows.map(({ version }) => version));
  if (journalled.has(own)) return { version: own, unclear: [] };
  const alike = pending.filter(({ migration }) => numberOf(migration.version) === numberOf(own));
  const lone = [...journalled].filter(
    (version) => numberOf(version) === numberOf(own) && alike.every(({ migration }) => migration.version !== version),
  );
  const candidates = alike.filter(
    ({ migration, directives }) => directives.noTransaction && !journalled.has(migration.version),
  );
  for (const version of lone) {
    const its = rows.filter((row) => row.version === version);
    const matching = candidates.length === 1 ? candidates : candidates.filter((one) => fits(its, one));
    if (matching.length !== 1) return { version, unclear: candidates };
    if (matching[0] === script) return { version, unclear: [] };
  }
  return { version: own, unclear: [] };
}

/** Whether all that a journal holds was done by the statements of this file. */
function fits(rows: readonly JournalRow[], { parts }: Script): boolean {
  const units = unitsOf(parts ?? []);
  return rows.every(({ statement, sha256, leftover }) => leftover !== null || units[statement - 1]?.sha256 === sha256);
}

/** Rows as JSON, so that columns which an older journal does not have read as null. */
const ROWS = `
  SELECT version, statement, sha256, done, to_jsonb(journal)->'session' AS session, to_jsonb(journal)->>'leftover' AS leftover
    FROM windlass.journal ORDER BY version, statement`;

/** Nothing in the catalog says how far CALL and DO came; of anything else that is cut off it does, or it does no harm again. */
function cannotTell(unit: Unit | undefined): boolean {
  const node = unit?.statement.node;
  return node !== undefined && ('CallStmt' in node || 'DoStmt' in node) && outsideOnly(node) === null;
}

/**
 * Gives an older journal the columns that it lacks.
 *
 * @throws WindlassFailure as `Session` does: `SqlFailed` where `makeLedger` never ran.
 */
export async function makeJournal(session: Session): Promise<void> {
  const [row] = await session.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'windlass.journal'::regclass AND attname = 'leftover') AS there`,
  );
  if (row?.there === true) return;
  await session.transaction('READ WRITE', () =>
    session.script(`
      ALTER TABLE windlass.journal ADD COLUMN IF NOT EXISTS session jsonb;
      ALTER TABLE windlass.journal ADD COLUMN IF NOT EXISTS leftover text;
      COMMENT ON COLUMN windlass.journal.session IS 'What the session held once the statement was done.';
      COMMENT ON COLUMN windlass.journal.leftover IS 'Invalid index that a refused statement left behind.'`),
  );
}
