import { isDeepStrictEqual } from 'node:util';
import { escapeIdentifier } from 'pg';
import { assertFence } from '../../domain/fence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { sqlstateOf } from '../errors.ts';
import type { Part, Script } from './examine.ts';
import { invalidIndexOf, settle } from './interrupted.ts';
import { makeJournal, readJournal, unitsOf, type Journal, type Unit } from './journal.ts';
import { writeRow } from './ledger.ts';
import { outsideOnly } from './lint/outside.ts';
import { setsSession } from './lint/session.ts';
import { mayCommit, transactionsOf } from './own-transactions.ts';
import { recordRepair } from './repairs.ts';
import { rowOf, timeouts, type Running } from './run-migration.ts';
import { runPieces } from './run-script.ts';
import { CHECK_NOW, customSettings, FOR_US, shownLine, stateOf } from './session-state.ts';
import { holdTokenRow } from './token-row.ts';

/** What a statement is answered with that cannot run in a transaction, before it has done anything. */
const NOT_IN_TRANSACTION = '25001';

/**
 * Runs a file that cannot run in one transaction, statement by statement, in one session that keeps what they set on it, as
 * psql does. A statement that can runs in a transaction with its row in the journal; any other has its beginning and its end
 * journalled, and what an interruption left of it is looked for in the catalog. Leaves the session as it was.
 *
 * @param pending what is to run, this file included, as `readJournal` takes it.
 * @returns milliseconds until all statements had run.
 * @throws WindlassFailure `FenceLost` when another holds the target; `LedgerMismatch` when it stopped halfway before
 *   and cannot go on; as `Session` does, at the statement that failed.
 */
export async function runJournalled(running: Running, script: Script, pending: readonly Script[]): Promise<number> {
  const { session, spec, context } = running;
  const { path } = script.content;
  const started = performance.now();
  const units = unitsOf(script.parts ?? []);
  await makeJournal(session);
  const journal = await readJournal(session, script, spec, pending);
  await settleJournal(running, script, journal);
  const limits = timeouts(script.directives, spec, 'SESSION');
  const role = spec.role === undefined ? [] : [`SET ROLE ${escapeIdentifier(spec.role)}`];
  const begin = [...(limits === '' ? [] : [limits]), ...role].join('; ');
  if (begin !== '') await session.script(begin);
  await resume(running, script, units, journal);
  const settings = new Set<string>();
  for (const unit of units) {
    for (const name of settingsIn(unit)) settings.add(name);
    const known = journal.rows.get(unit.n);
    if (known?.done === true) continue;
    assertFence(context.fence, path);
    running.progress.statement(unit.n - 1, unit.statement);
    await runUnit({ ...running, settings }, script, unit, known !== undefined);
  }
  const durationMs = performance.now() - started;
  await session.reset();
  await session.releaseLocks();
  await fenced(running, path, async () => {
    await writeRow(session, rowOf(script, durationMs), context);
    await session.query('DELETE FROM windlass.journal WHERE version = $1', [script.migration.version]);
  });
  return durationMs;
}

/** Brings a journal to the version that its file has now, carries out what somebody accepted, and clears away what refused statements left that are others by now. */
async function settleJournal(running: Running, script: Script, journal: Journal): Promise<void> {
  const { accepted, replaced } = journal;
  const { session, context } = running;
  const { version } = script.migration;
  if (journal.version !== version)
    await fenced(running, script.content.path, () =>
      session.query('UPDATE windlass.journal SET version = $2 WHERE version = $1', [journal.version, version]),
    );
  for (const { statement, leftover } of replaced) {
    const [there] = await session.query('SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid', [
      leftover,
    ]);
    if (there !== undefined) await session.script(`DROP INDEX CONCURRENTLY ${leftover ?? ''}`);
    await fenced(running, script.content.path, () =>
      session.query('DELETE FROM windlass.journal WHERE version = $1 AND statement = $2', [version, statement]),
    );
  }
  if (accepted === null) return;
  await fenced(running, script.content.path, async () => {
    const rows = await session.query('SELECT statement, sha256, done FROM windlass.journal WHERE version = $1', [
      version,
    ]);
    await recordRepair(session, accepted, rows, context);
    await session.query('DELETE FROM windlass.journal WHERE version = $1', [version]);
  });
}

/**
 * Brings a new session to where the one was that stopped: what set something on it runs once more.
 *
 * @throws WindlassFailure `LedgerMismatch` when it held what cannot be had again, such as a temporary table.
 */
async function resume(
  { session, spec }: Running,
  script: Script,
  units: readonly Unit[],
  { rows }: Journal,
): Promise<void> {
  const done = units.filter(({ n }) => rows.get(n)?.done === true);
  const held = done.flatMap(({ n }) => rows.get(n)?.session ?? []);
  if (held.length === 0 && done.length === 0) return;
  for (const part of done.flatMap(({ parts }) => parts)) {
    if (part.kind !== 'statement') continue;
    const { node, sql } = part;
    // What the server refuses by now (a role that is gone) shows in what the session lacks then.
    if (node !== undefined && setsSession(node)) await session.script(sql).catch(passOver);
  }
  const then = rows.get(done.at(-1)?.n ?? 0)?.session ?? null;
  if (then === null) return;
  const now = await stateOf(session, new Set(done.flatMap(settingsIn)));
  const [lacks] = then.filter((line) => !now.includes(line));
  const [more] = now.filter((line) => !then.includes(line));
  if (lacks === undefined && more === undefined) return;
  const { path } = script.content;
  throw new WindlassFailure(
    'LedgerMismatch',
    `${path} stopped after statement ${done.length} of ${units.length}, and its session cannot be had again: ` +
      (lacks === undefined ? `it had no ${shownLine(more ?? '')}.` : `it had ${shownLine(lacks)}.`),
    {
      object: `database ${spec.database}`,
      next:
        'See what the file did, write one that goes on from there, and accept it with ' +
        '`repair: [{ version, accept: interrupted, reason }]`.',
    },
  );
}

function passOver(error: unknown): void {
  if (sqlstateOf(error) === null) throw error;
}

function settingsIn({ parts }: Unit): readonly string[] {
  return parts.flatMap((part) => (part.kind === 'statement' ? customSettings(part.sql) : []));
}

/** With the names of custom settings in the statements so far. */
type RunningUnit = Running & { readonly settings: ReadonlySet<string> };

async function runUnit(running: RunningUnit, script: Script, unit: Unit, began: boolean): Promise<void> {
  const { node } = unit.statement;
  if (node !== undefined && !unit.isBlock && (outsideOnly(node) !== null || (await mayCommit(running.session, node))))
    return outside(running, script, unit, began);
  try {
    await within(running, script, unit);
  } catch (error) {
    if (sqlstateOf(error) !== NOT_IN_TRANSACTION || unit.isBlock) throw error;
    await outside(running, script, unit, began);
  }
}

/** One transaction that a stale holder of the target's lock cannot commit; nothing of the file's session reaches into it. */
async function fenced<T>({ session, context }: Running, path: string, work: () => Promise<T>): Promise<T> {
  return session.transaction(
    'READ WRITE',
    async () => {
      await session.script(FOR_US);
      if (context.fence !== undefined) await holdTokenRow(session, context.fence, path);
      return work();
    },
    { locate: () => path },
  );
}

const WRITE = `
  INSERT INTO windlass.journal (version, statement, sha256, done, session) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (version, statement) DO UPDATE SET done = EXCLUDED.done, session = EXCLUDED.session, leftover = NULL`;

async function within(running: RunningUnit, script: Script, unit: Unit): Promise<void> {
  const { session, context, settings } = running;
  const { path } = script.content;
  const { version } = script.migration;
  const work = async (): Promise<readonly string[]> => {
    if (unit.isolation !== null) await session.script(`SET TRANSACTION ISOLATION LEVEL ${unit.isolation}`);
    await runPieces(session, each(unit.parts), path, () => undefined);
    await session.script(CHECK_NOW, { locate: () => path });
    const state = await stateOf(session, settings);
    await session.script(FOR_US);
    if (context.fence !== undefined) await holdTokenRow(session, context.fence, path);
    await session.query(WRITE, [version, unit.n, unit.sha256, true, JSON.stringify(state)]);
    return state;
  };
  const before = await session.transaction('AS SET', work, { locate: () => path });
  // SET LOCAL, ON COMMIT DROP and the like were gone with the transaction.
  const after = await stateOf(session, settings);
  if (isDeepStrictEqual(before, after)) return;
  await fenced(running, path, () =>
    session.query('UPDATE windlass.journal SET session = $3 WHERE version = $1 AND statement = $2', [
      version,
      unit.n,
      JSON.stringify(after),
    ]),
  );
}

async function outside(running: RunningUnit, script: Script, unit: Unit, began: boolean): Promise<void> {
  const { session, settings } = running;
  const { path } = script.content;
  const row = [script.migration.version, unit.n, unit.sha256];
  await fenced(running, path, () => session.query(WRITE, [...row, false, null]));
  if ((await settle(session, unit.statement, began)) === 'to-do') {
    const before = await transactionsOf(session);
    try {
      await runPieces(session, each(unit.parts), path, () => undefined);
    } catch (error) {
      await refused(running, script, unit, before).catch(passOver);
      throw error;
    }
  }
  const state = await stateOf(session, settings);
  await fenced(running, path, () => session.query(WRITE, [...row, true, JSON.stringify(state)]));
}

/**
 * A statement that the server refused did nothing if the transaction that ended with the refusal was its only one: it counts
 * as never begun. So does one that does no harm when it is left where it is.
 */
async function refused(running: Running, script: Script, unit: Unit, before: number): Promise<void> {
  const { session } = running;
  const { node } = unit.statement;
  const only = (await transactionsOf(session)) - before === 2;
  const leftover = only ? null : await invalidIndexOf(session, node);
  const harmless =
    node !== undefined && ['VacuumStmt', 'ClusterStmt', 'IndexStmt', 'ReindexStmt'].some((kind) => kind in node);
  if (!only && !harmless) return;
  if (!only && node !== undefined && 'ReindexStmt' in node) await settle(session, unit.statement, true);
  const key = [script.migration.version, unit.n];
  await fenced(running, script.content.path, () =>
    leftover === null
      ? session.query('DELETE FROM windlass.journal WHERE version = $1 AND statement = $2', key)
      : session.query('UPDATE windlass.journal SET leftover = $3 WHERE version = $1 AND statement = $2', [
          ...key,
          leftover,
        ]),
  );
}

async function* each(parts: readonly Part[]): AsyncGenerator<Part> {
  yield* await Promise.resolve(parts);
}
