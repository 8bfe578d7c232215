import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pack, type Pack } from 'tar-stream';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { examine, type Script } from '../../src/postgres/migrate/examine.ts';
import { listMigrations } from '../../src/postgres/migrate/migration.ts';
import { filesOf } from './support/files.ts';
import { zipped } from './support/zip.ts';

const SQL = 'CREATE TABLE official ();';
const { signal } = new AbortController();
const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

let cache: string;
let server: Server;
let served: Map<string, Buffer>;
let asked: string[];
let origin: string;
let leads: Map<string, string>;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), `pg-artifacts-${randomBytes(4).toString('hex')}-`));
  served = new Map();
  leads = new Map();
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = served.get(request.url ?? '');
    const location = leads.get(request.url ?? '');
    if (location !== undefined) response.setHeader('location', location);
    response.statusCode = location !== undefined ? 302 : body === undefined ? 404 : 200;
    response.end(body ?? 'secret words of the server');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterEach(async () => {
  server.close();
  await rm(cache, { recursive: true, force: true });
});

interface Given {
  readonly mirror?: string;
  readonly standIn?: string;
  readonly admit?: (address: string) => void;
}

async function scriptOf(artifact: Readonly<Record<string, unknown>>, given: Given = {}): Promise<Script> {
  const spec = postgresMigrate.parse({ database: 'd', source: { artifacts: [{ version: '1', ...artifact }] } });
  const files = filesOf(given.standIn === undefined ? {} : { 'standins/a.sql': given.standIn });
  const { mirror = null, admit = () => undefined } = given;
  const [migration] = listMigrations(spec, files, { cache, mirror, admit }).up;
  return (await examine(migration!, signal)).script;
}

describe('an artifact', () => {
  test('is fetched once and then comes from the cache', async () => {
    served.set('/a/schema.sql', Buffer.from(SQL));
    const artifact = { url: `${origin}/a/schema.sql`, sha256: sha256(SQL) };
    const script = await scriptOf(artifact);
    expect(script).toMatchObject({ statements: 1, standIn: null, migration: { name: 'schema.sql', version: '1' } });
    await scriptOf(artifact);
    expect(asked).toEqual(['/a/schema.sql']);
    await expect(readdir(cache)).resolves.toEqual([sha256(SQL)]);
  });

  test('of another digest is refused before it is opened, and not kept, whatever may stand in', async () => {
    served.set('/schema.sql', Buffer.from('DROP TABLE everything;'));
    const artifact = {
      url: `${origin}/schema.sql`,
      sha256: sha256(SQL),
      standIn: 'standins/a.sql',
      allowStandIn: true,
    };
    await expect(scriptOf(artifact, { standIn: SQL })).rejects.toMatchObject({
      type: 'ArtifactRefused',
      options: { facts: { expected: sha256(SQL), actual: sha256('DROP TABLE everything;') } },
    });
    await expect(readdir(cache)).resolves.toEqual([]);
  });

  test('that somebody changed in the cache is refused', async () => {
    await writeFile(join(cache, sha256(SQL)), 'DROP TABLE everything;');
    await expect(scriptOf({ url: `${origin}/x.sql`, sha256: sha256(SQL) })).rejects.toMatchObject({
      type: 'ArtifactRefused',
    });
    expect(asked).toEqual([]);
  });

  test('comes from the mirror first, which has it under host and path', async () => {
    served.set('/mirror/files.example/a/b.sql', Buffer.from(SQL));
    const artifact = { url: 'https://files.example/a/b.sql', sha256: sha256(SQL) };
    await scriptOf(artifact, { mirror: `${origin}/mirror/` });
    expect(asked).toEqual(['/mirror/files.example/a/b.sql']);
    await expect(readFile(join(cache, sha256(SQL)), 'utf8')).resolves.toBe(SQL);
  });

  test('that nobody has says who was asked and how to set a mirror, and repeats nothing of the answers', async () => {
    const failure = await scriptOf({ url: `${origin}/gone.sql`, sha256: sha256(SQL) }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'NotFound',
      message: expect.stringMatching(
        /^The artifact cannot be fetched \(127.*: it answers with status 404; no mirror is set\)\.$/,
      ),
      options: { object: `${origin}/gone.sql`, next: expect.stringContaining('WINDLASS_ARTIFACT_MIRROR') },
    });
  });

  test('that cannot be had is stood in for only where that is allowed, and says so', async () => {
    const artifact = { url: `${origin}/gone.sql`, sha256: sha256(SQL), standIn: 'standins/a.sql' };
    await expect(scriptOf(artifact, { standIn: 'SELECT 1;' })).rejects.toMatchObject({ type: 'NotFound' });
    const script = await scriptOf({ ...artifact, allowStandIn: true }, { standIn: 'SELECT 1;' });
    expect(script.standIn).toMatch(/^The artifact cannot be fetched .* standins\/a\.sql stands in for it\.$/);
    expect(script.content).toMatchObject({ path: 'standins/a.sql', sha256: sha256('SELECT 1;') });
  });

  test('is asked only of servers that may be reached, also where another leads there, and of the mirror of the worker', async () => {
    const refused = new WindlassFailure('Unauthorised', 'No.', { next: 'Nothing.' });
    const other = origin.replace('127.0.0.1', 'localhost');
    const admitted: string[] = [];
    const admit = (address: string): void => {
      admitted.push(address);
      if (!address.startsWith('localhost:')) throw refused;
    };
    await expect(scriptOf({ url: `${origin}/a.sql`, sha256: sha256(SQL) }, { admit })).rejects.toBe(refused);
    expect(asked).toEqual([]);
    leads.set('/moved.sql', `${origin}/secret`);
    await expect(scriptOf({ url: `${other}/moved.sql`, sha256: sha256(SQL) }, { admit })).rejects.toBe(refused);
    expect(asked).toEqual(['/moved.sql']);
    await expect(
      scriptOf({ url: `${other}/gone.sql`, mirror: `${origin}/mirror`, sha256: sha256(SQL) }, { admit }),
    ).rejects.toBe(refused);
    const before = admitted.length;
    served.set('/mirror/files.example/b.sql', Buffer.from(SQL));
    await scriptOf({ url: 'https://files.example/b.sql', sha256: sha256(SQL) }, { mirror: `${origin}/mirror`, admit });
    expect(admitted.slice(before)).toEqual([]);
  });

  test('may be a file on the worker', async () => {
    const path = join(cache, 'here.sql');
    await writeFile(path, SQL);
    await expect(scriptOf({ path, sha256: sha256(SQL) })).resolves.toMatchObject({ statements: 1 });
    await expect(scriptOf({ path: join(cache, 'gone.sql'), sha256: sha256('x') })).rejects.toMatchObject({
      type: 'NotFound',
    });
  });
});

describe('a file inside of an archive', () => {
  const tarred = async (): Promise<Buffer> => {
    const tar = pack();
    tar.entry({ name: 'sql/README' }, 'words');
    tar.entry({ name: 'sql/schema.sql' }, SQL);
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  test.each([
    ['tar', tarred],
    ['tar.gz', async () => gzipSync(await tarred())],
    ['zip', () => Promise.resolve(zipped('sql/schema.sql', SQL))],
  ])('of %s is found by its path', async (_, make) => {
    const archive = await make();
    served.set('/dist', archive);
    const artifact = { url: `${origin}/dist`, sha256: sha256(archive), inside: 'sql/schema.sql' };
    const script = await scriptOf(artifact);
    expect(script).toMatchObject({ statements: 1, bytes: SQL.length, content: { sha256: sha256(archive) } });
    await expect(scriptOf({ ...artifact, inside: 'schema.sql' })).rejects.toMatchObject({
      type: 'ArtifactRefused',
      message: expect.stringMatching(/holds no schema\.sql; it holds sql\/schema\.sql/),
    });
  });

  const tarOf = async (header: Parameters<Pack['entry']>[0], content?: string): Promise<Buffer> => {
    const tar = pack();
    tar.entry({ name: 'sql/README' }, 'words');
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  const inside = 'sql/schema.sql';

  test.each([
    ['a symbolic link', () => tarOf({ name: inside, type: 'symlink', linkname: 'README' })],
    ['a symbolic link', () => tarOf({ name: inside, type: 'symlink', linkname: '/etc/passwd' })],
    ['a hard link', () => tarOf({ name: inside, type: 'link', linkname: 'sql/README' })],
    ['a device', () => tarOf({ name: inside, type: 'character-device' })],
    ['a device', () => tarOf({ name: inside, type: 'block-device' })],
    ['a pipe', () => tarOf({ name: inside, type: 'fifo' })],
    ['a directory', () => tarOf({ name: inside, type: 'directory' })],
    ['a symbolic link', () => Promise.resolve(zipped(inside, 'README', 0o120777))],
    ['a device', () => Promise.resolve(zipped(inside, '', 0o020666))],
    ['a pipe', () => Promise.resolve(zipped(inside, '', 0o010666))],
  ])('that is %s there is refused, and no empty migration', async (kind, make) => {
    const archive = await make();
    served.set('/dist', archive);
    const artifact = { url: `${origin}/dist`, sha256: sha256(archive), inside };
    await expect(scriptOf(artifact)).rejects.toMatchObject({
      type: 'ArtifactRefused',
      message: `The archive cannot be used: ${inside} is ${kind} in it, and no file.`,
    });
  });

  test.each(['../schema.sql', '/etc/passwd', 'sql/../../schema.sql', 'sql\\..\\..\\x.sql'])(
    'that leads out of it is refused: %s',
    async (path) => {
      const archive = await tarOf({ name: path }, SQL);
      served.set('/dist', archive);
      const artifact = { url: `${origin}/dist`, sha256: sha256(archive), inside: path };
      await expect(scriptOf(artifact)).rejects.toMatchObject({
        type: 'ArtifactRefused',
        message: expect.stringContaining('leads out of it'),
      });
    },
  );

  test('that is damaged is refused', async () => {
    const archive = gzipSync(await tarred()).subarray(0, 60);
    served.set('/dist', archive);
    const artifact = { url: `${origin}/dist`, sha256: sha256(archive), inside: 'sql/schema.sql' };
    await expect(scriptOf(artifact)).rejects.toMatchObject({ type: 'ArtifactRefused' });
  });
});
