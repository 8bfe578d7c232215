import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { BucketWriter } from '../../domain/bucket-writer.ts';
import type { DrillOf, DrillPart, PartVerdict } from '../../domain/drill-part.ts';
import { databasePartName, type DatabaseFacts } from '../../domain/drill/part-facts.ts';
import { assertFence } from '../../domain/fence.ts';
import type { Json } from '../../domain/json.ts';
import type { PostgresConnection } from '../connection.ts';
import { sqlstateOf } from '../errors.ts';
import { applicationName, withSession, type Session } from '../session.ts';
import { compareRestored } from './compare-restored.ts';
import { LOCK_WAIT_MS } from './dump.ts';
import { libpqEnvironment } from './libpq.ts';
import { scratchDatabase, sentinelSchema } from './names.ts';
import { dropSchema, noteDump, plantSentinel, schemasOfStep, type OwnedSchema } from './owned.ts';
import { quieten, quietOptions, restoreOptions } from './quiet.ts';
import type { RefusedSetting } from './copy-settings.ts';
import { preflight } from './preflight.ts';
import { recordDump, seconds, type Dumpable } from './record.ts';
import { inspectDump, restoreDump } from './restore.ts';
import { dropScratch, makeScratch, sweepScratch } from './scratch.ts';
import { dumpSettings, type DumpSettings } from './settings.ts';
import { planted, recorded, type Dump, type DumpPlace } from './written.ts';

/** One database of a drill, and what it is drilled with. */
export interface DrilledDatabase {
  /** The target that holds it, by name. */
  readonly target: string;
  readonly database: string;
  /** Which of the drill's databases it is: its restore is named by it. */
  readonly number: number;
  /** Whether the dump stays with its backup. */
  readonly keep: boolean;
  readonly connection: PostgresConnection;
  readonly reader: Pick<BucketReader, 'stream'>;
  readonly writer: BucketWriter;
  /** Where the dump that goes with a backup lies. */
  readonly placeOf: (backup: string, signal: AbortSignal) => Promise<DumpPlace>;
}

const NO_DATABASE = '3D000';

/**
 * A PostgreSQL database as a part of a drill: dumped by PostgreSQL's own programs, with counts and checksums taken in the
 * same snapshot; restored into a database of the drill's own on the same server; compared. The original gets a schema with
 * the sentinel for as long as the drill lasts, and is otherwise only read.
 *
 * Fails with `ToolMissing` and `AccessDenied` before anything is touched, with `TargetBusy` for a schema or database of
 * the drill's name that no drill made, and with what sessions, pg_dump and the bucket refuse.
 */
export function databasePart(
  drilled: DrilledDatabase,
  { keys, context }: DrillOf,
  settings: DumpSettings = dumpSettings(process.env),
): DrillPart & { settle(signal: AbortSignal): Promise<void> } {
  const { target, database, number, keep, connection, reader, writer, placeOf } = drilled;
  const name = `${target}/${database}`;
  const scratch = scratchDatabase(keys, number);
  const application = applicationName(context);

  /**
   * @param at the database; the one of the target's URL when null.
   * @param begins what the session begins with, as in `PGOPTIONS`.
   */
  function within<T>(
    at: string | null,
    signal: AbortSignal,
    work: (session: Session) => Promise<T>,
    begins = '',
  ): Promise<T> {
    const options = { application, signal, lockTimeoutMs: LOCK_WAIT_MS, options: begins };
    return withSession(connection, at === null ? options : { ...options, database: at }, work);
  }

  async function prepared(): Promise<Dumpable> {
    const tools = await within(database, context.signal, (session) => preflight(session, database, settings));
    return { name, connection, database, tools, settings };
  }

  async function record(state: Json, backup: string): Promise<Json> {
    const sentinel = planted.parse(state);
    const dumpable = await prepared();
    const place = await placeOf(backup, context.signal);
    assertFence(context.fence, `dump of database ${name}`);
    const note = (versionId: string | null): Promise<void> =>
      within(database, context.signal, (session) => noteDump(session, { ...keys, dump: { ...place, versionId } }));
    // Of an attempt that was lost before it could write down what it recorded, perhaps beside another backup.
    await removeNoted(({ name: found }) => found === sentinel.schema, context.signal);
    await note(null);
    const record = await recordDump(dumpable, writer, keys, place, context);
    if (record.dump.versionId !== null) await note(record.dump.versionId);
    return { ...sentinel, ...record };
  }

  async function restore(state: Json): Promise<() => Promise<PartVerdict>> {
    const { schema, nonce, content, dump, at, seconds: dumpSeconds } = recorded.parse(state);
    const { tools } = await prepared();
    const { signal } = context;
    const began = performance.now();
    context.progress({ stage: 'inspect dump', database: name, bytes: dump.bytes });
    let refused: readonly RefusedSetting[] = [];
    let quiet: readonly string[] = [];
    let fault = await inspectDump(reader, name, dump, signal);
    if (fault === null) {
      assertFence(context.fence, `restore of database ${name}`);
      refused = await within(null, signal, (session) => makeScratch(session, scratch, database, keys));
      quiet = await within(scratch, signal, quieten);
      context.progress({ stage: 'restore dump', database: name, bytes: dump.bytes });
      const env = libpqEnvironment(connection, scratch, { application, tools, settings });
      const PGOPTIONS = restoreOptions(env['PGOPTIONS'], quiet);
      fault = await restoreDump(reader, { name, dump, tools, env: { ...env, PGOPTIONS } }, signal);
    }
    const notCompared = [
      ...content.notCompared,
      ...refused.map(({ name: setting, why }) => `setting ${setting} of the database: ${why}`),
    ];
    const facts: DatabaseFacts = {
      part: 'database',
      of: { target, database },
      bytes: dump.bytes,
      at,
      dumpSeconds,
      restoreSeconds: seconds(began),
      ...(notCompared.length === 0 ? {} : { notCompared }),
    };
    if (fault !== null) return () => Promise.resolve({ faults: [fault], facts });
    return async () => {
      context.progress({ stage: 'compare database', database: name });
      const { faults, counts } = await within(
        scratch,
        signal,
        (session) => compareRestored(session, { schema, nonce }, content),
        quietOptions(quiet),
      );
      return { faults: faults.map((words) => `database ${name}: ${words}`), facts: { ...facts, ...counts } };
    };
  }

  async function removeNoted(meant: (schema: OwnedSchema) => boolean, signal: AbortSignal): Promise<void> {
    const schemas = await within(database, signal, (session) => schemasOfStep(session, keys));
    for (const { mark } of schemas.filter(meant)) if (mark.dump !== undefined) await removeDump(mark.dump, signal);
  }

  /**
   * Drops the schemas of this step that are meant, with the dumps that were begun for them.
   *
   * @param dumps whether there is nothing else that tells of the dumps.
   */
  async function drop(meant: (schema: OwnedSchema) => boolean, dumps: boolean, signal: AbortSignal): Promise<void> {
    try {
      await within(database, signal, async (session) => {
        for (const schema of (await schemasOfStep(session, keys)).filter(meant)) {
          if (dumps && schema.mark.dump !== undefined) await removeDump(schema.mark.dump, signal);
          await dropSchema(session, schema);
        }
      });
    } catch (error) {
      // With the database went what the drill made in it.
      if (sqlstateOf(error) !== NO_DATABASE) throw error;
    }
  }

  async function removeDump(
    { bucket, key, versionId }: Pick<Dump, 'bucket' | 'key' | 'versionId'>,
    signal: AbortSignal,
  ) {
    await writer.remove(bucket, key, { signal, ...(versionId === null ? {} : { versionId }) });
  }

  async function withdraw(state: Json, signal: AbortSignal): Promise<void> {
    const schema = planted.safeParse(state).data?.schema ?? sentinelSchema(keys);
    const record = recorded.safeParse(state).data;
    await drop(({ name: found }) => found === schema, record === undefined, signal);
    if (record !== undefined && !keep) await removeDump(record.dump, signal);
  }

  return {
    name: databasePartName({ target, database }),
    sweep: async (signal) => {
      await within(null, signal, (session) => sweepScratch(session, keys));
      await drop(({ mark }) => mark.run !== keys.run, true, signal);
      // Nothing comes before this: what cannot go well is told before anything is planted anywhere.
      await prepared();
    },
    plant: async (nonce) => {
      await prepared();
      assertFence(context.fence, `sentinel in database ${name}`);
      return within(database, context.signal, (session) => plantSentinel(session, keys, nonce));
    },
    record,
    settle: (signal) => drop(({ mark }) => mark.run === keys.run, false, signal),
    restore,
    dissolve: async (signal) => {
      await within(null, signal, (session) => dropScratch(session, scratch));
    },
    withdraw,
  };
}
