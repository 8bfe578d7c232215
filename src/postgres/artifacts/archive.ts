import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import yauzl from 'yauzl';
import { WindlassFailure } from '../../domain/failure.ts';

/**
 * The bytes of one file inside of an archive, which is told by its first bytes: zip, tar, or gzipped tar.
 *
 * @throws WindlassFailure `ArtifactRefused` when it holds no such file, naming what it holds, when what it holds under that
 *   path is a link, a device or a directory, which have no bytes and would pass for an empty migration, or when it is damaged.
 */
export async function* fileInside(archive: string, inside: string): AsyncGenerator<Buffer> {
  if (!isWithin(inside)) throw refused(archive, `${inside} leads out of it`);
  const seen: string[] = [];
  try {
    const magic = (await firstBytes(archive)).toString('latin1');
    yield* magic.startsWith('PK') ? fromZip(archive, inside, seen) : fromTar(archive, inside, seen, magic);
  } catch (error) {
    if (error instanceof WindlassFailure) throw error;
    throw refused(archive, `it is damaged, or no archive (${(error as Error).name})`, error);
  }
  if (!seen.includes(inside)) throw refused(archive, `it holds no ${inside}; it holds ${listed(seen)}`);
}

async function* fromTar(archive: string, inside: string, seen: string[], magic: string): AsyncGenerator<Buffer> {
  const file = createReadStream(archive);
  const entries = extract();
  const unzipped = magic.startsWith('\x1f\x8b') ? file.pipe(createGunzip()) : file;
  // A damaged stream ends the loop below with its error.
  pipeline(unzipped, entries).catch((error: unknown) => {
    entries.destroy(error as Error);
  });
  try {
    for await (const entry of entries) {
      seen.push(entry.header.name);
      if (entry.header.name === inside) {
        assertFile(archive, inside, tarKind(entry.header.type));
        for await (const chunk of entry) yield chunk as Buffer;
        return;
      }
      entry.resume();
    }
  } finally {
    file.destroy();
  }
}

async function* fromZip(archive: string, inside: string, seen: string[]): AsyncGenerator<Buffer> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true });
  try {
    for await (const entry of zip.eachEntry()) {
      seen.push(entry.fileName);
      if (entry.fileName !== inside) continue;
      assertFile(archive, inside, zipKind(entry));
      for await (const chunk of await zip.openReadStreamPromise(entry)) yield chunk as Buffer;
      return;
    }
  } finally {
    zip.close();
  }
}

/** Whether a path stays where it begins, whatever is unpacked there. */
function isWithin(path: string): boolean {
  return !/^[/\\]|^[A-Za-z]:|\0/.test(path) && !path.split(/[/\\]/).includes('..');
}

/** @param kind what an entry is, in words; null for a file. */
function assertFile(archive: string, inside: string, kind: string | null): void {
  if (kind !== null) throw refused(archive, `${inside} is ${kind} in it, and no file`);
}

const TAR_KINDS: Readonly<Record<string, string>> = {
  link: 'a hard link',
  symlink: 'a symbolic link',
  directory: 'a directory',
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a pipe',
};

/** @param type as tar-stream calls the type flag of POSIX ustar; null for one that it does not know. */
function tarKind(type: string | null | undefined): string | null {
  if (type === 'file' || type === 'contiguous-file') return null;
  return TAR_KINDS[type ?? ''] ?? 'an entry of an unknown type';
}

/** The kinds of files of Unix, as `st_mode` has them (POSIX sys/stat.h), which archives made there keep. */
const UNIX_KINDS: Readonly<Record<number, string>> = {
  0o120000: 'a symbolic link',
  0o040000: 'a directory',
  0o020000: 'a device',
  0o060000: 'a device',
  0o010000: 'a pipe',
  0o140000: 'a socket',
};

/** Archives of other systems keep no such kind: theirs is 0. */
function zipKind({ fileName, externalFileAttributes }: yauzl.Entry): string | null {
  if (fileName.endsWith('/')) return 'a directory';
  return UNIX_KINDS[(externalFileAttributes >>> 16) & 0o170000] ?? null;
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function listed(names: readonly string[]): string {
  const sql = names.filter((name) => name.endsWith('.sql'));
  const shown = (sql.length > 0 ? sql : names).slice(0, 10).join(', ');
  return shown === '' ? 'nothing' : `${shown}${names.length > 10 ? ', ...' : ''}`;
}

function refused(archive: string, why: string, cause?: unknown): WindlassFailure {
  return new WindlassFailure('ArtifactRefused', `The archive cannot be used: ${why}.`, {
    object: archive,
    next: 'Correct `inside`, or pin another archive.',
    ...(cause === undefined ? {} : { cause }),
  });
}
