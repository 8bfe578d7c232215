import { rmSync, rmdirSync } from 'node:fs';
import { labDirectory, labExists, labPaths } from './directory.ts';
import type { LabPaths } from './directory.ts';
import { LabFailure } from './failure.ts';
import { withLock } from './lock.ts';
import { mountsBelow } from './node/mounts.ts';
import { isAlive } from './processes/identity.ts';
import { markedProcesses } from './processes/mark.ts';
import { stopServer } from './processes/stop.ts';
import { forgetAdditions, readRecord } from './record.ts';
import type { ServerName } from './servers/names.ts';
import { ALL_SERVERS } from './servers/index.ts';

/**
 * Stops every server of the lab, those that others need last, and keeps its data.
 * @param dir the lab directory; by default WINDLASS_LAB_DIR or the user's own
 * @returns the servers that were running
 * @throws LabFailure when the record of the lab cannot be read.
 */
export async function labDown(dir?: string): Promise<ServerName[]> {
  const paths = labPaths(labDirectory(dir));
  if (!labExists(paths)) return [];
  return withLock(paths.lock, () => stopAll(paths));
}

/**
 * Stops the lab and deletes all that it kept, its secrets and certificates included. Tools stay in the cache.
 *
 * @throws LabFailure when something is still mounted below the directory, or the record cannot be read.
 */
export async function labReset(dir?: string): Promise<void> {
  const paths = labPaths(labDirectory(dir));
  if (!labExists(paths)) return;
  await withLock(paths.lock, async () => {
    await stopAll(paths);
    refuseMounts(paths);
    // Only what the lab made: the directory may be one that its user made for more than this.
    for (const path of [
      paths.data,
      paths.logs,
      paths.targets,
      paths.rules,
      paths.git,
      paths.pki,
      paths.tmp,
      paths.kubeconfig,
      paths.env,
      paths.secrets,
      paths.behind,
      paths.workerKey,
    ]) {
      rmSync(path, { recursive: true, force: true });
    }
    // Last, so that an interrupted reset can be run again.
    rmSync(paths.record, { force: true });
  });
  try {
    rmdirSync(paths.dir);
  } catch {
    // Not empty: it holds what is not ours.
  }
}

async function stopAll(paths: LabPaths): Promise<ServerName[]> {
  const record = readRecord(paths);
  const names = ALL_SERVERS.map(({ name }) => name);
  const marked = markedProcesses(paths, names);
  const running = names.filter((name) => {
    const recorded = record.servers[name]?.process;
    return (recorded !== undefined && isAlive(recorded)) || (marked.get(name) ?? []).length > 0;
  });
  const stopping = new Map<ServerName, Promise<void>>();
  // Users before those they use: the list is in the opposite order.
  for (const server of ALL_SERVERS.toReversed()) {
    const users = ALL_SERVERS.filter(({ needs }) => needs.includes(server.name)).map(
      ({ name }) => stopping.get(name) ?? Promise.resolve(),
    );
    const stopped = Promise.all(users).then(async () => {
      await stopServer(paths, server);
      await server.cleanUp?.(paths);
    });
    stopping.set(server.name, stopped);
  }
  await Promise.all(stopping.values());
  forgetAdditions(paths);
  return running;
}

/** What is mounted there is not the lab's to delete: a pod's volume may be a directory of its user. */
function refuseMounts(paths: LabPaths): void {
  const [mounted] = mountsBelow(paths.dir);
  if (mounted === undefined) return;
  throw new LabFailure(
    'It is still mounted, so nothing was deleted.',
    mounted,
    'Unmount it, then reset the lab again.',
  );
}
