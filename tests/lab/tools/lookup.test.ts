import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cachedPath, findTool } from '../../../src/lab/tools/lookup.ts';
import { environment, script, scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const set = environment();

/** An environment with nothing of this machine in it: an empty cache and an empty PATH. */
function nowhere(): { cache: string; bin: string } {
  const [cache, bin] = [scratch(), scratch()];
  set({ XDG_CACHE_HOME: cache, PATH: bin });
  return { cache, bin };
}

const kubernetes = (version: string) => `echo "Kubernetes ${version}"`;

describe('a tool', () => {
  test('is found nowhere when it is neither set, nor on PATH, nor in the cache', async () => {
    nowhere();
    await expect(findTool('kube-apiserver')).resolves.toBeUndefined();
  });

  test('is taken from the cache when PATH has none', async () => {
    nowhere();
    const path = script(cachedPath('kube-apiserver'));
    await expect(findTool('kube-apiserver')).resolves.toEqual({ path, from: 'cache' });
  });

  test('is taken from PATH before the cache when its version is right', async () => {
    const { bin } = nowhere();
    script(cachedPath('kube-apiserver'));
    const path = script(join(bin, 'kube-apiserver'), kubernetes('v1.36.9'));
    await expect(findTool('kube-apiserver')).resolves.toEqual({ path, from: 'path' });
  });

  test('of a wrong version on PATH is passed over, also for a right one further along', async () => {
    const { bin } = nowhere();
    const further = scratch();
    set({ PATH: `${bin}:${further}` });
    script(join(bin, 'kube-apiserver'), kubernetes('v1.35.2'));
    await expect(findTool('kube-apiserver')).resolves.toBeUndefined();
    const path = script(join(further, 'kube-apiserver'), kubernetes('v1.36.0'));
    await expect(findTool('kube-apiserver')).resolves.toEqual({ path, from: 'path' });
  });

  test('that cannot say its version is passed over', async () => {
    const { bin } = nowhere();
    script(join(bin, 'kube-apiserver'), kubernetes('v1.36.3'), 'exit 1');
    await expect(findTool('kube-apiserver')).resolves.toBeUndefined();
  });

  test('is taken from its setting before all else, whatever its version', async () => {
    const { bin } = nowhere();
    script(join(bin, 'kube-apiserver'), kubernetes('v1.36.3'));
    const path = script(join(scratch(), 'mine'), kubernetes('v9.9.9'));
    set({ WINDLASS_TOOL_KUBE_APISERVER: path });
    await expect(findTool('kube-apiserver')).resolves.toEqual({ path, from: 'setting' });
  });

  test('that a setting names wrongly is an error that names the setting', async () => {
    nowhere();
    set({ WINDLASS_TOOL_KUBE_APISERVER: '/no/such/program' });
    await expect(findTool('kube-apiserver')).rejects.toMatchObject({
      type: 'LabFailed',
      message: expect.stringContaining('WINDLASS_TOOL_KUBE_APISERVER names /no/such/program'),
    });
  });
});

describe('a package of the machine', () => {
  test('is found by the name that Debian gives it and by its own, wherever it tells its version', async () => {
    const { bin } = nowhere();
    await expect(findTool('postgres-exporter')).resolves.toBeUndefined();
    const own = script(join(bin, 'postgres_exporter'), 'echo "postgres_exporter, version 0.17.1 (branch: HEAD)" >&2');
    await expect(findTool('postgres-exporter')).resolves.toEqual({ path: own, from: 'path' });
    const debian = script(join(bin, 'prometheus-postgres-exporter'), 'echo "postgres_exporter, version 0.11.1"');
    await expect(findTool('postgres-exporter')).resolves.toEqual({ path: debian, from: 'path' });
  });
});

describe('PostgreSQL', () => {
  test('can be set by the directory of its programs', async () => {
    nowhere();
    const directory = scratch();
    const path = script(join(directory, 'postgres'));
    set({ WINDLASS_TOOL_POSTGRES: directory });
    await expect(findTool('postgres')).resolves.toEqual({ path, from: 'setting' });
  });

  test('on PATH is passed over without its initdb beside it', async () => {
    const { bin } = nowhere();
    const path = script(join(bin, 'postgres'), 'echo "postgres (PostgreSQL) 17.2"');
    expect((await findTool('postgres'))?.path).not.toBe(path);
    script(join(bin, 'initdb'));
    await expect(findTool('postgres')).resolves.toEqual({ path, from: 'path' });
  });
});
