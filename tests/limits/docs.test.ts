import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { amountOf, beyond } from '../../src/domain/limit.ts';
import { LIMITS } from '../../src/domain/limits.ts';

test('docs/limits.md lists every limit, in order, with its number and its reason', async () => {
  const page = await readFile(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  const cells = rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(cells).toEqual(Object.values(LIMITS).map((limit) => [limit.what, amountOf(limit), limit.why]));
});

test('every limit says what, how much, and what to do next', () => {
  expect(beyond(LIMITS.text)).toBe('has more than 16 MiB, the most that is taken of it: split the file');
  expect(beyond(LIMITS.renderTime)).toMatch(/^takes more than 2 min, the most that it is given: find what the chart/);
  for (const { what, why, next } of Object.values(LIMITS)) {
    expect(what).not.toMatch(/\.$/);
    for (const said of [why, next]) expect(said).toMatch(/^[A-Z].*\.$/);
  }
});
