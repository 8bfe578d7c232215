import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, isMissing, readIfThere } from '../files.ts';
import { waitFor } from '../wait.ts';
import { mounts } from './mounts.ts';

/** A mounted tree of control groups: all controllers in one (version 2), or some in each of several (version 1). */
export interface Hierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  /** Of version 1: those that it is mounted with. */
  readonly controllers: readonly string[];
}

const GONE_WITHIN_MS = 20_000;

export function hierarchies(): Hierarchy[] {
  return mounts()
    .filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
    .map(({ path, type, options }) => ({
      path,
      version: type === 'cgroup2' ? 2 : 1,
      controllers: type === 'cgroup2' ? [] : options,
    }));
}

/** Makes a control group of this name in every tree. One that is there already is left alone. */
export function makeCgroup(name: string): void {
  for (const { path, version } of hierarchies()) {
    if (version === 2) for (const controller of ['cpu', 'cpuset', 'memory', 'pids']) enable(path, controller);
    const group = join(path, name);
    mkdirSync(group, { recursive: true });
    // Version 1 leaves these empty, and nothing can run in a group without processors.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const own = version === 1 ? readIfThere(join(group, file)) : undefined;
      if (own?.trim() === '') writeFileSync(join(group, file), readFileSync(join(path, file)));
    }
  }
}

/**
 * Ends every process in the group and the groups below it, then removes them all.
 *
 * @throws Error `EPERM` or `EACCES` when it may not. A group that stays beyond its time is left.
 */
export async function removeCgroup(name: string): Promise<void> {
  const roots = hierarchies().map(({ path }) => join(path, name));
  await waitFor(() => {
    for (const pid of processesBelow(name)) kill(pid);
    for (const group of roots.flatMap(groupsBelow)) remove(group);
    return roots.flatMap(groupsBelow).length === 0 ? true : undefined;
  }, GONE_WITHIN_MS);
}

/**
 * Processes in the group and the groups below it.
 *
 * @internal exported for its tests
 */
export function processesBelow(name: string): number[] {
  const groups = hierarchies().flatMap(({ path }) => groupsBelow(join(path, name)));
  return [...new Set(groups.flatMap(processesIn))];
}

/** The group and those below it, the innermost first. */
function groupsBelow(group: string): string[] {
  try {
    const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...inner.flatMap((entry) => groupsBelow(join(group, entry.name))), group];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function processesIn(group: string): number[] {
  const text = readIfThere(join(group, 'cgroup.procs')) ?? '';
  return text.split('\n').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch (error) {
    // Busy until the last of its processes was collected.
    if (errorCode(error) !== 'EBUSY' && !isMissing(error)) throw error;
  }
}

function enable(path: string, controller: string): void {
  try {
    writeFileSync(join(path, 'cgroup.subtree_control'), `+${controller}`);
  } catch {
    // One that version 1 has taken, or that the machine lacks: what is needed was looked at before.
  }
}
