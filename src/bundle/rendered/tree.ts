import { posix } from 'node:path';
import type { FileTree } from '../../domain/rendering.ts';
import type { Problem } from '../problem.ts';
import { NO_FILE, type RolloutDirectory } from '../source/directory.ts';

/**
 * All files below a directory of the rollout, hidden ones included, by their path inside the rollout directory.
 *
 * @throws Error of `node:fs` when a file cannot be read, such as `EACCES`.
 */
export async function treeOf(
  directory: RolloutDirectory,
  root: string,
): Promise<{ readonly files: FileTree; readonly problems: readonly Problem[] }> {
  const files = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  for (const path of await directory.filesBelow(posix.normalize(root), { hidden: true })) {
    if ((await directory.kindOf(path)) === 'file') files.set(path, await directory.bytes(path));
    else problems.push({ file: path, line: 1, column: 1, message: NO_FILE });
  }
  return { files, problems };
}

/** The text of a file of a tree; null when it is not there or not UTF-8. */
export function textOf(files: FileTree, path: string): string | null {
  const bytes = files.get(path);
  if (bytes === undefined) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
