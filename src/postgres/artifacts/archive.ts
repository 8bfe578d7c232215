import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import yauzl from 'yauzl';
import { openFile, within } from '../../bounded.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { OverLimit, type Limit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';

/**
 * The bytes of one file inside of an archive, which is told by its first bytes: zip, tar, or gzipped tar.
 *
 * @throws WindlassFailure `ArtifactRefused` when it holds no such file, naming what it holds, when what it holds under that
 *   path is a link, a device or a directory, which have no bytes and would pass for an empty migration, or when it is damaged;
 *   `LimitExceeded` for an archive that holds more than is looked at.
 */
export async function* fileInside(
  archive: string,
  inside: string,
  limits: ArchiveLimits = { entries: LIMITS.archiveEntries, content: LIMITS.archiveContent },
): AsyncGenerator<Buffer> {
  if (!isWithin(inside)) throw refused(archive, `${inside} leads out of it`);
  const seen = new Seen(archive, inside, limits.entries);
  try {
    const magic = (await firstBytes(archive)).toString('latin1');
    yield* magic.startsWith('PK')
      ? fromZip(archive, inside, seen, limits)
      : fromTar(archive, inside, seen, limits, magic);
  } catch (error) {
    if (error instanceof WindlassFailure) throw error;
    throw refused(archive, `it is damaged, or no archive (${(error as Error).name})`, error);
  }
  if (!seen.hasWanted) throw refused(archive, `it holds no ${inside}; it holds ${seen.words()}`);
}

/** How much of an archive is looked at. */
interface ArchiveLimits {
  readonly entries: Limit;
  readonly content: Limit;
}

/** How many names are shown of what an archive holds, and how much of each: names of entries may have megabytes. */
const SHOWN = 10;
const SHOWN_CHARACTERS = 200;

/** The entries of an archive that came by. */
class Seen {
  readonly #archive: string;
  readonly #wanted: string;
  readonly #limit: Limit;
  readonly #sql: string[] = [];
  readonly #others: string[] = [];
  #count = 0;
  hasWanted = false;

  constructor(archive: string, wanted: string, limit: Limit) {
    this.#archive = archive;
    this.#wanted = wanted;
    this.#limit = limit;
  }

  /** @returns whether it is the wanted one. @throws WindlassFailure `LimitExceeded` for an entry too many. */
  take(name: string): boolean {
    this.#count += 1;
    if (this.#count > this.#limit.most) throw new OverLimit(this.#limit, 'The archive', this.#archive);
    const kept = name.endsWith('.sql') ? this.#sql : this.#others;
    if (kept.length <= SHOWN) kept.push(name.slice(0, SHOWN_CHARACTERS));
    this.hasWanted ||= name === this.#wanted;
    return name === this.#wanted;
  }

  words(): string {
    const names = this.#sql.length > 0 ? this.#sql : this.#others;
    const shown = names.slice(0, SHOWN).join(', ');
    return shown === '' ? 'nothing' : `${shown}${names.length > SHOWN ? ', ...' : ''}`;
  }
}

async function* fromTar(
  archive: string,
  inside: string,
  seen: Seen,
  limits: ArchiveLimits,
  magic: string,
): AsyncGenerator<Buffer> {
  const file = createReadStream(archive);
  const entries = extract();
  const unzipped = magic.startsWith('\x1f\x8b') ? file.pipe(createGunzip()) : file;
  // What is passed over is unpacked too.
  const content = within(unzipped as AsyncIterable<Buffer>, limits.content, 'The archive, unpacked,', archive);
  // A damaged stream ends the loop below with its error.
  pipeline(content, entries).catch((error: unknown) => {
    entries.destroy(error as Error);
  });
  try {
    for await (const entry of entries) {
      if (seen.take(entry.header.name)) {
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

async function* fromZip(archive: string, inside: string, seen: Seen, limits: ArchiveLimits): AsyncGenerator<Buffer> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (!seen.take(entry.fileName)) continue;
      assertFile(archive, inside, zipKind(entry));
      const bytes = (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>;
      yield* within(bytes, limits.content, `${inside}, unpacked,`, archive);
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
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function refused(archive: string, why: string, cause?: unknown): WindlassFailure {
  return new WindlassFailure('ArtifactRefused', `The archive cannot be used: ${why}.`, {
    object: archive,
    next: 'Correct `inside`, or pin another archive.',
    ...(cause === undefined ? {} : { cause }),
  });
}
