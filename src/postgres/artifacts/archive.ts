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
 * @throws WindlassFailure `ArtifactRefused` when it holds no such file, naming what it holds, or is damaged.
 */
export async function* fileInside(archive: string, inside: string): AsyncGenerator<Buffer> {
  const seen: string[] = [];
  try {
    const magic = (await firstBytes(archive)).toString('latin1');
    yield* magic.startsWith('PK') ? fromZip(archive, inside, seen) : fromTar(archive, inside, seen, magic);
  } catch (error) {
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
      for await (const chunk of await zip.openReadStreamPromise(entry)) yield chunk as Buffer;
      return;
    }
  } finally {
    zip.close();
  }
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
