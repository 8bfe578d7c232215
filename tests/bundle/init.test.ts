import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { initRollout } from '../../src/bundle/init.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import { scratchDirectory } from './scratch.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/minimal');

describe('a new rollout', () => {
  test('loads in the lab as it is', async () => {
    await using scratch = await scratchDirectory();
    await initRollout(join(scratch.path, 'new'), 'shop');
    const loaded = await loadRollout(join(scratch.path, 'new'), 'lab');
    expect(loaded).toMatchObject({ ok: true, bundle: { rollout: 'shop', environment: 'lab' } });
  });

  test('called minimal is examples/minimal', async () => {
    await using scratch = await scratchDirectory();
    const written = await initRollout(scratch.path, 'minimal');
    const entries = await readdir(EXAMPLE, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(files.map((file) => file.slice(EXAMPLE.length + 1)).sort()).toEqual([...written].sort());
    for (const path of written)
      expect(await readFile(join(scratch.path, path), 'utf8')).toBe(await readFile(join(EXAMPLE, path), 'utf8'));
  });

  test('overwrites nothing, and writes nothing beside what is in the way', async () => {
    await using scratch = await scratchDirectory();
    await writeFile(join(scratch.path, 'rollout.yaml'), 'mine');
    await expect(initRollout(scratch.path, 'shop')).rejects.toMatchObject({ type: 'WrongUsage' });
    expect(await readdir(scratch.path)).toEqual(['rollout.yaml']);
    expect(await readFile(join(scratch.path, 'rollout.yaml'), 'utf8')).toBe('mine');
  });

  test.each(['', 'Shop', '../shop', 'a'.repeat(56)])('cannot be called "%s"', async (name) => {
    await using scratch = await scratchDirectory();
    await expect(initRollout(join(scratch.path, 'new'), name)).rejects.toMatchObject({ type: 'WrongUsage' });
    await expect(stat(join(scratch.path, 'new'))).rejects.toThrow('ENOENT');
  });
});
