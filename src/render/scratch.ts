import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileTree } from '../domain/rendering.ts';

/**
 * A directory of its own, readable by this user alone, that goes away with what it was made for.
 *
 * @throws Error of `node:fs` when it cannot be made or removed; what `work` throws.
 */
export async function inScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-render-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Writes a tree below a directory. Paths were made relative, without a way out, by whoever made the tree.
 *
 * @throws Error of `node:fs` when a file cannot be written.
 */
export async function writeTree(directory: string, files: FileTree): Promise<void> {
  for (const [path, content] of files) {
    const at = join(directory, path);
    await mkdir(dirname(at), { recursive: true });
    await writeFile(at, content, { mode: 0o600 });
  }
}
