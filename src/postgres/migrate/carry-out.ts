import type { Change } from '../../domain/change.ts';
import { formatDuration } from '../../domain/duration.ts';
import { isVersion } from '../../domain/migration-naming.ts';
import type { Script } from './examine.ts';
import { writeRow } from './ledger.ts';
import { changesOf, type Scripts } from './planned.ts';
import type { Entry } from './reconcile.ts';
import type { Rehearsal } from './rehearsal/result.ts';
import { recordRepair } from './repairs.ts';
import { rowOf, runMigration, type Running } from './run-migration.ts';
import { holdTokenRow } from './token-row.ts';

/**
 * Does what is to be done, entry by entry, and says what it did.
 *
 * @throws WindlassFailure as `runMigration` and `runJournalled` do; what was done before stays.
 */
export async function carryOut(
  running: Running,
  entries: readonly Entry[],
  scripts: Scripts,
  rehearsal: Rehearsal | null,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const of = entries.filter(({ is }) => is === 'pending' || is === 'undo').length;
  // Asked before any file runs: afterwards nobody can tell what it took away.
  const planned = await changesOf(running.session, entries, scripts, running.spec, rehearsal);
  let n = 0;
  for (const entry of entries) {
    const [change, ...lost] = planned.get(entry) ?? [];
    if (change === undefined) continue;
    const script = scriptOf(entry, scripts);
    if (script === undefined) {
      await settleRow(running, entry);
      changes.push(change, ...lost);
      continue;
    }
    n += 1;
    running.progress.file(script.migration.name, n, of, script.statements);
    const ms = await run(running, entry, script, scripts);
    changes.push({ ...change, detail: [...(change.detail ?? []), `ran in ${formatDuration(ms)}`] }, ...lost);
  }
  return changes;
}

function scriptOf(entry: Entry, scripts: Scripts): Script | undefined {
  if (entry.is === 'undo') return scripts.get(entry.by);
  return entry.is === 'pending' ? scripts.get(entry.migration) : undefined;
}

async function run(running: Running, entry: Entry, script: Script, scripts: Scripts): Promise<number> {
  if (entry.is === 'undo') return takeBack(running, entry, script);
  if (script.directives.noTransaction) {
    // Few files run so.
    const { runJournalled } = await import('./run-journalled.ts');
    return runJournalled(running, script, [...scripts.values()]);
  }
  const { session, spec, context } = running;
  const late = spec.repair.find(
    ({ accept, version }) => accept === 'out-of-order' && isVersion(version, script.migration.version),
  );
  return runMigration(running, script, async (ms) => {
    await writeRow(session, rowOf(script, ms), context);
    if (late !== undefined) await recordRepair(session, late, null, context);
  });
}

/** The down file and the end of the ledger row in one transaction; that it was is kept. */
function takeBack(running: Running, entry: Extract<Entry, { is: 'undo' }>, script: Script): Promise<number> {
  const { session, spec, context } = running;
  const { row, by } = entry;
  return runMigration(running, script, async () => {
    await session.query('DELETE FROM windlass.ledger WHERE version = $1', [row.version]);
    const reason = `to version ${spec.to ?? ''} by ${by.name}`;
    await recordRepair(session, { version: row.version, accept: 'undone', reason }, row, context);
  });
}

/** Repairs and baselines change nothing but the ledger. */
async function settleRow(running: Running, entry: Entry): Promise<void> {
  const { session, spec, context } = running;
  if (entry.is !== 'repair' && entry.is !== 'baseline') return;
  await session.transaction('READ WRITE', async () => {
    if (context.fence !== undefined) await holdTokenRow(session, context.fence, `database ${spec.database}`);
    if (entry.is === 'baseline') {
      const { sha256 } = entry.migration;
      await writeRow(
        session,
        { migration: entry.migration, kind: 'baseline', sha256, standIn: null, durationMs: 0 },
        context,
      );
      const { version } = entry.migration;
      await recordRepair(session, { version, accept: 'baseline', reason: spec.baseline?.reason ?? '' }, null, context);
      return;
    }
    const { row, migration, repair } = entry;
    await (migration === null
      ? session.query(`UPDATE windlass.ledger SET kind = 'missing' WHERE version = $1`, [row.version])
      : session.query('UPDATE windlass.ledger SET sha256 = $2, file = $3, stand_in = NULL WHERE version = $1', [
          row.version,
          migration.sha256,
          migration.name,
        ]));
    await recordRepair(session, repair, row, context);
  });
}
