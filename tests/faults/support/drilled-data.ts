import { s3Client } from '../../../src/objectstore/client.ts';
import { DRILL_PREFIX } from '../../../src/postgres/dump/names.ts';
import { labStore } from '../../objectstore/support.ts';
import { rowsOf } from '../../postgres/support/lab.ts';
import type { FaultBench } from './bench.ts';

interface Named extends Record<string, unknown> {
  readonly name: string;
}

/** The rows of a query on the server of a lab that is hurt. */
function rowsOn(bench: FaultBench, database: string, sql: string, values: readonly string[]): Promise<Named[]> {
  return rowsOf<Named>(database, sql, values, { url: bench.settings['WINDLASS_LAB_POSTGRES_URL']! });
}

/** What a drill left on the server of its database: what it restored into, and its sentinel. */
export async function databaseRemains(bench: FaultBench, suffix: string): Promise<string[]> {
  const databases = 'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)';
  const schemas = 'SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, $1)';
  const restored = await rowsOn(bench, 'postgres', databases, [DRILL_PREFIX]);
  const planted = await rowsOn(bench, `drilled_${suffix}`, schemas, [DRILL_PREFIX]);
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
