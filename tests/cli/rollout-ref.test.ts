import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rolloutRef } from '../../src/cli/rollout-ref.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-ref-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function rollout(name: string, content: string): Promise<string> {
  await mkdir(join(directory, name));
  await writeFile(join(directory, name, 'rollout.yaml'), content);
  return join(directory, name);
}

describe('which rollout is meant', () => {
  test('a name is itself', async () => {
    expect(await rolloutRef('platform', 'lab')).toEqual({ rollout: 'platform', environment: 'lab' });
  });

  test('a directory means the rollout that its file names, even where the rest of the file is wrong', async () => {
    const path = await rollout('here', 'metadata: { name: platform }\nspec: nonsense\n');
    expect(await rolloutRef(path, 'lab')).toEqual({ rollout: 'platform', environment: 'lab' });
  });

  test.each([
    ['no name', 'kind: Rollout\n'],
    ['no YAML', 'a: [b\n'],
  ])('a file with %s is refused with its path', async (name, content) => {
    const path = await rollout(name, content);
    await expect(rolloutRef(path, 'lab')).rejects.toMatchObject({
      type: 'WrongUsage',
      options: { object: join(path, 'rollout.yaml') },
    });
  });

  test('what is neither a name nor a directory with a rollout is refused', async () => {
    await expect(rolloutRef('./nowhere', 'lab')).rejects.toMatchObject({ type: 'WrongUsage' });
    await expect(rolloutRef('platform', 'La b')).rejects.toMatchObject({ type: 'WrongUsage' });
  });
});
