import { createReadStream, type Dirent } from 'node:fs';
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { readFileWithin } from '../../bounded.ts';
import { compareTexts } from '../../domain/compare.ts';
import { OverLimit, type Limit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';

/** `special` is a pipe, a socket or a device: reading one may never end, or never begin. */
export type Entry = 'file' | 'directory' | 'special' | 'missing' | 'outside';

/** Why something in the directory is not read, though it is there. */
export const NO_FILE =
  'is no file: it leads out of the rollout directory, or nowhere, or is a pipe, a socket or a device';

/**
 * Reads a rollout directory and nothing outside of it, not even through symbolic links. Paths are relative, with `/`. What
 * goes beyond a limit throws `LimitExceeded`.
 */
export class RolloutDirectory {
  readonly #root: string;
  /** Links to a directory around them, which were not followed. */
  readonly #turns = new Set<string>();
  readonly #below = new Map<string, Promise<readonly string[]>>();
  readonly #read = new Set<string>();
  /** Bytes of what was read. */
  #held = 0;
  #entries = 0;

  /** @param root a real path, see `openDirectory`. */
  constructor(root: string) {
    this.#root = root;
  }

  async kindOf(path: string): Promise<Entry> {
    try {
      const real = await realpath(join(this.#root, path));
      if (!this.#isWithin(real)) return 'outside';
      const found = await lstat(real);
      if (found.isDirectory()) return 'directory';
      return found.isFile() ? 'file' : 'special';
    } catch {
      return 'missing';
    }
  }

  /** Names of what is in a directory, hidden entries left out, sorted by code unit whatever the file system says. */
  async names(path: string): Promise<readonly string[]> {
    return (await this.#entriesOf(path, join(this.#root, path), false)).map(({ name }) => name);
  }

  /** Paths of all files below a directory, sorted. A symbolic link to a directory around it is not entered again. */
  filesBelow(path: string, { hidden = false } = {}): Promise<readonly string[]> {
    const key = `${String(hidden)} ${path}`;
    const found = this.#below.get(key) ?? this.#filesIn(path, hidden);
    this.#below.set(key, found);
    return found;
  }

  /** Links that lead to a directory around them, as far as files were looked for: they were not followed. */
  turns(): readonly string[] {
    return [...this.#turns].sort(compareTexts);
  }

  async #filesIn(path: string, hidden: boolean): Promise<readonly string[]> {
    const files: string[] = [];
    const real = await realpath(join(this.#root, path));
    for await (const file of this.#walk(path, real, hidden, [])) files.push(file);
    return files.sort(compareTexts);
  }

  /**
   * In turn, so that a limit is met before much else is begun.
   *
   * @param real where it really is: what is told of an entry by its directory need not be asked again.
   */
  async *#walk(path: string, real: string, hidden: boolean, around: readonly string[]): AsyncGenerator<string> {
    if (around.includes(real)) {
      this.#turns.add(path);
      return;
    }
    if (around.length >= LIMITS.directoryDepth.most) throw new OverLimit(LIMITS.directoryDepth, 'The directory', path);
    for (const entry of await this.#entriesOf(path, real, hidden)) {
      const child = posix.join(path, entry.name);
      const at = join(real, entry.name);
      const directory = entry.isDirectory() ? at : entry.isSymbolicLink() ? await this.#linked(at) : null;
      if (directory === null) yield child;
      else yield* this.#walk(child, directory, hidden, [...around, real]);
    }
  }

  /** The directory of the rollout that a link leads to; null when it leads to anything else. */
  async #linked(link: string): Promise<string | null> {
    const real = await realpath(link).catch(() => null);
    return real !== null && this.#isWithin(real) && (await lstat(real)).isDirectory() ? real : null;
  }

  #isWithin(real: string): boolean {
    const away = relative(this.#root, real);
    return away !== '..' && !away.startsWith(`..${sep}`);
  }

  /** What a directory holds, one by one, since it may be more than is looked at. */
  async #entriesOf(path: string, real: string, hidden: boolean): Promise<readonly Dirent[]> {
    const entries: Dirent[] = [];
    for await (const entry of await opendir(real)) {
      this.#entries += 1;
      if (this.#entries > LIMITS.entries.most) throw new OverLimit(LIMITS.entries, 'What steps name', path);
      if (hidden || !entry.name.startsWith('.')) entries.push(entry);
    }
    return entries.sort((a, b) => compareTexts(a.name, b.name));
  }

  /** @throws WindlassFailure `LimitExceeded`; ErrnoException of `node:fs`. */
  async bytes(path: string, limit: Limit = LIMITS.text): Promise<Buffer> {
    const content = await readFileWithin(join(this.#root, path), limit).catch((error: unknown) => {
      throw error instanceof OverLimit ? new OverLimit(limit, 'The file', path) : error;
    });
    if (!this.#read.has(path)) this.#held += content.length;
    this.#read.add(path);
    if (this.#held > LIMITS.held.most) throw new OverLimit(LIMITS.held, 'What steps name', path);
    return content;
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

  /**
   * The text of a file; null when it is not UTF-8. A byte order mark and CRLF stay as they are.
   *
   * @throws as `bytes` does.
   */
  async text(path: string, limit: Limit = LIMITS.text): Promise<string | null> {
    const bytes = await this.bytes(path, limit);
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
