import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../src/bundle/digest.ts';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { openBundle, saveBundle } from '../../src/bundle/store.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { rolloutOf, scratchDirectory } from './scratch.ts';

let loaded: LoadedRollout;
beforeEach(async () => {
  await using rollout = await rolloutOf(null);
  const result = await loadRollout(rollout.path, 'lab');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  loaded = result;
});

describe('a stored bundle', () => {
  test('opens as it was saved, files included', async () => {
    await using scratch = await scratchDirectory();
    const store = new DirectoryStore(scratch.path);
    await saveBundle(store, loaded);
    const { bundle, files } = await openBundle(store, loaded.digest);
    expect(bundle).toEqual(loaded.bundle);
    for (const [path, text] of loaded.files) expect(await files.read(path)).toBe(text);
  });

  test('is stored once, however often', async () => {
    await using scratch = await scratchDirectory();
    const store = new DirectoryStore(scratch.path);
    await saveBundle(store, loaded);
    const before = await store.list('');
    await saveBundle(store, loaded);
    expect(await store.list('')).toEqual(before);
    expect(before).toEqual([
      ...[...loaded.files.values()].map((text) => `blobs/${sha256(text)}`).sort(),
      `bundles/${loaded.digest}.json`,
    ]);
  });

  test('keeps a file of more than 16 MB as a stream, and refuses it at its end when it changed', async () => {
    await using scratch = await scratchDirectory();
    await using rollout = await rolloutOf(null);
    const path = 'migrations/V99__large.sql';
    const content = `CREATE TABLE large (a text);\nCOPY large FROM stdin;\n${'größe\n'.repeat(2_600_000)}\\.\n`;
    await writeFile(join(rollout.path, path), content);
    const result = await loadRollout(rollout.path, 'lab');
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    expect(result.files.has(path)).toBe(false);
    const store = new DirectoryStore(scratch.path);
    await saveBundle(store, result);
    await saveBundle(store, result);
    const { bundle, files } = await openBundle(store, result.digest);
    expect(bundle.files[path]).toBe(sha256(content));
    const read = async (): Promise<string> => {
      const chunks: Buffer[] = [];
      for await (const chunk of files.stream(path)) chunks.push(chunk);
      return sha256(Buffer.concat(chunks));
    };
    await expect(read()).resolves.toBe(sha256(content));
    await writeFile(join(scratch.path, 'blobs', sha256(content)), content.replace('CREATE', 'create'));
    await expect(read()).rejects.toMatchObject({ type: 'BundleCorrupt' });
  });

  test('whose document changed under its digest is refused with both digests', async () => {
    await using scratch = await scratchDirectory();
    const store = new DirectoryStore(scratch.path);
    await saveBundle(store, loaded);
    await writeFile(join(scratch.path, `bundles/${loaded.digest}.json`), '{}');
    await expect(openBundle(store, loaded.digest)).rejects.toMatchObject({
      type: 'BundleCorrupt',
      options: { object: `bundles/${loaded.digest}.json`, facts: { expected: loaded.digest, actual: sha256('{}') } },
    });
  });

  test('of which a file changed opens, and refuses that file alone, by name and with both digests', async () => {
    await using scratch = await scratchDirectory();
    const store = new DirectoryStore(scratch.path);
    await saveBundle(store, loaded);
    const digest = loaded.bundle.files['manifests/web.yaml'] ?? '';
    await writeFile(join(scratch.path, 'blobs', digest), 'changed');
    const { files } = await openBundle(store, loaded.digest);
    const failure = await files.read('manifests/web.yaml').catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'BundleCorrupt', options: { object: `blobs/${digest}` } });
    expect((failure as Error).message).toContain('manifests/web.yaml');
    expect((failure as Error).message).toContain(digest);
    expect((failure as Error).message).toContain(sha256('changed'));
    expect(await files.read('migrations/V1__orders.sql')).toBe(loaded.files.get('migrations/V1__orders.sql'));
  });

  test('of which a file is lost refuses that file', async () => {
    await using scratch = await scratchDirectory();
    const store = new DirectoryStore(scratch.path);
    await saveBundle(store, { ...loaded, files: new Map() });
    const { files } = await openBundle(store, loaded.digest);
    await expect(files.read('manifests/web.yaml')).rejects.toMatchObject({ type: 'BundleMissing' });
  });

  test.each(['f'.repeat(64), 'f'.repeat(63), '../../etc/passwd', ''])('that is not there: "%s"', async (digest) => {
    await using scratch = await scratchDirectory();
    await expect(openBundle(new DirectoryStore(scratch.path), digest)).rejects.toMatchObject({ type: 'BundleMissing' });
  });
});

describe('the files of a bundle', () => {
  test('are listed by directory or by name, however the path is written', () => {
    const files = loadedFiles(loaded);
    expect(files.list('manifests')).toEqual(['manifests/web.yaml']);
    expect(files.list('./manifests/')).toEqual(['manifests/web.yaml']);
    expect(files.list('manifests//web.yaml')).toEqual(['manifests/web.yaml']);
    expect(files.list('mani')).toEqual([]);
    expect(files.list('.')).toEqual(['manifests/web.yaml', 'migrations/V1__orders.sql']);
  });

  test('a file that no step refers to is not there', async () => {
    await expect(loadedFiles(loaded).read('rollout.yaml')).rejects.toMatchObject({ type: 'BundleMissing' });
    await expect(loadedFiles(loaded).read('constructor')).rejects.toMatchObject({ type: 'BundleMissing' });
  });
});
