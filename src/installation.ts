import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The directory that holds our package.json: a built module lies elsewhere in it than its source does. */
const ROOT = rootAbove(import.meta.dirname);

/**
 * Where a file of ours lies, whichever file asks.
 *
 * @param path below the root of the repository or image, e.g. `rules/readiness.yaml`
 * @returns an absolute path
 */
export function installed(path: string): string {
  return join(ROOT, path);
}

function rootAbove(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : rootAbove(join(directory, '..'));
}
