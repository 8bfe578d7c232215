import { existsSync } from 'node:fs';
import { contextFor } from './context.ts';
import { labDirectory, labExists, labPaths } from './directory.ts';
import { isAlive } from './processes/identity.ts';
import { markedProcesses } from './processes/mark.ts';
import { residentBytes } from './processes/memory.ts';
import { additionsOf, readRecord } from './record.ts';
import { loadOrMakeSecrets } from './secrets.ts';
import type { ServerName } from './servers/names.ts';
import { serversWith } from './servers/index.ts';

export interface ServerStatus {
  readonly name: ServerName;
  readonly title: string;
  /** `unready`: its process runs, but it does not answer as it should. */
  readonly state: 'ready' | 'unready' | 'stopped';
  /** Why it is not ready. */
  readonly why?: string;
  readonly pid?: number;
  /** Port by its use, all on 127.0.0.1. */
  readonly ports: Readonly<Record<string, number>>;
  /** Resident memory of its process and their children, in bytes. */
  readonly residentBytes: number;
}

export interface LabStatus {
  readonly dir: string;
  /** `absent`: no lab was ever made here. `partly`: some servers are not ready. */
  readonly state: 'up' | 'partly' | 'down' | 'absent';
  readonly servers: readonly ServerStatus[];
  readonly residentBytes: number;
}

/**
 * What runs, where, and whether it answers. Changes nothing.
 *
 * @throws LabFailure when the record of the lab cannot be read.
 */
export async function labStatus(dir?: string): Promise<LabStatus> {
  const paths = labPaths(labDirectory(dir));
  if (!labExists(paths) || !existsSync(paths.secrets)) {
    return { dir: paths.dir, state: 'absent', servers: [], residentBytes: 0 };
  }
  const record = readRecord(paths);
  const present = serversWith(additionsOf(record));
  const marked = markedProcesses(
    paths,
    present.map(({ name }) => name),
  );
  const context = contextFor(paths, loadOrMakeSecrets(paths), new Map());
  const servers = await Promise.all(
    present.map(async (server): Promise<ServerStatus> => {
      const { name, title } = server;
      const { ports = {}, process } = record.servers[name] ?? {};
      if (server.command === undefined) {
        const why = await server.unready(context(name));
        const state = why === undefined ? { state: 'ready' as const } : { state: 'unready' as const, why };
        return { name, title, ports, residentBytes: 0, ...state };
      }
      if (process === undefined || !isAlive(process)) return { name, title, state: 'stopped', ports, residentBytes: 0 };
      const why = await server.unready(context(name));
      const pids = new Set([process.pid, ...(marked.get(name) ?? []).map(({ pid }) => pid)]);
      return {
        ...{ name, title, pid: process.pid, ports, residentBytes: residentBytes([...pids]) },
        ...(why === undefined ? { state: 'ready' } : { state: 'unready', why }),
      };
    }),
  );
  const ready = servers.filter(({ state }) => state === 'ready').length;
  const stopped = servers.filter(({ state }) => state === 'stopped').length;
  return {
    dir: paths.dir,
    state: ready === servers.length ? 'up' : stopped === servers.length ? 'down' : 'partly',
    servers,
    residentBytes: servers.reduce((sum, server) => sum + server.residentBytes, 0),
  };
}
