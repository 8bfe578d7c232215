import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/store/directory.ts';
import { storeContract } from './contract.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'windlass-store-'));
});
afterAll(() => rm(scratch, { recursive: true }));

let count = 0;
const freshRoot = (): string => join(scratch, String((count += 1)), 'not', 'made', 'yet');

describe('a store in a directory', () => {
  storeContract(() => Promise.resolve(new DirectoryStore(freshRoot())));

  test('no temporary file is left behind, neither by a write nor by a refused one', async () => {
    const root = freshRoot();
    const store = new DirectoryStore(root);
    await store.put('a/b', Buffer.from('one'));
    await store.put('a/b', Buffer.from('two')).catch(() => undefined);
    expect(await readdir(join(root, '.incoming'))).toEqual([]);
    expect(await readdir(join(root, 'a'))).toEqual(['b']);
  });

  test('half-written files of a writer that was killed are not listed', async () => {
    const root = freshRoot();
    await mkdir(join(root, '.incoming'), { recursive: true });
    await writeFile(join(root, '.incoming', 'killed'), 'half');
    expect(await new DirectoryStore(root).list('')).toEqual([]);
  });

  test('a file where the directory should be is told with its path and the system error', async () => {
    const root = freshRoot();
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'blobs'), 'in the way');
    await expect(new DirectoryStore(root).put('blobs/abc', Buffer.from('x'))).rejects.toMatchObject({
      name: 'WindlassFailure',
      type: 'ServerError',
      options: { object: join(root, 'blobs', 'abc') },
    });
  });
});
