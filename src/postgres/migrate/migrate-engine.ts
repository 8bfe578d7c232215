import { durationMs } from '../../domain/duration.ts';
import type { EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { PostgresMigrateSpec } from '../../domain/kinds/postgres-migrate.ts';
import { holdLock } from '../advisory-lock.ts';
import { artifactSettings, type ArtifactSettings } from '../artifacts/settings.ts';
import type { PostgresConnection } from '../connection.ts';
import { dumpSettings, type DumpSettings } from '../dump/settings.ts';
import { sqlstateOf } from '../errors.ts';
import { applicationName, withSession, type Session } from '../session.ts';
import { carryOut } from './carry-out.ts';
import { keepCatalog } from './catalog.ts';
import { examine, type Script } from './examine.ts';
import { makeLedger, readLedger, type LedgerRow } from './ledger.ts';
import { invalidMigrations, listMigrations, type Migrations } from './migration.ts';
import type { Migration } from '../migration.ts';
import { changesOf, unknownChange, type Scripts } from './planned.ts';
import { Progress } from './progress.ts';
import { reconcile, type Entry } from './reconcile.ts';
import type { Rehearsal } from './rehearsal/result.ts';
import { findingsOf, hasTables, standIns } from './verify.ts';

const NO_DATABASE = '3D000';

/**
 * `postgres.migrate`: runs what did not run yet, each file once, in one transaction with its ledger row or journalled
 * statement by statement; takes back what is later than `to`. Everything that is to run is read through with PostgreSQL's
 * grammar before anything is touched. Throws `InvalidRollout` for files that cannot run, with file:line:column;
 * `LedgerMismatch` when files and ledger do not fit, `ArtifactRefused`, `SqlFailed`, `TargetBusy` for a lock not had in
 * time, `FenceLost`, and what any session throws.
 */
export function postgresMigrateEngine(
  connection: PostgresConnection,
  settings: ArtifactSettings = artifactSettings(process.env),
  tools: DumpSettings = dumpSettings(process.env),
): StepEngine<PostgresMigrateSpec> {
  const session = <T>(spec: PostgresMigrateSpec, context: EngineContext, work: (session: Session) => Promise<T>) =>
    withSession(
      connection,
      {
        database: spec.database,
        application: applicationName(context),
        signal: context.signal,
        lockTimeoutMs: durationMs(spec.lockTimeout),
      },
      work,
    );
  const list = (spec: PostgresMigrateSpec, context: EngineContext): Migrations =>
    listMigrations(spec, context.files, settings);

  /** What the files do on a copy of the catalog; null where nobody authorised it. */
  const rehearsed = async (
    target: Session,
    scripts: Scripts,
    { database, role }: PostgresMigrateSpec,
    context: EngineContext,
  ): Promise<Rehearsal | null> => {
    if (context.rehearses !== true) return null;
    const { signal } = context;
    const application = `${applicationName(context)} (rehearsal)`;
    // Loaded where it is asked for: most plans do without, and need not wait for it.
    const { rehearse } = await import('./rehearsal/rehearse.ts');
    return rehearse(
      target,
      [...scripts.values()],
      { connection, database, application, settings: tools, signal },
      role,
    );
  };

  return {
    async plan(spec, context) {
      const migrations = list(spec, context);
      try {
        return await session(spec, context, async (open) => {
          const entries = await entriesOf(open, migrations, spec);
          const scripts = await scriptsOf(entries, context.signal);
          await assertJournals(open, scripts, spec);
          const rehearsal = await rehearsed(open, scripts, spec, context);
          return [...(await changesOf(open, entries, scripts, spec, rehearsal)).values()].flat();
        });
      } catch (error) {
        if (sqlstateOf(error) !== NO_DATABASE) throw error;
        // An earlier step of the same rollout may be about to make it; what can be said of the files is said now.
        const scripts = await examineAll(migrations.up, context.signal);
        return migrations.up.map((migration) => unknownChange(migration, scripts.get(migration), spec));
      }
    },

    async apply(spec, context) {
      const migrations = list(spec, context);
      return session(spec, context, async (open) => {
        await holdLock(open, 'migration', context);
        const entries = await entriesOf(open, migrations, spec);
        const scripts = await scriptsOf(entries, context.signal);
        const rehearsal = await rehearsed(open, scripts, spec, context);
        await makeLedger(open);
        const progress = new Progress(connection, spec.database, context, open);
        try {
          const changes = await carryOut({ session: open, spec, context, progress }, entries, scripts, rehearsal);
          if (changes.some(({ action }) => action !== 'unchanged')) await keepCatalog(open);
          return { changes, findings: standIns(await rowsOf(open)) };
        } finally {
          await progress.stop();
        }
      });
    },

    async verify(spec, context) {
      const migrations = list(spec, context);
      return session(spec, context, async (open) => {
        const entries = await entriesOf(open, migrations, spec);
        return findingsOf(open, spec, entries, await rowsOf(open));
      });
    },

    undo: ({ database }) =>
      `Versions with a U<version>__<description>.sql file are taken back by setting \`to\` to an earlier version, newest ` +
      `first and behind a gate. Without such a file there is no way back but a backup of database ${database} from before.`,
  };
}

async function rowsOf(session: Session): Promise<readonly LedgerRow[]> {
  return (await readLedger(session)) ?? [];
}

async function entriesOf(
  session: Session,
  migrations: Migrations,
  spec: PostgresMigrateSpec,
): Promise<readonly Entry[]> {
  const rows = await rowsOf(session);
  const asks = rows.length === 0 && spec.baseline !== undefined;
  return reconcile(migrations, rows, spec, asks && (await hasTables(session)));
}

/** Everything that is to run, read through. */
async function scriptsOf(entries: readonly Entry[], signal: AbortSignal): Promise<Scripts> {
  const toRun = entries.flatMap((entry) => {
    if (entry.is === 'pending') return [entry.migration];
    return entry.is === 'undo' ? [entry.by] : [];
  });
  return examineAll(toRun, signal);
}

/** @throws WindlassFailure `LedgerMismatch` for a file without transaction that is not the one which stopped halfway. */
async function assertJournals(session: Session, scripts: Scripts, spec: PostgresMigrateSpec): Promise<void> {
  const pending = [...scripts.values()];
  const journalled = pending.filter(({ directives }) => directives.noTransaction);
  if (journalled.length === 0) return;
  const { readJournal } = await import('./journal.ts');
  for (const script of journalled) await readJournal(session, script, spec, pending);
}

/** @throws WindlassFailure `InvalidRollout` with everything that cannot run, in all files. */
async function examineAll(migrations: readonly Migration[], signal: AbortSignal): Promise<Scripts> {
  const scripts = new Map<Migration, Script>();
  const wrong: string[] = [];
  for (const migration of migrations) {
    const { script, problems } = await examine(migration, signal);
    scripts.set(migration, script);
    wrong.push(...problems);
  }
  if (wrong.length > 0) throw invalidMigrations('migrations', wrong);
  return scripts;
}
