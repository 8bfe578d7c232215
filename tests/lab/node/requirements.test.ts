import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nodeLacks } from '../../../src/lab/node/requirements.ts';
import { LabFailure, labUp } from '../../../src/lab/index.ts';
import { environment, scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const set = environment();

describe('a machine that cannot have a real node', () => {
  test('is told what it lacks and where to get it, and nothing is started', async () => {
    const uid = process.getuid;
    process.getuid = () => 1000;
    set({ XDG_CACHE_HOME: scratch() });
    const dir = join(scratch(), 'lab');
    try {
      expect(nodeLacks()).toEqual([expect.stringContaining(process.platform === 'linux' ? 'root' : 'Linux')]);
      const failure = await labUp({ dir, with: ['node'] }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(LabFailure);
      expect(failure).toMatchObject({
        message: expect.stringContaining('It lacks '),
        options: { object: 'node', next: expect.stringContaining('scripts/node-packages.sh') },
      });
      expect(existsSync(dir)).toBe(false);
    } finally {
      if (uid !== undefined) process.getuid = uid;
    }
  });
});
