import { escapeIdentifier } from 'pg';
import { assertFence } from '../../domain/fence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { digestOf, type Part, type Script } from './examine.ts';
import { settle } from './interrupted.ts';
import { writeRow } from './ledger.ts';
import { outsideOnly } from './lint/outside.ts';
import { recordRepair } from './repairs.ts';
import { OURSELVES, rowOf, timeouts, type Running } from './run-migration.ts';
import { runPieces } from './run-script.ts';
import { holdTokenRow } from './token-row.ts';

interface Unit {
  readonly statement: Extract<Part, { kind: 'statement' }>;
  /** The statement and the rows that follow it. */
  readonly parts: readonly Part[];
  readonly sha256: string;
}

/**
 * Runs a file that cannot run in one transaction, statement by statement. A statement that can runs in one with its row in
 * the journal; any other has its beginning and its end journalled, and what an interruption left of it is looked for in
 * the catalog. Leaves the session as it was.
 *
 * @returns milliseconds until all statements had run.
 */
export async function runJournalled(running: Running, script: Script): Promise<number> {
  const { session, context } = running;
  const { path } = script.content;
  const started = performance.now();
  const units = unitsOf(script.parts ?? []);
  const journal = await journalOf(running, script, units);
  for (const [index, unit] of units.entries()) {
    const known = journal.get(index + 1);
    if (known === true) continue;
    assertFence(context.fence, path);
    running.progress.statement(index, unit.statement);
    if (unit.statement.node === undefined || outsideOnly(unit.statement.node) === null)
      await within(running, script, unit, index + 1);
    else await outside(running, script, unit, index + 1, known === false);
  }
  const durationMs = performance.now() - started;
  await fenced(running, path, async () => {
    await writeRow(session, rowOf(script, durationMs), context);
    await session.query('DELETE FROM windlass.journal WHERE version = $1', [script.migration.version]);
  });
  return durationMs;
}

function unitsOf(parts: readonly Part[]): readonly Unit[] {
  const begins = parts.flatMap((part, index) => (part.kind === 'statement' ? [{ statement: part, index }] : []));
  return begins.map(({ statement, index }, n) => ({
    statement,
    parts: parts.slice(index, begins[n + 1]?.index),
    sha256: digestOf(statement.sql),
  }));
}

/** Whether each statement that began is done, by its number from 1. */
async function journalOf(
  running: Running,
  { migration, content }: Script,
  units: readonly Unit[],
): Promise<ReadonlyMap<number, boolean>> {
  const { session, spec } = running;
  const rows = await session.query<{ statement: number; sha256: string; done: boolean }>(
    'SELECT statement, sha256, done FROM windlass.journal WHERE version = $1 ORDER BY statement',
    [migration.version],
  );
  const other = rows.find(({ statement, sha256 }) => units[statement - 1]?.sha256 !== sha256);
  if (other === undefined) return new Map(rows.map(({ statement, done }) => [statement, done]));
  const repair = spec.repair.find(({ accept, version }) => accept === 'interrupted' && version === migration.version);
  if (repair !== undefined) {
    await fenced(running, content.path, async () => {
      await recordRepair(session, repair, rows, running.context);
      await session.query('DELETE FROM windlass.journal WHERE version = $1', [migration.version]);
    });
    return new Map();
  }
  throw new WindlassFailure(
    'LedgerMismatch',
    `${content.path} stopped halfway, and its statement ${other.statement} is another one since.`,
    {
      object: `database ${spec.database}`,
      next:
        'Bring back the file as it began, or see what it did, write a file that goes on from there, and accept it ' +
        'with `repair: [{ version, accept: interrupted, reason }]`.',
    },
  );
}

/** One transaction that a stale holder of the target's lock cannot commit. */
async function fenced<T>({ session, context }: Running, path: string, work: () => Promise<T>): Promise<T> {
  return session.transaction(
    'READ WRITE',
    async () => {
      if (context.fence !== undefined) await holdTokenRow(session, context.fence, path);
      return work();
    },
    { locate: () => path },
  );
}

const WRITE = `
  INSERT INTO windlass.journal (version, statement, sha256, done) VALUES ($1, $2, $3, $4)
  ON CONFLICT (version, statement) DO UPDATE SET done = EXCLUDED.done`;

async function within(running: Running, script: Script, unit: Unit, n: number): Promise<void> {
  const { session, spec } = running;
  const { path } = script.content;
  await fenced(running, path, async () => {
    const limits = timeouts(script.directives, spec, 'LOCAL');
    if (limits !== '') await session.script(limits);
    if (spec.role !== undefined) await session.script(`SET LOCAL ROLE ${escapeIdentifier(spec.role)}`);
    await runPieces(session, each(unit.parts), path, () => undefined, OURSELVES);
    await session.query(WRITE, [script.migration.version, n, unit.sha256, true]);
  });
  await session.reset();
}

async function outside(running: Running, script: Script, unit: Unit, n: number, began: boolean): Promise<void> {
  const { session, spec } = running;
  const { path } = script.content;
  const row = [script.migration.version, n, unit.sha256];
  await fenced(running, path, () => session.query(WRITE, [...row, false]));
  try {
    const limits = timeouts(script.directives, spec, 'SESSION');
    if (limits !== '') await session.script(limits);
    if (spec.role !== undefined) await session.script(`SET ROLE ${escapeIdentifier(spec.role)}`);
    const left = await settle(session, unit.statement, began);
    if (left === 'to-do') await runPieces(session, each(unit.parts), path, () => undefined);
  } finally {
    // A session that is lost says so at its next statement; the error that led here is the one to tell.
    await session.reset().catch(() => undefined);
  }
  await fenced(running, path, () => session.query(WRITE, [...row, true]));
}

async function* each(parts: readonly Part[]): AsyncGenerator<Part> {
  yield* await Promise.resolve(parts);
}
