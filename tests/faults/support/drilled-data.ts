import pg from 'pg';
import { s3Client } from '../../../src/objectstore/client.ts';
import { DRILL_PREFIX } from '../../../src/postgres/dump/names.ts';
import { labStore } from '../../objectstore/support.ts';
import type { FaultBench } from './bench.ts';

type Rows = (sql: string, values: readonly string[]) => Promise<readonly { readonly name: string }[]>;

/** @param database that of the server's URL when absent. */
export async function onServer<T>(bench: FaultBench, work: (rows: Rows) => Promise<T>, database?: string): Promise<T> {
  const url = new URL(bench.settings['WINDLASS_LAB_POSTGRES_URL']!);
  if (database !== undefined) url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(async (sql, values) => (await client.query<{ name: string }>(sql, [...values])).rows);
  } finally {
    await client.end();
  }
}

/** What a drill left on the server of its database: what it restored into, and its sentinel. */
export async function databaseRemains(bench: FaultBench, suffix: string): Promise<string[]> {
  const databases = 'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)';
  const schemas = 'SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1)';
  const restored = await onServer(bench, (rows) => rows(databases, [DRILL_PREFIX]));
  const planted = await onServer(bench, (rows) => rows(schemas, [DRILL_PREFIX]), `drilled_${suffix}`);
  return [...restored.map(({ name }) => `database ${name}`), ...planted.map(({ name }) => `schema ${name}`)];
}

/** The dumps, whole or in parts, that a drill left beside its backups though they were not to be kept. */
export async function dumpRemains(bench: FaultBench, suffix: string): Promise<string[]> {
  const client = s3Client(labStore(bench.settings));
  const bucket = `drilled-${suffix}`;
  const left: string[] = [];
  // Versions too: the bucket keeps what is only hidden.
  for await (const found of client.listObjects(bucket, 'backups/', true, { IncludeVersion: true })) {
    const { name = '', isDeleteMarker = false } = found as { name?: string; isDeleteMarker?: boolean };
    if (name.endsWith('.dump') && !isDeleteMarker) left.push(`object ${name}`);
  }
  for await (const { key } of client.listIncompleteUploads(bucket, 'backups/', true)) left.push(`upload ${key}`);
  return left;
}
