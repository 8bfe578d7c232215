import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { work, type Work } from './work.ts';

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

/** @param session of the database itself; null while that does not exist. */
export async function extensionWork(session: Session | null, database: Database): Promise<readonly Work[]> {
  const rows = (await session?.query<{ name: string }>('SELECT extname AS name FROM pg_extension')) ?? [];
  return [...new Set(database.extensions)].map((name) => {
    const thing = { type: 'extension', extension: name, database: database.name } as const;
    if (rows.some((row) => row.name === name)) return work('unchanged', thing, []);
    return work('create', thing, [`CREATE EXTENSION IF NOT EXISTS ${escapeIdentifier(name)}`]);
  });
}
