import { describe, expect, test } from '@jest/globals';
import { changesLookup, namesBefore, renaming } from '../../src/postgres/migrate/lint/names.ts';
import { parseStatement } from '../../src/postgres/sql/grammar.ts';

const node = async (sql: string) => (await parseStatement(sql))!;

describe('tables under other names', () => {
  test.each([
    ['ALTER TABLE a RENAME TO b', { from: ['a'], to: ['b'] }],
    ['ALTER TABLE IF EXISTS s.a RENAME TO "B"', { from: ['s', 'a'], to: ['s', 'B'] }],
    ['ALTER TABLE a SET SCHEMA s', { from: ['a'], to: ['s', 'a'] }],
    ['ALTER TABLE a RENAME COLUMN b TO c', null],
    ['ALTER VIEW a RENAME TO b', null],
  ])('%s', async (sql, expected) => {
    expect(renaming(await node(sql))).toEqual(expected);
  });

  test('are followed back through every name they had, in order', () => {
    const renamed = [
      { from: ['a'], to: ['b'] },
      { from: ['b'], to: ['s', 'b'] },
    ];
    expect(namesBefore(['s', 'b'], renamed)).toEqual([['s', 'b'], ['b'], ['a']]);
    expect(namesBefore(['t', 'b'], [renamed[1]!])).toEqual([['t', 'b']]);
    expect(namesBefore(['c'], renamed)).toEqual([['c']]);
  });
});

describe('names that may come to mean something else', () => {
  test.each([
    ['SET search_path = app', true],
    ['SET LOCAL ROLE app', true],
    ['RESET ALL', true],
    [`SELECT pg_catalog.set_config('search_path', '', false)`, true],
    ['SET lock_timeout = 0', false],
    ['SELECT set_apart(1)', false],
    ['ALTER ROLE app SET search_path = app', false],
  ])('%s: %s', async (sql, expected) => {
    expect(changesLookup(await node(sql))).toBe(expected);
  });
});
