import { randomBytes } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPath } from '../../src/lab/index.ts';
import { choosePorts, LOOPBACK } from '../../src/lab/ports.ts';
import { SEAWEEDFS_PORTS, seaweedfsArguments } from '../../src/lab/servers/seaweedfs.ts';
import type { S3Connection } from '../../src/objectstore/client.ts';
import { until } from './poll.ts';

/** A SeaweedFS of a test file's own, on loopback ports that were free, with credentials that were made up for it. */
export interface SeaweedFs {
  readonly store: S3Connection;
  /** The same server, as an account that may use nothing but a bucket of its own. */
  readonly stranger: S3Connection;
  stop(): Promise<void>;
}

/** Starts it, and waits until it answers as an S3 server. It ends with `stop`, at the latest with this process. */
export async function startSeaweedFs(): Promise<SeaweedFs> {
  const program = await toolPath('weed');
  const home = mkdtempSync(join(tmpdir(), 'windlass-weed-'));
  const ports = await choosePorts(SEAWEEDFS_PORTS, {}, new Set());
  const port = (name: string): number => ports[name]!;
  const own = credentials();
  const other = credentials();
  writeFileSync(
    join(home, 's3.json'),
    JSON.stringify({
      identities: [
        { name: 'owner', credentials: [own], actions: ['Admin'] },
        { name: 'stranger', credentials: [other], actions: ['Read:theirs', 'Write:theirs', 'List:theirs'] },
      ],
    }),
    { mode: 0o600 },
  );
  mkdirSync(join(home, 'data'));
  const log = openSync(join(home, 'log'), 'a');
  const at = { data: join(home, 'data'), identities: join(home, 's3.json'), sockets: home };
  const server = spawn(program, seaweedfsArguments(at, port), {
    cwd: home,
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home },
  });
  closeSync(log);
  const endWithUs = (): void => void server.kill('SIGKILL');
  process.once('exit', endWithUs);
  const endpoint = `http://${LOOPBACK}:${String(port('s3'))}`;
  const connection = (keys: Credentials): S3Connection => ({ endpoint, region: 'us-east-1', pathStyle: true, ...keys });
  const stop = async (): Promise<void> => {
    await ended(server);
    process.removeListener('exit', endWithUs);
    rmSync(home, { recursive: true, force: true });
  };
  await until(() => answers(server, endpoint));
  return { store: connection(own), stranger: connection(other), stop };
}

type Credentials = Pick<S3Connection, 'accessKey' | 'secretKey'>;

function credentials(): Credentials {
  return { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') };
}

async function answers(server: ChildProcess, endpoint: string): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`SeaweedFS ended with ${String(server.exitCode)}`);
  try {
    // Refused for want of a signature, as it should be.
    return (await fetch(endpoint)).status === 403;
  } catch {
    return false;
  }
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const end = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await end;
}
