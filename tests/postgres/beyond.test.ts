import { describe, expect, test } from '@jest/globals';
import { beyond } from '../../src/postgres/migrate/lint/beyond.ts';
import { destroys } from '../../src/postgres/migrate/lint/code.ts';
import { parseStatement } from '../../src/postgres/sql/grammar.ts';

async function does(sql: string): Promise<readonly string[]> {
  const node = await parseStatement(sql);
  return beyond(node!, sql).map(({ does: what }) => what);
}

describe('what a statement does to more than tables', () => {
  test.each([
    ["COPY t FROM PROGRAM 'cat /tmp/x'", 'runs a program of the server'],
    ["COPY (SELECT 1) TO PROGRAM 'cat'", 'runs a program of the server'],
    ["COPY t TO '/srv/t.csv'", 'overwrites a file of the server'],
    ["DO $$ BEGIN COPY t FROM PROGRAM 'cat'; END $$", 'runs a program of the server'],
    [
      "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN COPY t TO PROGRAM 'cat'; END $$",
      'runs a program of the server',
    ],
    ["DELETE FROM pg_catalog.pg_class WHERE relname = 't'", 'changes what PostgreSQL knows of its objects'],
    ["UPDATE pg_class SET relname = 'u' WHERE relname = 't'", 'changes what PostgreSQL knows of its objects'],
    ['WITH gone AS (DELETE FROM pg_attribute RETURNING 1) SELECT 1', 'changes what PostgreSQL knows of its objects'],
    [
      "DO $$ BEGIN UPDATE pg_catalog.pg_class SET relname = 'u'; END $$",
      'changes what PostgreSQL knows of its objects',
    ],
    ['SELECT lo_unlink(oid) FROM pg_largeobject_metadata', 'takes large objects away'],
    ["SELECT public.dblink_exec('dbname=x', 'drop table t')", 'runs SQL of its own on a server'],
    [
      "DO $$ BEGIN PERFORM lo_export(1, '/srv/x'); PERFORM lo_export(2, '/srv/y'); END $$",
      'overwrites a file of the server',
    ],
  ])('is told: %s', async (sql, what) => {
    await expect(does(sql)).resolves.toEqual([what]);
  });

  test.each([
    'COPY t FROM stdin',
    "COPY t FROM '/srv/t.csv'",
    'COPY t TO stdout',
    'UPDATE public.pg_notes SET a = 1',
    'DELETE FROM t WHERE oid IN (SELECT oid FROM pg_class)',
    "DO $$ BEGIN PERFORM 1 FROM pg_class; UPDATE t SET a = 'copy' WHERE program = 1; END $$",
    'CREATE TABLE program (copy text)',
    'SELECT lo_get(1), constructor(2)',
  ])('is nothing of: %s', async (sql) => {
    await expect(does(sql)).resolves.toEqual([]);
  });
});

describe('code that is put together when it runs', () => {
  test.each([
    'BEGIN EXECUTE $q$TRUN$q$ || $q$CATE precious$q$; END',
    'BEGIN EXECUTE $a$TRUN$a$ || $b$CATE a$b$; END',
    "BEGIN EXECUTE 'TRUN' || 'CATE a'; END",
    'BEGIN EXECUTE $$SELECT 1$$; EXECUTE $$TRUN$$ || $$CATE a$$; END',
    'BEGIN EXECUTE v; END',
  ])('may take rows away: %s', (code) => {
    expect(destroys(code)).toBe(true);
  });

  test.each([
    'BEGIN EXECUTE $q$ANALYZE a$q$; END',
    "BEGIN EXECUTE 'ANALYZE a'; EXECUTE $q$SELECT $1$q$ INTO v; EXECUTE $$SELECT 1$$ USING 2; END",
  ])('is read where it stands there as it is: %s', (code) => {
    expect(destroys(code)).toBe(false);
  });
});
