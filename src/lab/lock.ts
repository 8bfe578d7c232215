import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './processes/identity.ts';
import type { ProcessIdentity } from './processes/identity.ts';
import { errorCode, readIfThere } from './files.ts';

/**
 * Runs `work` while holding the lock file, so that two of us do not do the same thing at once. The file names its
 * holder by pid and start time: the lock of a process that is gone is taken over.
 * @param onWait told once, with the holder's pid, when the lock is held by another
 * @throws what `work` throws; Error of `node:fs` when the lock file cannot be written.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait?: (pid: number) => void): Promise<T> {
  const own = await acquire(path, onWait);
  try {
    return await work();
  } finally {
    if (readIfThere(path) === own) rmSync(path, { force: true });
  }
}

async function acquire(path: string, onWait?: (pid: number) => void): Promise<string> {
  const me = identify(process.pid);
  if (me === undefined) throw new Error('this process cannot find itself');
  // The nonce tells two holders in one process apart.
  const own = JSON.stringify({ ...me, nonce: randomBytes(4).toString('hex') });
  let told = false;
  for (;;) {
    // Each time: what held the lock may have deleted the directory.
    mkdirSync(dirname(path), { recursive: true });
    if (claim(path, own)) return own;
    const text = readIfThere(path);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (holder === undefined || !isAlive(holder)) {
      breakStale(path, text, own);
      continue;
    }
    if (!told) onWait?.(holder.pid);
    told = true;
    await sleep(100);
  }
}

/** A link either appears whole, with its content, or fails: nobody reads a half-written holder. */
function claim(path: string, own: string): boolean {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, own);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removing a stale lock needs a lock too: or the second of two breakers would remove the first one's fresh lock. */
function breakStale(path: string, stale: string, own: string): void {
  const breaking = `${path}.breaking`;
  if (!claim(breaking, own)) {
    const text = readIfThere(breaking);
    const breaker = text === undefined ? undefined : parseHolder(text);
    if (breaker !== undefined && !isAlive(breaker)) rmSync(breaking, { force: true });
    return;
  }
  try {
    if (readIfThere(path) === stale) rmSync(path, { force: true });
  } finally {
    rmSync(breaking, { force: true });
  }
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startTime' in value)) return undefined;
    const { pid, startTime } = value;
    return typeof pid === 'number' && typeof startTime === 'string' ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}
