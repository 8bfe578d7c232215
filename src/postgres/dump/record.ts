import type { BucketWriter } from '../../domain/bucket-writer.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import type { PostgresConnection } from '../connection.ts';
import { applicationName, withSession } from '../session.ts';
import { notCompared, objectsOf, relationsOf, sequencesOf, settle, tablesOf } from './content.ts';
import { dumpInto, LOCK_WAIT_MS, type DumpOrder } from './dump.ts';
import { libpqEnvironment } from './libpq.ts';
import { DRILL_PREFIX, sentinelSchema, type DrillRun } from './names.ts';
import type { DumpSettings } from './settings.ts';
import type { DumpTools } from './tools.ts';
import { together } from './together.ts';
import type { DatabaseRecord, DumpPlace } from './written.ts';

const BEGUN = `
  SELECT pg_export_snapshot() AS snapshot, now() AS at,
         ARRAY(SELECT nspname::text FROM pg_namespace WHERE starts_with(nspname, $1) AND nspname <> $2) AS without`;

const FORM = 2 as const;
/** Told of progress no more often than after so many bytes. */
const STRIDE = 8 * 1024 * 1024;

/** The database, with all that is needed to dump it. */
export interface Dumpable {
  readonly name: string;
  readonly connection: PostgresConnection;
  readonly database: string;
  readonly tools: DumpTools;
  readonly settings: DumpSettings;
}

/**
 * Dumps the database and, in the very same snapshot and at the same time, counts and sums what it holds. Sequences know
 * no snapshots: they are read before and after.
 *
 * @throws WindlassFailure as `dumpInto` and `Session` do: `BackupFailed`, `TargetBusy`, `TargetUnreachable`.
 */
export async function recordDump(
  { name, connection, database, tools, settings }: Dumpable,
  writer: BucketWriter,
  drill: DrillRun,
  place: DumpPlace,
  context: EngineContext,
): Promise<DatabaseRecord> {
  const application = applicationName(context);
  const own = sentinelSchema(drill);
  const began = performance.now();
  const state = { bytes: 0, tables: 0, rows: 0 };
  const tell = (): void => {
    context.progress({ stage: 'dump', database: name, ...state });
  };
  return together(context.signal, async (signal, both) =>
    withSession(connection, { database, application, signal, lockTimeoutMs: LOCK_WAIT_MS }, (session) =>
      session.transaction('SNAPSHOT', async () => {
        await settle(session);
        const [begun] = await session.query<{ snapshot: string; at: Date; without: string[] }>(BEGUN, [
          DRILL_PREFIX,
          own,
        ]);
        if (begun === undefined) throw new TypeError('a snapshot was not exported');
        const relations = await relationsOf(session, own);
        const before = await sequencesOf(session, relations);
        const env = libpqEnvironment(connection, database, { application, tools, settings });
        const order: DumpOrder = { name, tools, env, snapshot: begun.snapshot, without: begun.without };
        let told = 0;
        const dump = dumpInto(
          writer,
          place,
          order,
          (bytes) => {
            state.bytes = bytes;
            if (bytes - told < STRIDE) return;
            told = bytes;
            tell();
          },
          signal,
        );
        const look = async () => {
          const tables = await tablesOf(session, relations, FORM, (_, rows) => {
            state.tables += 1;
            state.rows += rows;
            tell();
          });
          const objects = await objectsOf(session, own, FORM);
          return { form: FORM, tables, objects, notCompared: await notCompared(session, own) };
        };
        const [dumped, content] = await both(dump, look());
        const after = await sequencesOf(session, relations);
        const sequences = Object.fromEntries(
          Object.entries(before).map(([sequence, value]) => [
            sequence,
            [value, after[sequence] ?? value] as [string, string],
          ]),
        );
        return {
          content: { ...content, sequences },
          dump: { ...place, ...dumped },
          at: begun.at.toISOString(),
          seconds: seconds(began),
        };
      }),
    ),
  );
}

/** Since a moment of `performance.now()`, to the millisecond. */
export function seconds(began: number): number {
  return Math.round(performance.now() - began) / 1_000;
}
