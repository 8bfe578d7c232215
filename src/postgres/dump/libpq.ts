import { serverUrl, type PostgresConnection } from '../connection.ts';
import type { DumpSettings } from './settings.ts';
import type { DumpTools } from './tools.ts';

/** Where Debian and its children keep the certificates that everybody trusts; libpq below 16 does not know. */
const DEBIAN_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const CONNECT_SECONDS = '10';

/**
 * A connection as the environment of PostgreSQL's own programs, which nobody but their user can see, as arguments could be.
 * Nothing of the worker's environment goes with it. What the URL says of TLS is as strict as the worker's own client
 * takes it.
 */
export function libpqEnvironment(
  connection: PostgresConnection,
  database: string,
  {
    application,
    tools,
    settings,
  }: {
    readonly application: string;
    readonly tools: DumpTools;
    readonly settings: DumpSettings;
  },
): Readonly<Record<string, string>> {
  const url = serverUrl(connection);
  const asked = (name: string): string => url.searchParams.get(name) ?? '';
  const or = (first: string, second: string): string => (first === '' ? second : first);
  const given = {
    PGHOST: or(asked('host'), decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '')),
    PGPORT: or(asked('port'), url.port),
    PGUSER: or(asked('user'), decodeURIComponent(url.username)),
    PGPASSWORD: or(asked('password'), decodeURIComponent(url.password)),
    PGOPTIONS: asked('options'),
    PGSSLCERT: asked('sslcert'),
    PGSSLKEY: asked('sslkey'),
    ...sslMode(asked('sslmode'), asked('sslrootcert'), asked('uselibpqcompat') === 'true', tools.major),
    HOME: settings.home ?? '',
  };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    PGDATABASE: database,
    PGAPPNAME: application,
    PGCONNECT_TIMEOUT: CONNECT_SECONDS,
    // What they say is read by us: in English, without the words of the user's language.
    LC_ALL: 'C',
    PATH: '/usr/bin:/bin',
  };
}

/** The worker's client checks certificate and name for every mode but `no-verify` and `disable`. */
function sslMode(mode: string, root: string, libpqMeaning: boolean, major: number): Record<string, string> {
  if (mode === '' && root === '') return {};
  if (libpqMeaning || mode === 'disable') return { PGSSLMODE: mode, PGSSLROOTCERT: root };
  if (mode === 'no-verify') return { PGSSLMODE: 'require' };
  const trusted = root === '' ? (major >= 16 ? 'system' : DEBIAN_CERTIFICATES) : root;
  return { PGSSLMODE: 'verify-full', PGSSLROOTCERT: trusted };
}
