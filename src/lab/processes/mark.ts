import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import type { LabPaths } from '../directory.ts';
import { identify } from './identity.ts';
import type { ProcessIdentity } from './identity.ts';

/** Servers whose children write their title over their environment: these are known by their program and directory. */
const TITLED: readonly string[] = ['postgres', 'nginx'];

/** The environment variable that says which lab and server a process belongs to; its children inherit it. */
export const MARK = 'WINDLASS_LAB_SERVER';

export function markOf(paths: LabPaths, server: string): string {
  return `${server}@${paths.dir}`;
}

/**
 * Every process of these servers of this lab: those on record, their children, and those that a launcher started but was
 * killed before it could record them.
 */
export function markedProcesses(paths: LabPaths, servers: readonly string[]): Map<string, ProcessIdentity[]> {
  const found = new Map<string, ProcessIdentity[]>(servers.map((server) => [server, []]));
  const marks = new Map(servers.map((server) => [`${MARK}=${markOf(paths, server)}`, server]));
  const claims = process.platform === 'linux' ? fromProc(paths, marks) : fromPs(marks);
  for (const [pid, server] of claims) {
    const identity = identify(pid);
    if (identity !== undefined) found.get(server)?.push(identity);
  }
  return found;
}

function* fromProc(paths: LabPaths, marks: ReadonlyMap<string, string>): Generator<[number, string]> {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const server = serverOf(paths, marks, `/proc/${entry}`);
    if (server !== undefined) yield [Number(entry), server];
  }
}

function serverOf(paths: LabPaths, marks: ReadonlyMap<string, string>, proc: string): string | undefined {
  try {
    for (const variable of readFileSync(join(proc, 'environ'), 'utf8').split('\0')) {
      const server = marks.get(variable);
      if (server !== undefined) return server;
    }
    const program = basename(readlinkSync(join(proc, 'exe')));
    const unmarked = TITLED.find((server) => program.startsWith(server));
    return unmarked !== undefined && readlinkSync(join(proc, 'cwd')).startsWith(join(paths.data, unmarked))
      ? unmarked
      : undefined;
  } catch {
    // Gone meanwhile, or another user's, hence not ours.
    return undefined;
  }
}

/** Where there is no /proc: `ps` shows the environment of one's own processes behind the command. */
function* fromPs(marks: ReadonlyMap<string, string>): Generator<[number, string]> {
  const { stdout } = spawnSync('ps', ['axeww', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const line of stdout.split('\n')) {
    for (const [mark, server] of marks) {
      if (`${line} `.includes(` ${mark} `)) yield [Number.parseInt(line, 10), server];
    }
  }
}
