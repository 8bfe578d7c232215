import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { fill } from '../../src/bundle/source/placeholder.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { RolloutDirectory } from '../../src/bundle/source/directory.ts';
import { rolloutOf, scratchDirectory } from '../bundle/scratch.ts';
import { readFile } from 'node:fs/promises';

/** Everything that is wrong with a rollout, by file. */
async function problemsOf(directory: string): Promise<readonly string[]> {
  const loaded = await loadRollout(directory, 'lab');
  return loaded.ok ? [] : loaded.problems.map(({ file, message }) => `${file}: ${message}`);
}

/** A text of so many bytes that means nothing after what it begins with. */
const padded = (text: string, bytes: number): string => `${text}#${'x'.repeat(bytes - Buffer.byteLength(text) - 2)}\n`;

describe('a rollout file', () => {
  test.each(['rollout.yaml', 'environments/lab.yaml'])('%s is read up to 4 MiB, and no more', async (name) => {
    await using rollout = await rolloutOf(null);
    const path = join(rollout.path, name);
    const text = await readFile(path, 'utf8');
    await writeFile(path, padded(text, LIMITS.rolloutFile.most));
    expect(await problemsOf(rollout.path)).toEqual([]);
    await writeFile(path, padded(text, LIMITS.rolloutFile.most + 1));
    expect(await problemsOf(rollout.path)).toEqual([
      `${name}: has more than 4 MiB, the most that is taken of it: split the rollout, or move what is long into files that its steps name`,
    ]);
  });
});

describe('a file that a step names', () => {
  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web, namespace: data }\n';

  test('is held up to 16 MiB, and told by name beyond it', async () => {
    await using rollout = await rolloutOf(null, { 'manifests/web.yaml': padded(manifest, LIMITS.text.most) });
    expect(await problemsOf(rollout.path)).toEqual([]);
    await writeFile(join(rollout.path, 'manifests/web.yaml'), padded(manifest, LIMITS.text.most + 1));
    expect(await problemsOf(rollout.path)).toEqual([
      'manifests/web.yaml: has more than 16 MiB, the most that is taken of it: split the file',
    ]);
  });

  test('as a migration may be larger, and has its own end', async () => {
    await using rollout = await rolloutOf(null, {
      'migrations/V2__large.sql': padded('SELECT 1;\n--', LIMITS.text.most + 1),
    });
    expect(await problemsOf(rollout.path)).toEqual([]);
    await truncate(join(rollout.path, 'migrations/V2__large.sql'), LIMITS.largeFile.most + 1);
    expect(await problemsOf(rollout.path)).toEqual([
      'migrations/V2__large.sql: has more than 64 GiB, the most that is taken of it: load so much data by other means, such as a restore',
    ]);
  });

  test('does not grow beyond it by what is filled in', () => {
    const text = '${{ parameters.a }}'.repeat(3);
    const parameters = { a: 'xx' };
    expect(fill(text, parameters, () => null, true, 6)).toMatchObject({ value: 'xxxxxx', bad: [] });
    const { bad } = fill(text, parameters, () => null, true, 5);
    expect(bad).toEqual([
      expect.objectContaining({
        before: 2,
        reason: expect.stringMatching(/^makes the file too long: it has more than 16 MiB/),
      }),
    ]);
  });

  test('is of a rollout whose texts come to 256 MiB together, and no more', async () => {
    await using scratch = await scratchDirectory();
    const directory = new RolloutDirectory(scratch.path);
    const names = Array.from({ length: LIMITS.held.most / LIMITS.text.most }, (_, index) => `a${index}`);
    for (const name of [...names, 'one']) {
      await writeFile(join(scratch.path, name), '');
      await truncate(join(scratch.path, name), name === 'one' ? 1 : LIMITS.text.most);
    }
    for (const name of names) await directory.bytes(name);
    // What was read before counts once.
    await directory.bytes('a0');
    await expect(directory.bytes('one')).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'What steps name has more than 256 MiB, the most that is taken of it.',
      options: { object: 'one' },
    });
  });
});

describe('a directory that a step names', () => {
  test('is entered up to 64 levels', async () => {
    await using scratch = await scratchDirectory();
    const deep = (levels: number) => join('root', ...Array.from({ length: levels - 1 }, () => 'd'));
    await mkdir(join(scratch.path, deep(64)), { recursive: true });
    await writeFile(join(scratch.path, deep(64), 'a.yaml'), '');
    expect(await new RolloutDirectory(scratch.path).filesBelow('root')).toHaveLength(1);
    await mkdir(join(scratch.path, deep(65)));
    await expect(new RolloutDirectory(scratch.path).filesBelow('root')).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'The directory has more than 64 levels, the most that is taken of it.',
      options: { object: deep(65) },
    });
  });

  test('in which links multiply few directories is left at 50,000 entries', async () => {
    await using rollout = await rolloutOf(null);
    // Twenty directories, each with two links to the next: a million ways to the one file.
    for (let level = 0; level < 20; level += 1) {
      await mkdir(join(rollout.path, `l${level}`));
      for (const name of ['a', 'b']) await symlink(`../l${level + 1}`, join(rollout.path, `l${level}`, name));
    }
    await mkdir(join(rollout.path, 'l20'));
    await rm(join(rollout.path, 'manifests'), { recursive: true });
    await symlink('l0', join(rollout.path, 'manifests'));
    expect(await problemsOf(rollout.path)).toEqual([
      expect.stringMatching(
        /^manifests\/[ab/]+: has more than 50,000 entries, the most that is taken of it: name directories/,
      ),
    ]);
  });

  test('whose link leads back is read once, and that is said', async () => {
    await using rollout = await rolloutOf(null);
    await symlink('..', join(rollout.path, 'manifests/back'));
    const loaded = await loadRollout(rollout.path, 'lab');
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.notes.map(({ file, message }) => `${file}: ${message}`)).toContain(
      'manifests/back/manifests: leads back to a directory around it, and is not followed again',
    );
  });

  test('in which something is no file says so of each', async () => {
    await using rollout = await rolloutOf(null);
    execFileSync('mkfifo', [join(rollout.path, 'manifests/pipe.yaml')]);
    await symlink('/dev/zero', join(rollout.path, 'manifests/zero.yaml'));
    expect(await problemsOf(rollout.path)).toEqual([
      expect.stringMatching(/^manifests\/pipe.yaml: is no file/),
      expect.stringMatching(/^manifests\/zero.yaml: is no file/),
    ]);
  });
});
