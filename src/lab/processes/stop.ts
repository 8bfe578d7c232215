import type { LabPaths } from '../directory.ts';
import { readRecord } from '../record.ts';
import { waitFor } from '../wait.ts';
import { isAlive, signal } from './identity.ts';
import type { ProcessIdentity } from './identity.ts';
import { markedProcesses } from './mark.ts';

/** How long a server may take to end by itself, in milliseconds. */
const GRACE_MS = 10_000;

/** What must be known of a server to stop it. */
interface Stoppable {
  readonly name: string;
  readonly stopSignal?: NodeJS.Signals;
}

/**
 * Ends a server and whatever it left behind: asks politely, waits, then insists.
 *
 * @throws LabFailure when the record of the lab cannot be read. What does not end within its time is left.
 */
export async function stopServer(paths: LabPaths, { name: server, stopSignal }: Stoppable): Promise<void> {
  const polite = stopSignal ?? 'SIGTERM';
  // It alone is asked first: it hands the signal on to its children in its own way.
  const main = readRecord(paths).servers[server]?.process;
  if (main !== undefined && signal(main, polite)) await ended([main], GRACE_MS);
  const leftovers = () => markedProcesses(paths, [server]).get(server) ?? [];
  for (const name of [polite, 'SIGKILL'] as const) {
    const left = leftovers();
    if (left.length === 0) return;
    for (const one of left) signal(one, name);
    await ended(left, name === 'SIGKILL' ? GRACE_MS : GRACE_MS / 5);
  }
}

/**
 * Kills the process on record at once and waits until it is gone. Returns false when it was not running.
 *
 * @throws Error `EPERM` when the process is another user's.
 */
export async function killAtOnce(main: ProcessIdentity): Promise<boolean> {
  if (!signal(main, 'SIGKILL')) return false;
  await ended([main], GRACE_MS);
  return true;
}

async function ended(processes: readonly ProcessIdentity[], withinMs: number): Promise<void> {
  await waitFor(() => (processes.some(isAlive) ? undefined : true), withinMs, 20);
}
