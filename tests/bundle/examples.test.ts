import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

describe('rollouts to learn from', () => {
  test.each(['minimal', 'web-shop'])('%s is sound in each of its environments', async (name) => {
    const directory = join(EXAMPLES, name);
    const files = await readdir(join(directory, 'environments'));
    expect(files).toContain('lab.yaml');
    for (const file of files) {
      const environment = file.slice(0, -'.yaml'.length);
      const loaded = await loadRollout(directory, environment);
      expect(loaded.ok ? [] : loaded.problems.map(problemLine)).toEqual([]);
      expect(loaded).toMatchObject({ bundle: { environment } });
    }
  });
});
