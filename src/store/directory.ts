import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openFile, readFileWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { assertKey, assertPrefix, holds, storeConflict, type BlobStore } from './blob-store.ts';

/** Where blobs are written before they get their name; on the same file system, and hidden from `list`. */
const INCOMING = '.incoming';

/** How many folders are remembered: a run of a rollout has three. */
const MOST_KEPT = 10_000;

/**
 * A store in a directory. A blob appears under its name whole or not at all, and survives a loss of power: it is written
 * and synced under a temporary name, then linked, which never replaces what is there.
 */
export class DirectoryStore implements BlobStore {
  readonly #root: string;
  /** Folders known to survive a loss of power, with all that are above them: a blob in one of them costs one sync, and not one a level. */
  readonly #kept = new Set<string>();

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async put(key: string, body: Buffer): Promise<void> {
    assertKey(key);
    const path = join(this.#root, key);
    try {
      if (!(await this.#write(path, body)) && (await holds(this, key, body)) !== true)
        throw storeConflict(this.#root, key);
    } catch (error) {
      throw fileFailure(error, path, 'write');
    }
  }

  async get(key: string, limit: Limit = LIMITS.bundle): Promise<Buffer | null> {
    assertKey(key);
    const path = join(this.#root, key);
    try {
      return await readFileWithin(path, limit, 'The blob');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw fileFailure(error, path, 'read');
    }
  }

  async putFile(key: string, path: string): Promise<void> {
    assertKey(key);
    const target = join(this.#root, key);
    try {
      await this.#write(target, createReadStream(path));
    } catch (error) {
      throw fileFailure(error, target, 'write');
    }
  }

  async stream(key: string): Promise<AsyncIterable<Buffer> | null> {
    assertKey(key);
    const path = join(this.#root, key);
    try {
      return piecesOf(await openFile(path), path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw fileFailure(error, path, 'read');
    }
  }

  async list(prefix: string, unlisted?: Unlisted): Promise<readonly string[]> {
    assertPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const keys = await this.#keysUnder(folder, unlisted);
    return keys.filter((key) => key.startsWith(prefix)).sort();
  }

  /** False when the name was taken before. */
  async #write(path: string, body: Buffer | AsyncIterable<Buffer>): Promise<boolean> {
    const incoming = join(this.#root, INCOMING);
    const made = await mkdir(incoming, { recursive: true });
    if (made !== undefined) await syncFolders(dirname(made), incoming);
    const temporary = join(incoming, randomUUID());
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(body);
      await file.sync();
      await this.#makeFolder(dirname(path));
      const fresh = await linkUnlessTaken(temporary, path);
      await this.#keep(dirname(path));
      return fresh;
    } finally {
      await file.close();
      await unlink(temporary);
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    const made = await mkdir(folder, { recursive: true });
    if (made === undefined) return;
    // Somebody may have removed what was there.
    for (let at = folder; at.startsWith(made); at = dirname(at)) this.#kept.delete(at);
  }

  /** Syncs a folder, in which something is new, and those above it that may be new themselves. */
  async #keep(folder: string): Promise<void> {
    await syncFolder(folder);
    const unkept: string[] = [];
    for (let at = folder; at !== this.#root && !this.#kept.has(at); at = dirname(at)) unkept.push(at);
    for (const at of unkept) await syncFolder(dirname(at));
    if (this.#kept.size > MOST_KEPT) this.#kept.clear();
    for (const at of unkept) this.#kept.add(at);
  }

  async #keysUnder(folder: string, unlisted?: Unlisted): Promise<string[]> {
    const path = join(this.#root, folder);
    try {
      const entries = await readdir(path, { withFileTypes: true });
      const shown = entries.filter((entry) => !entry.name.startsWith('.'));
      const below = shown.map((entry) =>
        entry.isDirectory()
          ? this.#keysUnder(`${folder}${entry.name}/`, unlisted)
          : Promise.resolve([folder + entry.name]),
      );
      return (await Promise.all(below)).flat();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      const failure = fileFailure(error, path, 'list');
      if (unlisted === undefined || !(failure instanceof WindlassFailure)) throw failure;
      unlisted(folder, failure);
      return [];
    }
  }
}

type Unlisted = NonNullable<Parameters<BlobStore['list']>[1]>;

/** The bytes of a file as they come. @throws WindlassFailure when it cannot be read. */
async function* piecesOf(file: FileHandle, path: string): AsyncGenerator<Buffer> {
  try {
    for await (const piece of file.createReadStream({ highWaterMark: 2 ** 20 })) yield piece as Buffer;
  } catch (error) {
    throw fileFailure(error, path, 'read');
  }
}

async function linkUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Syncs every folder from `folder` up to `root`, since any of them may be new. */
async function syncFolders(root: string, folder: string): Promise<void> {
  await syncFolder(folder);
  if (folder !== root) await syncFolders(root, dirname(folder));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

function fileFailure(error: unknown, path: string, verb: string): unknown {
  const code = codeOf(error);
  if (error instanceof WindlassFailure || code === undefined) return error;
  const denied = ['EACCES', 'EPERM', 'EROFS'].includes(code);
  return new WindlassFailure(denied ? 'AccessDenied' : 'ServerError', `The store could not ${verb} a file: ${code}.`, {
    object: path,
    next: denied ? 'Give this user access to the directory of the store.' : 'Look at the disk that holds the store.',
    facts: { code },
    cause: error,
  });
}
