import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';

/** Only the owner reads it: secrets and keys. */
export const PRIVATE = 0o600;

/**
 * Replaces a file in one step, so that a reader (or a crash) sees the old or the new content, never half of it.
 * Synchronous on purpose: a process that was started must be on record before anything else happens.
 */
export function writeFileAtomically(path: string, content: string, mode = 0o644): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  writeFileSync(draft, content, { mode });
  renameSync(draft, path);
}

/** The file's content, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** What is in a directory; nothing when there is none. */
export function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Removes a directory unless there is something in it. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!isMissing(error) && errorCode(error) !== 'ENOTEMPTY') throw error;
  }
}

/** True for "no such file or directory", no such process in /proc, or a control group that went while it was read. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ESRCH', 'ENODEV'].includes(errorCode(error) ?? '');
}

/** The system's code of an error (`ENOENT`, `EADDRINUSE`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
