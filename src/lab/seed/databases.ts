import pg from 'pg';
import { LabFailure } from '../failure.ts';
import { reasonOf } from '../probe.ts';
import type { SeedDatabase } from './directory.ts';

/**
 * Makes the databases that are not there yet, each with all that its SQL does or not at all; what is there stays as it is.
 *
 * @param url the superuser's address. Holds the password.
 * @returns those that were made.
 * @throws LabFailure when PostgreSQL refuses something.
 */
export async function seedDatabases(url: string, databases: readonly SeedDatabase[]): Promise<string[]> {
  const made: string[] = [];
  for (const database of databases) if (await seedDatabase(url, database)) made.push(database.name);
  return made;
}

async function seedDatabase(url: string, { name, sql }: SeedDatabase): Promise<boolean> {
  // Under another name until it is whole.
  const draft = `${name}.seeding`;
  try {
    return await connected(url, async (server) => {
      const { rowCount } = await server.query('SELECT FROM pg_database WHERE datname = $1', [name]);
      if (rowCount !== 0) return false;
      const [from, to] = [pg.escapeIdentifier(draft), pg.escapeIdentifier(name)];
      await server.query(`DROP DATABASE IF EXISTS ${from} WITH (FORCE)`);
      await server.query(`CREATE DATABASE ${from}`);
      await connected(withDatabase(url, draft), (database) => database.query(sql));
      await server.query(`ALTER DATABASE ${from} RENAME TO ${to}`);
      return true;
    });
  } catch (error) {
    throw new LabFailure(
      `PostgreSQL refused it: ${reasonOf(error)}`,
      `sql/${name}.sql`,
      'Correct it, then seed again.',
    );
  }
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.href;
}
