import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { compareTexts } from '../../domain/compare.ts';

/** `special` is a pipe, a socket or a device: reading one may never end, or never begin. */
export type Entry = 'file' | 'directory' | 'special' | 'missing' | 'outside';

/** Why something in the directory is not read, though it is there. */
export const NO_FILE =
  'is no file: it leads out of the rollout directory, or nowhere, or is a pipe, a socket or a device';

/** Reads a rollout directory and nothing outside of it, not even through symbolic links. Paths are relative, with `/`. */
export class RolloutDirectory {
  readonly #root: string;

  /** @param root a real path, see `openDirectory`. */
  constructor(root: string) {
    this.#root = root;
  }

  async kindOf(path: string): Promise<Entry> {
    try {
      const real = await realpath(join(this.#root, path));
      const away = relative(this.#root, real);
      if (away === '..' || away.startsWith(`..${sep}`)) return 'outside';
      const found = await lstat(real);
      if (found.isDirectory()) return 'directory';
      return found.isFile() ? 'file' : 'special';
    } catch {
      return 'missing';
    }
  }

  /** Names of what is in a directory, hidden entries left out, sorted by code unit whatever the file system says. */
  async names(path: string, { hidden = false } = {}): Promise<readonly string[]> {
    const names = await readdir(join(this.#root, path));
    return names.filter((name) => hidden || !name.startsWith('.')).sort(compareTexts);
  }

  /** Paths of all files below a directory, sorted. A symbolic link to a directory around it is not entered again. */
  async filesBelow(
    path: string,
    options: { readonly hidden?: boolean } = {},
    around: readonly string[] = [],
  ): Promise<readonly string[]> {
    const real = await realpath(join(this.#root, path));
    if (around.includes(real)) return [];
    const below = (await this.names(path, options)).map(async (name) => {
      const child = posix.join(path, name);
      return (await this.kindOf(child)) === 'directory' ? this.filesBelow(child, options, [...around, real]) : [child];
    });
    return (await Promise.all(below)).flat().sort(compareTexts);
  }

  async bytes(path: string): Promise<Uint8Array> {
    return readFile(join(this.#root, path));
  }

  /** Bytes of a file. */
  async size(path: string): Promise<number> {
    return (await stat(join(this.#root, path))).size;
  }

  /** Where a file really is. */
  place(path: string): string {
    return join(this.#root, path);
  }

  stream(path: string): AsyncIterable<Buffer> {
    return createReadStream(this.place(path)) as AsyncIterable<Buffer>;
  }

  /** The text of a file; null when it is not UTF-8. A byte order mark and CRLF stay as they are. */
  async text(path: string): Promise<string | null> {
    const bytes = await readFile(join(this.#root, path));
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return null;
    }
  }
}

/** Null when `path` is no directory. Never throws: a path that may not be read is none either. */
export async function openDirectory(path: string): Promise<RolloutDirectory | null> {
  try {
    const root = await realpath(path);
    return (await lstat(root)).isDirectory() ? new RolloutDirectory(root) : null;
  } catch {
    return null;
  }
}
