import { escapeIdentifier } from 'pg';
import { durationMs } from '../../domain/duration.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { assertFence } from '../../domain/fence.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import type { Session } from '../session.ts';
import { piecesOf, type Script } from './examine.ts';
import { writeRow } from './ledger.ts';
import type { Directives } from './directives.ts';
import type { Progress } from './progress.ts';
import { runPieces } from './run-script.ts';
import { CHECK_NOW } from './session-state.ts';
import { holdTokenRow } from './token-row.ts';

/** The ledger belongs to the user of the connection, not to the role, nor to one that the file took on. */
const OURSELVES = 'RESET SESSION AUTHORIZATION; RESET ROLE';

/** What it takes to run a file. */
export interface Running {
  readonly session: Session;
  readonly spec: PostgresMigrateSpec;
  readonly context: EngineContext;
  readonly progress: Progress;
}

/**
 * Runs one file and `finish` (its ledger row, unless said otherwise) in one transaction, as the step's role. Leaves the
 * session as it was.
 *
 * @returns milliseconds until all statements had run, the COMMIT not included.
 * @throws WindlassFailure `FenceLost` when another holds the target; `BundleCorrupt` when the file changed; as
 *   `Session` does, at the statement that failed. Nothing of the file is done then.
 */
export async function runMigration(
  { session, spec, context, progress }: Running,
  script: Script,
  finish: (durationMs: number) => Promise<void> = (ms) => writeRow(session, rowOf(script, ms), context),
): Promise<number> {
  const { path } = script.content;
  assertFence(context.fence, path);
  const started = performance.now();
  const durationMs = await session.transaction(
    'READ WRITE',
    async () => {
      // Before any query, which even that of the fence is.
      if (script.isolation !== null) await session.script(`SET TRANSACTION ISOLATION LEVEL ${script.isolation}`);
      if (context.fence !== undefined) await holdTokenRow(session, context.fence, path);
      const limits = timeouts(script.directives, spec, 'LOCAL');
      const role = spec.role === undefined ? '' : `; SET LOCAL ROLE ${escapeIdentifier(spec.role)}`;
      if (limits !== '' || role !== '') await session.script(`${limits}${role}`);
      await runPieces(session, piecesOf(script), path, progress.statement);
      await session.script(`${CHECK_NOW}; ${OURSELVES}`, { locate: () => path });
      const ms = performance.now() - started;
      await finish(ms);
      return ms;
    },
    { locate: () => path, thenReset: true },
  );
  if (script.locks) await session.releaseLocks();
  return durationMs;
}

export function rowOf({ migration, content, standIn }: Script, durationMs: number): Parameters<typeof writeRow>[1] {
  return { migration, kind: migration.kind, sha256: content.sha256, standIn, durationMs };
}

/** `SET` of what the file says about time limits, over those of the step; empty where the session's own hold. */
export function timeouts(
  { lockTimeoutMs, statementTimeoutMs }: Directives,
  { statementTimeout }: Pick<PostgresMigrateSpec, 'statementTimeout'>,
  scope: 'LOCAL' | 'SESSION',
): string {
  const statement = statementTimeoutMs ?? (statementTimeout === undefined ? null : durationMs(statementTimeout));
  const set = (name: string, ms: number | null): readonly string[] =>
    ms === null ? [] : [`SET ${scope} ${name} = ${ms}`];
  return [...set('lock_timeout', lockTimeoutMs), ...set('statement_timeout', statement)].join('; ');
}
