import type { ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { WindlassFailure } from '../domain/failure.ts';

/** How a PostgreSQL server is reached: the resolved reference of a target of kind `postgres`. */
export interface PostgresConnection {
  /** `postgres://` URL of a maintenance database. A secret: never shown, never logged. */
  readonly url: string;
  /** Who logs in, in place of the user and password of the URL. */
  readonly login?: {
    readonly user: string;
    /** Called when the server asks for it. */
    readonly password: () => string;
  };
}

/** What Windlass sets itself on every session; a URL may not say otherwise. */
const OURS = ['application_name', 'lock_timeout', 'statement_timeout', 'connect_timeout', 'query_timeout'];

/**
 * The URL of the server, without the settings that are ours.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when it is not a postgres:// URL.
 */
export function serverUrl(connection: PostgresConnection): URL {
  const url = parsed(connection);
  for (const name of OURS) url.searchParams.delete(name);
  return url;
}

/**
 * How `pg` connects to one database of the server. Its name stands beside the URL: of one within it `pg` decodes no `/`, `?`,
 * `#`, `@`, `&`, `=` or `+`.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when it is not a postgres:// URL.
 */
export function clientConfig(connection: PostgresConnection, database?: string): ClientConfig {
  const read = { ...parseIntoClientConfig(serverUrl(connection).href), ...connection.login };
  return database === undefined ? read : { ...read, database };
}

/**
 * `host:port` of every server that a client may connect to, as `pg` and libpq read the URL.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when it is not a postgres:// URL.
 */
export function addressesOf(connection: PostgresConnection): readonly string[] {
  const { host = 'localhost', port = 5432 } = clientConfig(connection);
  const named = [host === '' ? 'localhost' : host, parsed(connection).searchParams.get('hostaddr')];
  return named
    .flatMap((hosts) => (hosts ?? '').split(',').filter((one) => one !== ''))
    .map((one) => `${one}:${String(port)}`);
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
