import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Client } from 'pg';
import { toolPath } from '../../../src/lab/index.ts';
import { canExecute, unprivilegedAccount } from '../../../src/lab/processes/account.ts';
import { softwareOf } from '../../../src/lab/tools/lookup.ts';
import type { PostgresConnection } from '../../../src/postgres/connection.ts';
import { embeddedPostgres } from './embedded-postgres.ts';

/** A PostgreSQL of the test's own, to be stopped and killed while it works, or of another version. */
export interface OwnServer {
  readonly connection: PostgresConnection;
  /** What it has written to its log. */
  log(): string;
  /** Ends it as a crash would (SIGKILL of the postmaster) or at once but orderly (SIGQUIT), and starts it again. */
  restart(how: 'crash' | 'immediate'): Promise<void>;
  close(): Promise<void>;
}

export interface OwnServerOptions {
  /** Of the npm package; absent means the PostgreSQL of the lab. */
  readonly version?: string;
  /** `name=value`, as on the command line. */
  readonly settings?: readonly string[];
}

export async function ownServer({ version, settings: more = [] }: OwnServerOptions = {}): Promise<OwnServer> {
  const account = unprivilegedAccount();
  const home = mkdtempSync(join(tmpdir(), `pg-own-${randomBytes(4).toString('hex')}-`));
  const data = join(home, 'data');
  mkdirSync(data, { mode: 0o700 });
  const program = version === undefined ? await toolPath('postgres') : await embeddedPostgres(version);
  let bin = dirname(program);
  if (account !== undefined) {
    for (const path of [home, data]) chownSync(path, account.uid, account.gid);
    if (!canExecute(account, join(bin, 'postgres'))) {
      const software = softwareOf('postgres', program);
      cpSync(software, join(home, 'software'), { recursive: true, verbatimSymlinks: true });
      bin = join(home, 'software', relative(software, bin));
    }
  }
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };
  const args = ['-D', data, '-U', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  const made = spawnSync(join(bin, 'initdb'), args, { ...as, env, cwd: home, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb ended with ${String(made.status)}: ${made.stderr}`);
  const port = await freePort();
  const logFile = join(home, 'log');
  const log = openSync(logFile, 'a');
  const connection = { url: `postgres://postgres@127.0.0.1:${String(port)}/postgres` };
  const start = async (): Promise<ChildProcess> => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'restart_after_crash=off'];
    const options = ['-D', data, '-p', String(port), ...[...settings, ...more].flatMap((setting) => ['-c', setting])];
    const launch = (): ChildProcess =>
      spawn(join(bin, 'postgres'), options, { ...as, env, cwd: home, stdio: ['ignore', 'ignore', log] });
    let child = launch();
    // Backends that outlive their postmaster for a moment keep a new one from starting.
    for (let tries = 0; !(await answers(connection)); tries += 1) {
      if (tries > 600) throw new Error('postgres does not start');
      if (child.exitCode !== null) child = launch();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return child;
  };
  let child = await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    connection,
    log: () => readFileSync(logFile, 'utf8'),
    async restart(how) {
      await end(how === 'crash' ? 'SIGKILL' : 'SIGQUIT');
      child = await start();
    },
    async close() {
      await end('SIGQUIT');
      closeSync(log);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function answers({ url }: PostgresConnection): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
