import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WindlassFailure } from '../domain/failure.ts';
import { NAME_PATTERN } from '../domain/names.ts';
import { minimalRollout } from './minimal-rollout.ts';

/** The bucket of the rollout is named after it, and names of buckets end at 63 characters. */
const LONGEST_NAME = 63 - '-uploads'.length;

/**
 * Writes a minimal rollout into a directory, which is made if need be.
 *
 * @returns the paths that were written, relative to the directory.
 * @throws WindlassFailure `WrongUsage` when the name cannot be one or a file is there already; nothing is written then.
 */
export async function initRollout(directory: string, name: string): Promise<readonly string[]> {
  if (!NAME_PATTERN.test(name) || name.length > LONGEST_NAME) {
    throw new WindlassFailure('WrongUsage', `"${name}" cannot be the name of a rollout.`, {
      next: `Use lower-case letters, digits and dashes, at most ${LONGEST_NAME}.`,
    });
  }
  const files = Object.entries(minimalRollout(name));
  for (const [path] of files) {
    if (await exists(join(directory, path))) {
      throw new WindlassFailure('WrongUsage', `${join(directory, path)} is there already.`, {
        object: path,
        next: 'Choose another directory, or move what is there away. Nothing was written.',
      });
    }
  }
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { flag: 'wx' });
  }
  return files.map(([path]) => path);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
