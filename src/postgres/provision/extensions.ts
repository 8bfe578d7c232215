import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { isSuperuser, type User } from './user.ts';
import { statement, work, type Need, type Work } from './work.ts';

type Database = PostgresProvisionSpec['databases'][number];

/**
 * Asked before anything is touched: what is available is a matter of the server, not of one database.
 *
 * @throws WindlassFailure `ExpectationFailed` naming every extension that is not installed on the server.
 */
export async function assertAvailable(session: Session, databases: readonly Database[]): Promise<void> {
  const wanted = [...new Set(databases.flatMap(({ extensions }) => extensions))];
  const rows = await session.query<{ name: string }>('SELECT name FROM pg_available_extensions WHERE name = ANY ($1)', [
    wanted,
  ]);
  const missing = wanted.filter((name) => rows.every((row) => row.name !== name));
  if (missing.length === 0) return;
  throw new WindlassFailure('ExpectationFailed', `The server has no extension ${missing.join(', ')}.`, {
    object: databases.map(({ name }) => `database ${name}`).join(', '),
    next: 'Install the package that brings the extension on the server, then retry.',
  });
}

/**
 * Whoever is no superuser makes an extension as the owner of the database, who then owns it; only trusted ones can be.
 *
 * @param session of the database itself; null while that does not exist.
 * @param server any session.
 * @throws WindlassFailure as `Session` does.
 */
export async function extensionWork(
  session: Session | null,
  server: Session,
  user: User,
  database: Database,
): Promise<readonly Work[]> {
  const trusted = new Set(
    (
      await server.query<{ name: string }>(
        'SELECT name FROM pg_available_extension_versions WHERE name = ANY ($1) AND (trusted OR NOT superuser)',
        [database.extensions],
      )
    ).map(({ name }) => name),
  );
  const rows = (await session?.query<{ name: string }>('SELECT extname AS name FROM pg_extension')) ?? [];
  return [...new Set(database.extensions)].map((name) => {
    const thing = { type: 'extension', extension: name, database: database.name } as const;
    if (rows.some((row) => row.name === name)) return work('unchanged', thing, []);
    const sql = `CREATE EXTENSION IF NOT EXISTS ${escapeIdentifier(name)}`;
    const needs: readonly Need[] = trusted.has(name)
      ? [{ role: database.owner, standing: 'member' }]
      : [{ attribute: 'SUPERUSER', for: `to make extension ${name} of database ${database.name}` }];
    const as = isSuperuser(user) || database.owner === user.name ? undefined : database.owner;
    return work('create', thing, [statement(sql, needs, as)]);
  });
}
