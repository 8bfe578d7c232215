import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack, type Header } from 'tar-stream';
import { z } from 'zod';
import { LabFailure } from '../failure.ts';
import { cacheDirectory, platform } from './cache.ts';
import { TOOLS, type Tool } from './catalogue.ts';
import { builtDirectory } from './go-module.ts';
import { unpackedDirectory } from './wheel.ts';

const MANIFEST = 'manifest.json';
/** Fast: programs shrink to less than half even so. */
const LEVEL = 3;

const manifestSchema = z.strictObject({
  format: z.literal(1),
  platform: z.string(),
  files: z.array(
    z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.int().min(0), executable: z.boolean() }),
  ),
});
type Manifest = z.output<typeof manifestSchema>;
type PackedFile = Manifest['files'][number];
type Entry = AsyncIterable<unknown> & { readonly header: Header };

/** What an archive of tools holds. */
export interface ToolArchive {
  /** The digest of the archive itself, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Directories of the cache. */
  readonly directories: readonly string[];
}

/**
 * Writes the tools of this version that are in the cache into one archive (a tar, gzipped): first a manifest with the digest of each file,
 * then the files.
 *
 * @throws LabFailure when there is none; Error of `node:fs` when the file cannot be written, or is there already.
 */
export async function packTools(file: string): Promise<ToolArchive> {
  const cache = cacheDirectory();
  const directories = [...known()].filter((directory) => existsSync(join(cache, directory)));
  if (directories.length === 0)
    throw new LabFailure('No tool is in it that could be packed.', cache, 'Run `windlass lab tools` first.');
  const files: PackedFile[] = [];
  for (const directory of directories)
    for (const path of filesBelow(join(cache, directory))) files.push(await described(cache, path));
  const manifest: Manifest = { format: 1, platform: platform(), files };
  const archive = pack();
  const written = (async () => {
    archive.entry({ name: MANIFEST }, JSON.stringify(manifest));
    for (const { path, bytes, executable } of files)
      await pipeline(
        createReadStream(join(cache, path)),
        archive.entry({ name: path, size: bytes, mode: executable ? 0o755 : 0o644 }),
      );
    archive.finalize();
  })();
  const sum = new Summing();
  await Promise.all([
    written,
    pipeline(archive, createGzip({ level: LEVEL }), sum, createWriteStream(file, { flags: 'wx' })),
  ]);
  return { ...sum.result(), directories };
}

/**
 * Puts the tools of an archive into the cache. Nothing is there under its name until all of the archive was read and each file
 * had its digest; what is there already stays.
 *
 * @param sha256 what the archive's own digest must be; absent: not compared, so that the archive vouches for itself.
 * @throws LabFailure when it is damaged, is another than was meant, was packed for another platform or by another version, or
 *   names what is not of the cache. Error of `node:fs` when it cannot be read, or the cache cannot be written.
 */
export async function unpackTools(file: string, sha256?: string): Promise<ToolArchive> {
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  const draft = join(cache, `.unpacking-${randomBytes(4).toString('hex')}`);
  try {
    const read = await readArchive(file, draft);
    if (sha256 !== undefined && sha256.toLowerCase() !== read.sha256)
      throw refused(file, `its SHA-256 is ${read.sha256}, which is not the one that you gave`);
    for (const directory of read.directories) {
      if (existsSync(join(cache, directory))) continue;
      mkdirSync(dirname(join(cache, directory)), { recursive: true });
      renameSync(join(draft, directory), join(cache, directory));
    }
    return read;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function readArchive(file: string, draft: string): Promise<ToolArchive> {
  const entries = extract();
  const sum = new Summing();
  const reading = pipeline(createReadStream(file), sum, createGunzip(), entries).catch((error: unknown) => {
    entries.destroy(error as Error);
  });
  let awaited: Map<string, PackedFile> | undefined;
  const directories = new Set<string>();
  try {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (awaited === undefined) {
        awaited = await manifestOf(file, entry);
        continue;
      }
      const expected = awaited.get(name);
      if (type !== 'file' || expected === undefined)
        throw refused(file, `its manifest does not name ${JSON.stringify(name)} as a file`);
      awaited.delete(name);
      await writeChecked(file, entry, join(draft, name), expected);
      directories.add(directoryOf(file, name));
    }
  } catch (error) {
    throw error instanceof LabFailure ? error : refused(file, 'it is damaged, or no such archive', error);
  }
  await reading;
  const [lacking] = awaited?.keys() ?? [MANIFEST];
  if (lacking !== undefined) throw refused(file, `${lacking} is not in it`);
  return { ...sum.result(), directories: [...directories] };
}

/** Larger than any that we write. */
const MANIFEST_LIMIT = 8 * 1024 * 1024;

async function manifestOf(file: string, entry: Entry): Promise<Map<string, PackedFile>> {
  if (entry.header.name !== MANIFEST || entry.header.size > MANIFEST_LIMIT)
    throw refused(file, `it does not begin with ${MANIFEST}`);
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  const { platform: made, files } = manifestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  if (made !== platform()) throw refused(file, `it was packed for ${made}, and this is ${platform()}`);
  for (const { path } of files) directoryOf(file, path);
  return new Map(files.map((one) => [one.path, one]));
}

async function writeChecked(file: string, entry: Entry, path: string, expected: PackedFile): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const sum = new Summing();
  await pipeline(entry, sum, createWriteStream(path, { flags: 'wx', mode: expected.executable ? 0o755 : 0o644 }));
  const { sha256, bytes } = sum.result();
  if (sha256 !== expected.sha256 || bytes !== expected.bytes)
    throw refused(file, `${expected.path} is not what the manifest says: its SHA-256 is ${sha256}`);
}

/** The directory of the cache that a path of an archive lies in. */
function directoryOf(file: string, path: string): string {
  const [set = '', version = '', ...rest] = path.split('/');
  const directory = `${set}/${version}`;
  if (rest.length === 0 || rest.some((part) => part === '' || part === '.' || part === '..' || /[\\\0]/.test(part)))
    throw refused(file, `${JSON.stringify(path)} is no path of a tool`);
  if (!known().has(directory))
    throw refused(file, `it has ${directory}, which is no directory of this version's tools`);
  return directory;
}

/** Where the cache has the tools of this version, relative to it. */
function known(): ReadonlySet<string> {
  const origins = Object.values(TOOLS).map(({ origin }: Tool) => origin);
  return new Set(
    origins.flatMap((origin) => {
      if (origin.kind === 'package') return [];
      return relative(
        cacheDirectory(),
        origin.kind === 'go' ? builtDirectory(origin.module) : unpackedDirectory(origin),
      );
    }),
  );
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function described(cache: string, path: string): Promise<PackedFile> {
  const hash = createHash('sha256');
  const handle = await open(path);
  for await (const chunk of handle.createReadStream()) hash.update(chunk as Buffer);
  const { size, mode } = statSync(path);
  return { path: relative(cache, path), sha256: hash.digest('hex'), bytes: size, executable: (mode & 0o100) !== 0 };
}

function refused(file: string, why: string, cause?: unknown): LabFailure {
  return new LabFailure(
    `Nothing of it was taken: ${why}.`,
    file,
    'Pack it anew with `windlass lab tools --pack FILE` on a machine like this one, by the same version of Windlass.',
    cause,
  );
}

/** Passes on what it reads, and counts and digests it. */
class Summing extends Transform {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    done(null, chunk);
  }

  result(): { readonly sha256: string; readonly bytes: number } {
    return { sha256: this.#hash.digest('hex'), bytes: this.#bytes };
  }
}
