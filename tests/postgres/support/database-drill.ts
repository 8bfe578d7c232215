import { createHash } from 'node:crypto';
import type { DrillOf, DrillPart, PartVerdict } from '../../../src/domain/drill-part.ts';
import type { EngineContext } from '../../../src/domain/step-engine.ts';
import type { Json } from '../../../src/domain/json.ts';
import { veleroDrill } from '../../../src/domain/kinds/velero-drill.ts';
import { bucketReader } from '../../../src/objectstore/reader.ts';
import { bucketWriter } from '../../../src/objectstore/writer.ts';
import { databasePart } from '../../../src/postgres/dump/part.ts';
import type { DumpSettings } from '../../../src/postgres/dump/settings.ts';
import { dumpSettings } from '../../../src/postgres/dump/settings.ts';
import type { PostgresConnection } from '../../../src/postgres/connection.ts';
import { labStore } from '../../objectstore/support.ts';
import { contextOf } from './context.ts';
import { labConnection, rowsOf } from './lab.ts';

export interface DatabaseDrillOptions {
  readonly database: string;
  readonly bucket: string;
  /** Tells runs of the same step apart. */
  readonly run?: string;
  readonly keep?: boolean;
  readonly connection?: PostgresConnection;
  readonly settings?: DumpSettings;
  readonly context?: Partial<EngineContext>;
}

/** 12 hex digits, as those of a drill; the step is the database, so that tests do not sweep each other's. */
export function keysOf(database: string, run = 'first'): DrillOf['keys'] {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { step: hash(database), run: hash(`${database}/${run}`) };
}

/** The drill of one database of the lab, as part of a drill whose backup is called `backup`. */
export function databaseDrill(options: DatabaseDrillOptions): DrillPart {
  const { database, bucket, run, keep = false, connection = labConnection() } = options;
  const spec = veleroDrill.parse({ name: 'drill', objectStore: 'objects', includedNamespaces: ['data'] });
  const context = { ...contextOf(), ...options.context };
  const placeOf = (backup: string) => Promise.resolve({ bucket, key: `backups/${backup}/${database}.dump` });
  const store = labStore();
  return databasePart(
    {
      ...{ target: 'platform-db', database, number: 0, keep, connection, placeOf },
      ...{ reader: bucketReader(store), writer: bucketWriter(store) },
    },
    { spec, keys: keysOf(database, run), context },
    options.settings ?? dumpSettings(process.env),
  );
}

/** What somebody does between two stages. The state is what the journal holds, which may be forged by answering another. */
export interface Meddling {
  readonly beforeRestore?: (state: Json) => Promise<Json | undefined>;
  readonly beforeCompare?: () => Promise<unknown>;
}

/** All stages of a drill in turn, with a clean-up whatever comes; states go through JSON as in a journal. */
export async function drilled(part: DrillPart, meddling: Meddling = {}): Promise<PartVerdict> {
  const { signal } = new AbortController();
  let state: Json = null;
  const journal = (written: Json): Json => (state = JSON.parse(JSON.stringify(written)) as Json);
  try {
    await part.sweep(signal);
    journal(await part.plant('nonce-of-this-drill'));
    journal(await part.record(state, 'backup'));
    const forged = await meddling.beforeRestore?.(state);
    const compare = await part.restore(forged ?? state, 'backup');
    await meddling.beforeCompare?.();
    return await compare();
  } finally {
    await part.dissolve(signal);
    await part.withdraw(state, signal, []);
  }
}

/** Databases and schemas of drills of a database that are there. */
export async function leftovers(database: string): Promise<string[]> {
  const { step } = keysOf(database);
  const like = `windlass_drill_${step}%`;
  const databases = await rowsOf<{ name: string }>(
    'postgres',
    'SELECT datname AS name FROM pg_database WHERE datname LIKE $1',
    [like],
  );
  const schemas = await rowsOf<{ name: string }>(
    database,
    'SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE $1',
    [like],
  );
  return [...databases, ...schemas].map(({ name }) => name);
}
