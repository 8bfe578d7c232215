import { join } from 'node:path';
import pg from 'pg';
import { LOOPBACK } from '../ports.ts';
import { reasonOf } from '../probe.ts';
import { unprivilegedAccount } from '../processes/account.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';
import { clusterDirectory, prepareCluster, programDirectory, SUPERUSER } from './postgres-cluster.ts';

/** PostgreSQL on TCP alone, with passwords. As root it runs as another user, since it refuses root. */
export const postgres: ServerDefinition = {
  name: 'postgres',
  title: 'PostgreSQL',
  needs: [],
  tools: ['postgres'],
  ports: ['sql'],
  // "Fast" shutdown: SIGTERM would wait for every client to leave.
  stopSignal: 'SIGINT',
  prepare: prepareCluster,
  command: (context) => ({
    program: join(programDirectory(context), 'postgres'),
    args: [
      ...['-D', clusterDirectory(context), '-p', String(context.port('postgres', 'sql'))],
      ...setting('listen_addresses', LOOPBACK),
      ...setting('unix_socket_directories', ''),
      ...setting('max_connections', '200'),
      ...setting('shared_buffers', '64MB'),
      // A lab is thrown away after a crash of the machine, so it need not wait for the disk. A killed server must lose
      // nothing, which is why commits stay synchronous.
      ...setting('fsync', 'off'),
      ...setting('full_page_writes', 'off'),
      ...setting('timezone', 'UTC'),
      ...setting('log_timezone', 'UTC'),
    ],
    account: unprivilegedAccount(),
  }),
  unready,
};

/** The superuser's address of the database `postgres`. Holds the password. */
export function postgresUrl(context: ServerContext): string {
  return `postgresql://${SUPERUSER}:${context.secrets.postgresPassword}@${LOOPBACK}:${context.port('postgres', 'sql')}/postgres`;
}

function setting(name: string, value: string): [string, string] {
  return ['-c', `${name}=${value}`];
}

async function unready(context: ServerContext): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: postgresUrl(context), connectionTimeoutMillis: 5_000 });
  // A server that goes away while we ask must not end this process: the query below tells it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return `no answer to a query: ${reasonOf(error)}`;
  } finally {
    await client.end().catch(() => undefined);
  }
}
