import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { examine, type Script } from '../../src/postgres/migrate/examine.ts';
import { listMigrations, type Migrations } from '../../src/postgres/migrate/migration.ts';
import { filesOf } from './support/files.ts';

const SPEC = postgresMigrate.parse({ database: 'd', source: { directory: 'db' } });
const { signal } = new AbortController();

function list(contents: Readonly<Record<string, string>>): Migrations {
  return listMigrations(SPEC, filesOf(contents), { cache: '/nowhere', mirror: null });
}

/** Everything that is wrong with the names, else with the contents. */
async function problemsOf(contents: Readonly<Record<string, string>>): Promise<unknown> {
  try {
    const found = list(contents).up.map((migration) => examine(migration, signal));
    return (await Promise.all(found)).flatMap(({ problems }) => problems);
  } catch (failure) {
    if (!(failure instanceof WindlassFailure)) return failure;
    expect(failure.type).toBe('InvalidRollout');
    return failure.options.facts?.problems;
  }
}

async function scriptOf(sql: string): Promise<Script> {
  return (await examine(list({ 'db/V1__a.sql': sql }).up[0]!, signal)).script;
}

describe('the files of a directory', () => {
  test('come in the order of their versions, whatever the order of their names, repeatable ones last', () => {
    const names = ['R__v', 'V10__c', 'V2__a', 'V2.1__b', 'U10__back'];
    const { up, down } = list(Object.fromEntries(names.map((name) => [`db/${name}.sql`, 'select 1'])));
    expect(up.map(({ version, description }) => [version, description])).toEqual([
      ['2', 'a'],
      ['2.1', 'b'],
      ['10', 'c'],
      ['R__v', 'v'],
    ]);
    expect([...down.keys()]).toEqual(['10']);
  });

  test('what is no .sql file is passed over', () => {
    expect(list({ 'db/README.md': '', 'db/V1__a.sql': '' }).up).toHaveLength(1);
  });

  test('wrong names and versions met twice are said at once', async () => {
    const contents = { 'db/V1__a.sql': '', 'db/V01.0__b.sql': '', 'db/init.sql': '' };
    await expect(problemsOf(contents)).resolves.toEqual([
      'db/init.sql: the name must be V<version>__, R__ or U<version>__<description>.sql, as in V1.2__add_index.sql',
      expect.stringMatching(/^db\/V1__a\.sql: version 1 is that of V01\.0__b\.sql too/),
    ]);
  });

  test('everything that cannot run is said at once, with its place', async () => {
    const problems = await problemsOf({
      'db/V1__a.sql': 'select 1;\n  commit;',
      'db/V2__b.sql': 'create index concurrently i on t (a);',
      'db/V3__c.sql': '-- fine\n\\connect other\nselect größe from ;',
      'db/V4__d.sql': '-- windlass: no-transactions\nselect 1',
      'db/V5__e.sql': '-- windlass: lock-timeout soon\nselect 1',
      'db/V6__f.sql': '-- windlass: no-transaction\ncreate index concurrently on t (a)',
    });
    expect(problems).toEqual([
      expect.stringMatching(/^db\/V1__a\.sql:2:3: .* may not begin or end one itself/),
      expect.stringMatching(/^db\/V2__b\.sql:1:1: CREATE INDEX CONCURRENTLY cannot run in a transaction/),
      expect.stringMatching(/^db\/V3__c\.sql:2:1: a command of psql/),
      'db/V3__c.sql:3:19: syntax error at end of input',
      expect.stringMatching(/^db\/V4__d\.sql:1:1: unknown directive "no-transactions"/),
      expect.stringMatching(/^db\/V5__e\.sql:1:1: lock-timeout needs a duration/),
      expect.stringMatching(/^db\/V6__f\.sql:2:1: CREATE INDEX CONCURRENTLY needs a name/),
    ]);
  });

  test.each([
    'begin',
    'BEGIN; select 1; END',
    'start transaction',
    'rollback',
    'abort',
    "prepare transaction 'x'",
    "commit prepared 'x'",
    'vacuum t',
    'reindex table concurrently t',
    'alter table a detach partition b concurrently',
    'create database other',
    'drop database other',
    'alter system set work_mem = 1',
    'discard all',
    'reindex database d',
    'create tabel t ()',
  ])('a file with "%s" is refused', async (sql) => {
    await expect(problemsOf({ 'db/V1__a.sql': sql })).resolves.toEqual(expect.arrayContaining([expect.any(String)]));
  });

  test.each([
    'savepoint s; rollback to savepoint s; release s',
    'rollback work to s',
    'do $$ begin commit; end $$',
    "select 'begin; commit;'",
    'create function f() returns int begin atomic select 1; end',
    'copy t from stdin;\n1\t2\n\\.\n',
    '-- windlass: no-transaction\nvacuum t; create index concurrently i on t (a)',
    'refresh materialized view concurrently v',
    "comment on table t is E'C:\\\\path'",
    'create table commit_log (begin date)',
  ])('a file with "%s" is not', async (sql) => {
    await expect(problemsOf({ 'db/V1__a.sql': sql })).resolves.toEqual([]);
  });

  test('an empty directory and a NUL character are refused', async () => {
    await expect(problemsOf({})).resolves.toEqual(['db: no .sql file is there']);
    await expect(problemsOf({ 'db/V1__a.sql': 'select 1;\0' })).resolves.toEqual([
      'db/V1__a.sql:1:10: a NUL character, which PostgreSQL cannot read',
    ]);
  });

  test('comments at its beginning may say how it is to run, and that it is a stand-in', async () => {
    const head = '-- windlass: stand-in the official file cannot be fetched here\r\n-- windlass: lock-timeout 2s\n';
    const script = await scriptOf(`${head}-- windlass: statement-timeout 1m\n-- windlass: no-transaction\nselect 1;`);
    expect(script.standIn).toBe('the official file cannot be fetched here');
    expect(script.directives).toMatchObject({ noTransaction: true, lockTimeoutMs: 2_000, statementTimeoutMs: 60_000 });
    await expect(scriptOf('select 1;\n-- windlass: stand-in too late')).resolves.toMatchObject({ standIn: null });
  });

  test('a byte order mark is part of the digest and not of what is sent', async () => {
    const [marked, plain] = [await scriptOf('\uFEFFselect 1'), await scriptOf('select 1')];
    expect(marked.parts).toMatchObject([{ sql: 'select 1' }]);
    expect(marked.content.sha256).not.toBe(plain.content.sha256);
  });

  test('a file of more than 16 MB is read through and not held', async () => {
    const row = `${'x'.repeat(1_000)}\n`;
    const script = await scriptOf(`create table t (a text);\ncopy t from stdin;\n${row.repeat(17_000)}\\.\nselect 1;`);
    expect(script).toMatchObject({ statements: 3, parts: null });
  });
});
