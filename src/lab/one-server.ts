import { contextFor, type ServerContext } from './context.ts';
import { labDirectory, labPaths, type LabPaths } from './directory.ts';
import { LabFailure } from './failure.ts';
import { withLock } from './lock.ts';
import { isAlive } from './processes/identity.ts';
import { logPath } from './processes/launch.ts';
import { killAtOnce } from './processes/stop.ts';
import { readRecord } from './record.ts';
import type { ServerRecord } from './record.ts';
import { loadOrMakeSecrets } from './secrets.ts';

import type { ServerName } from './servers/names.ts';
import { ALL_SERVERS, serverNamed } from './servers/index.ts';
import { startServerProcess } from './start.ts';
import { ensureTools } from './tools/ensure.ts';

/** One server, for those who disturb the lab on purpose. */
export interface LabServer {
  readonly name: ServerName;
  readonly ports: Readonly<Record<string, number>>;
  /** Undefined when it does not run. */
  readonly pid: number | undefined;
  readonly log: string;
}

/** @throws LabFailure for a name that is none, or a server that was never started */
export function labServer(dir: string | undefined, name: string): LabServer {
  const paths = labPaths(labDirectory(dir));
  const server = asServerName(name);
  const { ports, process } = recordOf(dir, server);
  const alive = process !== undefined && isAlive(process);
  return { name: server, ports, pid: alive ? process.pid : undefined, log: logPath(paths, server) };
}

/**
 * Kills the server's process with SIGKILL and waits until it is gone; its data and ports stay for `startServer`.
 * @returns false when it was not running
 * @throws LabFailure when the lab has no server of this name, or it was never started.
 */
export async function killServer(dir: string | undefined, name: string): Promise<boolean> {
  const { process } = recordOf(dir, asServerName(name));
  return process !== undefined && (await killAtOnce(process));
}

/**
 * Starts one server again, on its old ports with its old data, and waits until it is ready. With etcd the simulated nodes begin anew.
 * @returns false when it was running already
 * @throws LabFailure when the lab has no server of this name, it was never started, a tool is missing, or it does not
 *   become ready.
 */
export async function startServer(dir: string | undefined, name: string): Promise<boolean> {
  const paths = labPaths(labDirectory(dir));
  const server = serverNamed(asServerName(name));
  recordOf(dir, server.name);
  return withLock(paths.lock, async () => {
    const isStore = server.name === 'etcd';
    const tools = [server, ...(isStore ? [apiserver, kwok] : [])].flatMap((one) => one.tools);
    const context = contextFor(paths, loadOrMakeSecrets(paths), await ensureTools(tools));
    const started = await startServerProcess(context(server.name), server);
    if (started && isStore) await beginPodsAnew(paths, context);
    return started;
  });
}

const apiserver = serverNamed('kube-apiserver');
const kwok = serverNamed('kwok');

/**
 * A kubelet tells of its pods until it is heard. kwok gives a pod up for good once the API server has answered with an error, as it does while
 * its store is away: it has to be started again to look at all of them.
 */
async function beginPodsAnew(paths: LabPaths, context: (server: ServerName) => ServerContext): Promise<void> {
  const runs = (name: ServerName) => {
    const process = readRecord(paths).servers[name]?.process;
    return process !== undefined && isAlive(process) ? process : undefined;
  };
  const playing = runs(kwok.name);
  if (playing === undefined || runs(apiserver.name) === undefined) return;
  // Until it has found its store again.
  await startServerProcess(context(apiserver.name), apiserver);
  await killAtOnce(playing);
  await startServerProcess(context(kwok.name), kwok);
}

/** @throws LabFailure when the lab has no server of this name */
export function asServerName(name: string): ServerName {
  const names = ALL_SERVERS.map((server) => server.name);
  const found = names.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new LabFailure('The lab has no server of this name.', name, `Its servers are ${names.join(', ')}.`);
}

function recordOf(dir: string | undefined, name: ServerName): ServerRecord {
  const paths = labPaths(labDirectory(dir));
  const found = readRecord(paths).servers[name];
  if (found !== undefined) return found;
  throw new LabFailure('It was never started.', name, `Run \`windlass lab up --dir ${paths.dir}\`.`);
}
