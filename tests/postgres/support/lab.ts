import { randomBytes } from 'node:crypto';
import { Client, type QueryResultRow } from 'pg';
import type { PostgresConnection } from '../../../src/postgres/connection.ts';
import { clientConfig } from '../../../src/postgres/connection.ts';

/** The server of the lab, as its superuser. */
export function labConnection(): PostgresConnection {
  const url = process.env.WINDLASS_LAB_POSTGRES_URL;
  if (url === undefined) throw new Error('WINDLASS_LAB_POSTGRES_URL is not set: start the lab');
  return { url };
}

/** A name that no other test file uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(5).toString('hex')}`;
}

/** The lab's server under another user, password or port. */
export function labAs(change: { user?: string; password?: string; port?: number }): PostgresConnection {
  const url = new URL(labConnection().url);
  if (change.user !== undefined) url.username = change.user;
  if (change.password !== undefined) url.password = encodeURIComponent(change.password);
  if (change.port !== undefined) url.port = String(change.port);
  return { url: url.href };
}

/** A client of its own, for looking and for standing in the way; to be ended by whoever asked. */
export async function connect(database: string, connection = labConnection()): Promise<Client> {
  const client = new Client({ ...clientConfig(connection, database), application_name: 'stranger' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Rows of one statement in one database. */
export async function rowsOf<Row extends QueryResultRow>(
  database: string,
  sql: string,
  values: readonly unknown[] = [],
  connection = labConnection(),
): Promise<Row[]> {
  const client = await connect(database, connection);
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Makes a database and remembers it for `dropAll`. */
export async function freshDatabase(prefix = 'windlass_test'): Promise<string> {
  const name = uniqueName(prefix);
  await rowsOf('postgres', `CREATE DATABASE ${name}`);
  return willDrop('DATABASE', name);
}

const doomed: { readonly kind: 'DATABASE' | 'ROLE'; readonly name: string }[] = [];

/** Remembers what a test makes under this name, so that `dropAll` drops it. Databases go before roles. */
export function willDrop(kind: 'DATABASE' | 'ROLE', name: string): string {
  doomed.push({ kind, name });
  return name;
}

export async function dropAll(): Promise<void> {
  const databases = doomed.filter(({ kind }) => kind === 'DATABASE');
  const roles = doomed.filter(({ kind }) => kind === 'ROLE');
  for (const { name } of databases) await rowsOf('postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  for (const { name } of roles) await rowsOf('postgres', `DROP ROLE IF EXISTS ${name}`);
  doomed.length = 0;
}

/** Asks again and again until the answer is true; the time limit of the test ends a wait in vain. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
