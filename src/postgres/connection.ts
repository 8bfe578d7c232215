import { WindlassFailure } from '../domain/failure.ts';

/** How a PostgreSQL server is reached: the resolved reference of a target of kind `postgres`. */
export interface PostgresConnection {
  /** `postgres://` URL of a maintenance database. A secret: never shown, never logged. */
  readonly url: string;
}

/** What Windlass sets itself on every session; a URL may not say otherwise. */
const OURS = ['application_name', 'lock_timeout', 'statement_timeout', 'connect_timeout', 'query_timeout'];

/**
 * The URL for one database of the server.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when it is not a postgres:// URL.
 */
export function urlOfDatabase(connection: PostgresConnection, database?: string): string {
  const url = parsed(connection);
  if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
  for (const name of OURS) url.searchParams.delete(name);
  return url.href;
}

/** `host:port`, as errors name the server: never user, password or query. */
export function serverName(connection: PostgresConnection): string {
  const url = parsed(connection);
  const host = url.searchParams.get('host') ?? url.hostname;
  return `${host === '' ? 'localhost' : host}:${url.searchParams.get('port') ?? (url.port === '' ? '5432' : url.port)}`;
}

function parsed(connection: PostgresConnection): URL {
  const url = URL.canParse(connection.url) ? new URL(connection.url) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new WindlassFailure('ReferenceUnresolved', 'The address of the database server is not a postgres:// URL.', {
      object: 'url',
      next: 'Let the reference give a URL such as postgres://user:password@db.example.com:5432/postgres.',
    });
  }
  return url;
}
