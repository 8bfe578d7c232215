import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openFile, readFileWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { assertKey, assertPrefix, holds, storeConflict, type BlobStore } from './blob-store.ts';

/** Where blobs are written before they get their name; on the same file system, and hidden from `list`. */
const INCOMING = '.incoming';

/**
 * A store in a directory. A blob appears under its name whole or not at all, and survives a loss of power: it is written
 * and synced under a temporary name, then linked, which never replaces what is there.
 */
export class DirectoryStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
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
      await mkdir(dirname(path), { recursive: true });
      const fresh = await linkUnlessTaken(temporary, path);
      await syncFolders(this.#root, dirname(path));
      return fresh;
    } finally {
      await file.close();
      await unlink(temporary);
    }
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
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (folder !== root) await syncFolders(root, dirname(folder));
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
