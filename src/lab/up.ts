import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabPaths } from './directory.ts';
import { labDirectory, labPaths } from './directory.ts';
import { contextFor } from './context.ts';
import { writeLabEnv } from './env.ts';
import type { LabEnv } from './env.ts';
import { LabFailure } from './failure.ts';
import { withLock } from './lock.ts';
import { requireNode } from './node/requirements.ts';
import { choosePorts } from './ports.ts';
import { isAlive } from './processes/identity.ts';
import { stopServer } from './processes/stop.ts';
import { additionsOf, readRecord, updateRecord } from './record.ts';
import { loadOrMakeSecrets } from './secrets.ts';
import type { Addition, ServerName } from './servers/names.ts';
import type { ServerDefinition } from './servers/definition.ts';
import { serversWith } from './servers/index.ts';
import { storeOfLab } from './servers/object-store.ts';
import { startServerProcess } from './start.ts';
import { eachTool } from './tools/ensure.ts';
import type { ToolName } from './tools/catalogue.ts';
import type { OnToolProgress } from './tools/progress.ts';

export interface LabOptions {
  /** The lab directory; by default WINDLASS_LAB_DIR or the user's own. */
  readonly dir?: string | undefined;
  /** What the lab is to have beyond the servers of every lab; it keeps it until it is brought down. */
  readonly with?: readonly Addition[];
  readonly onToolProgress?: OnToolProgress;
  readonly onProgress?: (progress: LabProgress) => void;
}

export type LabProgress =
  | { readonly event: 'waiting'; readonly pid: number }
  | { readonly event: 'ready'; readonly server: ServerName; readonly started: boolean; readonly elapsedMs: number };

export interface Lab {
  readonly dir: string;
  /** The variables of lab.env. */
  readonly env: LabEnv;
  /** The servers that this call started; the others ran already. */
  readonly started: readonly ServerName[];
}

/**
 * Brings the lab up: what runs is left alone, what is dead is started again on its old port with its old data.
 * @throws LabFailure naming the tool or server that stands in the way
 */
export async function labUp(options: LabOptions = {}): Promise<Lab> {
  const paths = labPaths(labDirectory(options.dir));
  const additions = [...(options.with ?? []), ...additionsOf(readRecord(paths)), ...storeAddition(paths, options.with)];
  // Before anything is made or started: a lab without what was asked for is of no use to whoever asked.
  if (additions.includes('node')) requireNode();
  const servers = serversWith(additions);
  return withLock(
    paths.lock,
    async () => {
      makeDirectories(paths, servers);
      const coming = await eachTool([...new Set(servers.flatMap((server) => server.tools))], options.onToolProgress);
      const secrets = loadOrMakeSecrets(paths);
      const moved = await assignPorts(paths, servers);
      const tools = new Map<ToolName, string>();
      const context = contextFor(paths, secrets, tools);
      // What is unpacked serves already while the rest is compiled.
      const started = await startAll(servers, options, async (server) => {
        for (const name of server.tools) {
          const path = await coming.get(name);
          if (path !== undefined) tools.set(name, path);
        }
        // It was told an address where nobody is any more.
        if (server.needs.some((name) => moved.has(name))) await stopServer(paths, server);
        return startServerProcess(context(server.name), server);
      });
      return { dir: paths.dir, env: writeLabEnv(context('temporal')), started };
    },
    (pid) => options.onProgress?.({ event: 'waiting', pid }),
  );
}

/** What a lab's buckets lie in stays: they lie nowhere else. */
function storeAddition(paths: LabPaths, asked: readonly Addition[] = []): readonly Addition[] {
  const store = storeOfLab(paths.dir);
  if (store === 'minio' && asked.includes('seaweedfs'))
    throw new LabFailure(
      'Its buckets lie in MinIO, so that SeaweedFS cannot take its place.',
      paths.dir,
      'Leave `seaweedfs` out, or make a fresh lab with `windlass lab reset`.',
    );
  return store === 'seaweedfs' ? ['seaweedfs'] : [];
}

/** Every server as soon as those that it needs are ready. The first failure is thrown when nothing is under way any more. */
async function startAll(
  servers: readonly ServerDefinition[],
  options: LabOptions,
  start: (server: ServerDefinition) => Promise<boolean>,
): Promise<ServerName[]> {
  const began = performance.now();
  const underWay = new Map<ServerName, Promise<boolean>>();
  for (const server of servers) {
    const ready = Promise.all(server.needs.map((name) => underWay.get(name) ?? Promise.resolve(false)))
      .then(() => start(server))
      .then((started) => {
        options.onProgress?.({ event: 'ready', server: server.name, started, elapsedMs: performance.now() - began });
        return started;
      });
    underWay.set(server.name, ready);
  }
  const outcomes = await Promise.allSettled(underWay.values());
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const started = await Promise.all([...underWay].map(async ([name, ready]) => ((await ready) ? [name] : [])));
  return started.flat();
}

/**
 * Ports stay what they were, so that addresses last as long as the lab; a dead server's port that was taken changes.
 * @returns the servers that moved
 */
async function assignPorts(paths: LabPaths, servers: readonly ServerDefinition[]): Promise<Set<ServerName>> {
  const moved = new Set<ServerName>();
  const record = readRecord(paths);
  const taken = new Set(Object.values(record.servers).flatMap(({ ports }) => Object.values(ports)));
  for (const server of servers) {
    const before = record.servers[server.name];
    if (before?.process !== undefined && isAlive(before.process)) continue;
    const ports = await choosePorts(server.ports, before?.ports ?? {}, taken);
    if (before !== undefined && server.ports.some((use) => before.ports[use] !== ports[use])) moved.add(server.name);
    updateRecord(paths, server.name, { ports });
  }
  return moved;
}

function makeDirectories(paths: LabPaths, servers: readonly ServerDefinition[]): void {
  // Other users may pass through, since PostgreSQL may run as one of them, but see nothing.
  mkdirSync(paths.dir, { recursive: true, mode: 0o711 });
  mkdirSync(paths.data, { recursive: true, mode: 0o711 });
  for (const path of [paths.tmp, paths.targets, paths.rules]) mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const server of servers) mkdirSync(join(paths.data, server.name), { recursive: true, mode: 0o700 });
}
