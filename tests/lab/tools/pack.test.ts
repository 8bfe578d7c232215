import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { cacheDirectory, platform } from '../../../src/lab/tools/cache.ts';
import { findTool, cachedPath } from '../../../src/lab/tools/lookup.ts';
import { packTools, unpackTools } from '../../../src/lab/tools/pack.ts';
import { environment, script, scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const set = environment();

/** A machine with an empty cache of its own. */
function machine(): string {
  const tools = join(scratch(), 'tools');
  set({ WINDLASS_TOOLS: tools, PATH: '/usr/bin:/bin' });
  return tools;
}

async function packedMinio(): Promise<{ file: string; sha256: string }> {
  machine();
  script(cachedPath('minio'), 'echo hello');
  writeFileSync(join(dirname(cachedPath('minio')), 'notes'), 'no program');
  const file = join(scratch(), 'tools.tar.gz');
  const { sha256 } = await packTools(file);
  return { file, sha256 };
}

interface Item {
  readonly name: string;
  readonly text: string;
  readonly type?: 'file' | 'symlink';
}

/** An archive with a manifest that is right for its items, but for what a test makes wrong. */
async function archive(items: readonly Item[], wrong: { platform?: string; sha256?: string } = {}): Promise<string> {
  const file = join(scratch(), 'made.tar.gz');
  const files = items.map(({ name, text }) => ({
    path: name,
    sha256: wrong.sha256 ?? createHash('sha256').update(text).digest('hex'),
    bytes: text.length,
    executable: true,
  }));
  const made = pack();
  made.entry({ name: 'manifest.json' }, JSON.stringify({ format: 1, platform: wrong.platform ?? platform(), files }));
  for (const { name, text, type } of items)
    if (type === 'symlink') made.entry({ name, type, linkname: text });
    else made.entry({ name }, text);
  made.finalize();
  await pipeline(made, createGzip(), createWriteStream(file));
  return file;
}

const inCache = (name: 'minio', file = '') => join(relative(cacheDirectory(), dirname(cachedPath(name))), file);

describe('an archive of tools', () => {
  test('gives another machine what was packed, programs as programs', async () => {
    const { file, sha256 } = await packedMinio();
    const fresh = machine();
    expect(await findTool('minio')).toBeUndefined();
    expect(await unpackTools(file, sha256.toUpperCase())).toMatchObject({ sha256, directories: [inCache('minio')] });
    expect(await findTool('minio')).toEqual({ path: cachedPath('minio'), from: 'cache' });
    expect(statSync(join(fresh, inCache('minio', 'notes'))).mode & 0o111).toBe(0);
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(sha256);
  });

  test('leaves alone what is there already, and nothing beside it', async () => {
    const { file } = await packedMinio();
    const fresh = machine();
    script(cachedPath('minio'), 'echo mine');
    await unpackTools(file);
    expect(readFileSync(cachedPath('minio'), 'utf8')).toContain('mine');
    expect(readdirSync(fresh)).toEqual(['minio']);
  });

  test('is not made of an empty cache, nor over a file that is there', async () => {
    machine();
    await expect(packTools(join(scratch(), 'none.tar.gz'))).rejects.toThrow(/No tool is in it/);
    script(cachedPath('minio'), 'true');
    const file = join(scratch(), 'there.tar.gz');
    writeFileSync(file, 'precious');
    await expect(packTools(file)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});

describe('of an archive of tools nothing is taken', () => {
  async function refused(file: string, why: RegExp, sha256?: string): Promise<void> {
    await expect(unpackTools(file, sha256)).rejects.toThrow(why);
    expect(existsSync(cachedPath('minio'))).toBe(false);
    expect(readdirSync(cacheDirectory())).toEqual([]);
  }

  test('whose digest is not the one that was given', async () => {
    const { file, sha256 } = await packedMinio();
    machine();
    await refused(file, new RegExp(`its SHA-256 is ${sha256}`), 'a'.repeat(64));
  });

  test('with a file that is not what the manifest says', async () => {
    machine();
    await refused(
      await archive([{ name: inCache('minio', 'minio'), text: 'x' }], { sha256: 'b'.repeat(64) }),
      /is not what the manifest says/,
    );
  });

  test.each(['../escaped', '/etc/escaped', 'minio/../../escaped', 'minio/0-linux-x64/minio'])(
    'with the path %s',
    async (name) => {
      machine();
      await refused(await archive([{ name, text: 'x' }]), /is no path of a tool|no directory of this version's tools/);
    },
  );

  test('that climbs out of a directory of tools', async () => {
    machine();
    await refused(
      await archive([{ name: inCache('minio', '../../../escaped'), text: 'x' }]),
      /is no path|no directory/,
    );
    await refused(await archive([{ name: `${inCache('minio')}/../../escaped`, text: 'x' }]), /is no path of a tool/);
  });

  test('with a link', async () => {
    machine();
    await refused(await archive([{ name: inCache('minio', 'minio'), text: '/bin/sh', type: 'symlink' }]), /as a file/);
  });

  test('of another platform', async () => {
    machine();
    await refused(
      await archive([{ name: inCache('minio', 'minio'), text: 'x' }], { platform: 'plan9-mips' }),
      /packed for plan9-mips/,
    );
  });

  test('that was cut off', async () => {
    const { file } = await packedMinio();
    machine();
    truncateSync(file, statSync(file).size - 20);
    await refused(file, /it is damaged/);
  });

  test('that is no archive', async () => {
    machine();
    const file = join(scratch(), 'text');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'hello');
    await refused(file, /it is damaged, or no such archive/);
  });
});
