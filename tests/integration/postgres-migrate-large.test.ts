import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/domain/change.ts';
import { dropAll, freshDatabase, rowsOf } from '../postgres/support/lab.ts';

const CHILD = fileURLToPath(new URL('../postgres/support/large-process.ts', import.meta.url));
const run = promisify(execFile);

afterAll(dropAll);

describe('a file of 500 MB', () => {
  test('is streamed: the whole process holds less than the file, Node.js included', async () => {
    const database = await freshDatabase();
    const { stdout } = await run(process.execPath, [CHILD, database], { env: { ...process.env, NODE_OPTIONS: '' } });
    const { planned, mebibytes } = JSON.parse(stdout) as { planned: readonly Change[]; mebibytes: number };
    expect(planned[0]?.detail).toContain('data file of 500 MB, streamed');
    expect(mebibytes).toBeLessThan(400);
    const [row] = await rowsOf<{ rows: number; last: number }>(
      database,
      'SELECT count(*)::int AS rows, max(n) AS last FROM l WHERE n >= 0',
    );
    expect(row?.rows).toBe(Math.floor((row?.last ?? 0) / 1000) + 1);
    await expect(rowsOf(database, `SELECT words FROM l WHERE n = -1`)).resolves.toEqual([{ words: 'end' }]);
    await expect(rowsOf(database, `SELECT to_regclass('l_n')::text AS i`)).resolves.toEqual([{ i: 'l_n' }]);
  });
});
