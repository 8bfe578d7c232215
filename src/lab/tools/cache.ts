import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { userCache } from '../../user-cache.ts';
import { errorCode } from '../files.ts';

/** Where tools are kept for all labs of this user, unless WINDLASS_TOOLS names another directory. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const set = env['WINDLASS_TOOLS'];
  return set === undefined || set === '' ? userCache(env, 'tools') : resolve(set);
}

export function platform(): string {
  return `${process.platform}-${process.arch}`;
}

/** Twelve hexadecimal digits for the content of these files and texts. */
export function digestOf(files: readonly string[], texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 12);
}

/**
 * Fills a directory of the cache in one step: `fill` works in a draft beside it, which gets its name only when all is there.
 * Drafts of interrupted runs are removed; the caller holds the lock of this directory.
 *
 * @throws what `fill` throws; Error of `node:fs` when the cache cannot be written.
 */
export async function fillOnce(directory: string, fill: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  const prefix = `.${basename(directory)}.draft-`;
  await mkdir(parent, { recursive: true });
  for (const left of readdirSync(parent).filter((name) => name.startsWith(prefix))) {
    rmSync(join(parent, left), { recursive: true, force: true });
  }
  const draft = await mkdtemp(join(parent, prefix));
  try {
    await fill(draft);
    renameSync(draft, directory);
  } catch (error) {
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
