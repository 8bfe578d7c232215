import { describe, expect, test } from '@jest/globals';
import { changesLookup, columnBefore, namesBefore, renaming } from '../../src/postgres/migrate/lint/names.ts';
import { parseStatement } from '../../src/postgres/sql/grammar.ts';

const node = async (sql: string) => (await parseStatement(sql))!;

describe('things under other names', () => {
  test.each([
    ['ALTER TABLE a RENAME TO b', { on: 'relation', from: ['a'], to: ['b'] }],
    ['ALTER TABLE IF EXISTS s.a RENAME TO "B"', { on: 'relation', from: ['s', 'a'], to: ['s', 'B'] }],
    ['ALTER TABLE a SET SCHEMA s', { on: 'relation', from: ['a'], to: ['s', 'a'] }],
    ['ALTER VIEW a RENAME TO b', { on: 'relation', from: ['a'], to: ['b'] }],
    ['ALTER TABLE a RENAME COLUMN b TO c', { on: 'column', from: ['a', 'b'], to: ['a', 'c'] }],
    ['ALTER SCHEMA a RENAME TO b', { on: 'schema', from: ['a'], to: ['b'] }],
    ['ALTER TYPE s.a RENAME TO b', { on: 'type', from: ['s', 'a'], to: ['s', 'b'] }],
    ['ALTER DOMAIN a SET SCHEMA s', { on: 'type', from: ['a'], to: ['s', 'a'] }],
    ['ALTER TABLE a ADD b int', null],
  ])('%s', async (sql, expected) => {
    expect(renaming(await node(sql))).toEqual(expected);
  });

  test('are followed back through every name they had, in order', () => {
    const renamed = [
      { on: 'relation', from: ['a'], to: ['b'] },
      { on: 'relation', from: ['b'], to: ['s', 'b'] },
    ] as const;
    expect(namesBefore('relation', ['s', 'b'], renamed)).toEqual([['s', 'b'], ['b'], ['a']]);
    expect(namesBefore('relation', ['t', 'b'], [renamed[1]])).toEqual([['t', 'b']]);
    expect(namesBefore('relation', ['c'], renamed)).toEqual([['c']]);
    expect(namesBefore('type', ['s', 'b'], renamed)).toEqual([['s', 'b']]);
  });

  test('are followed back through the names of their schemas and of columns', () => {
    const schema = { on: 'schema', from: ['old'], to: ['new'] } as const;
    expect(namesBefore('type', ['new', 't'], [schema])).toEqual([
      ['new', 't'],
      ['old', 't'],
    ]);
    expect(namesBefore('schema', ['new'], [schema])).toEqual([['new'], ['old']]);
    expect(columnBefore('c', [{ on: 'column', from: ['t', 'a'], to: ['t', 'c'] }])).toEqual(['c', 'a']);
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
