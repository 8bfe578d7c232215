import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { examine, type Script } from '../../src/postgres/migrate/examine.ts';
import { listMigrations, type Migrations } from '../../src/postgres/migrate/migration.ts';
import { filesOf } from './support/files.ts';

const SPEC = postgresMigrate.parse({ database: 'd', source: { directory: 'db' } });
const { signal } = new AbortController();

function list(contents: Readonly<Record<string, string>>): Migrations {
  return listMigrations(SPEC, filesOf(contents), { cache: '/nowhere', mirror: null, admit: () => undefined });
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

  test('silence warnings in comments, and not in texts that look like one', async () => {
    const { silenced } = await scriptOf(
      "insert into t values ('\n-- windlass: silence index-build\n');\ncreate index on t (a);\n" +
        '  -- windlass: silence index-build, rename\ncreate index on t (b);',
    );
    expect([...silenced]).toEqual([[6, ['index-build', 'rename']]]);
    await expect(problemsOf({ 'db/V1__a.sql': '-- windlass: silence nothing\nselect 1' })).resolves.toEqual([
      expect.stringMatching(/^db\/V1__a\.sql:1:1: there is no warning nothing; there are table-rewrite, /),
    ]);
  });

  test('run as their tool is told beside them', async () => {
    const index = 'create index i on t (a); create index j on t (b)';
    const told = async (contents: Readonly<Record<string, string>>): Promise<unknown> => {
      const found = await Promise.all(list(contents).up.map((migration) => examine(migration, signal)));
      const problems = found.flatMap((one) => one.problems);
      return problems.length > 0 ? problems : found.map(({ script }) => script.directives.noTransaction);
    };
    await expect(
      told({
        'db/1_a/up.sql': index,
        'db/1_a/metadata.toml': '# why\nrun_in_transaction = false # see above\n',
        'db/2_b/up.sql': index,
      }),
    ).resolves.toEqual([true, false]);
    await expect(
      told({ 'db/V1__a.sql': index, 'db/V1__a.sql.conf': 'executeInTransaction=false\nencoding=UTF-8\n' }),
    ).resolves.toEqual([true]);
    await expect(told({ 'db/V1__a.sql': index, 'db/V1__a.sql.conf': 'executeInTransaction=true' })).resolves.toEqual([
      false,
    ]);
    await expect(
      told({ 'db/V1__a.sql': index, 'db/V1__a.sql.conf': '\nshouldExecute=false\nexecuteInTransaction=perhaps' }),
    ).resolves.toEqual([
      expect.stringMatching(/^db\/V1__a\.sql\.conf:2:1: "shouldExecute" is not heeded/),
      'db/V1__a.sql.conf:3:1: "executeInTransaction" must be true or false',
    ]);
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

  test('is told how it is to run behind a licence as well, and nothing that says so is passed over', async () => {
    const licence = '/* A licence,\n * of /* several */ lines. */\n\n-- Another.\n';
    await expect(scriptOf(`${licence}-- windlass: stand-in no network\nselect 1;`)).resolves.toMatchObject({
      standIn: 'no network',
    });
    const long = `/* ${'x'.repeat(100_000)} */\n-- Windlass: no-transaction\nvacuum t;`;
    await expect(scriptOf(long)).resolves.toMatchObject({ directives: { noTransaction: true } });
    await expect(
      problemsOf({
        'db/V1__a.sql': '/*\n-- windlass: stand-in hidden\n*/\nselect 1;',
        'db/V2__b.sql': 'select 1;\n-- windlass: stand-in too late\nselect 2;',
        'db/V3__c.sql': 'select 1;\n-- windlass: is a rope around a drum\nselect 2;',
      }),
    ).resolves.toEqual([
      'db/V1__a.sql:1:1: directive "stand-in" stands in a block comment: give it a line of its own that begins with `--`',
      'db/V2__b.sql:2:1: directive "stand-in" comes too late: put it before the first statement',
    ]);
  });

  test.each([
    'set client_encoding = latin1',
    "set names 'latin1'",
    "select set_config('client_encoding', 'latin1', false)",
    'set standard_conforming_strings = off',
    'set transaction read only',
    "set transaction snapshot 'x'",
    'select 1; set transaction isolation level serializable',
    'select pg_advisory_unlock_all()',
    '-- windlass: no-transaction\nset local search_path = a',
    '-- windlass: no-transaction\nset transaction isolation level serializable',
    '-- windlass: no-transaction\nset default_transaction_read_only = on',
    '-- windlass: no-transaction\nset session characteristics as transaction read only',
    '-- windlass: no-transaction\nlock table t',
    '-- windlass: no-transaction\nsavepoint s',
    '-- windlass: no-transaction\ndeclare c cursor for select 1',
    '-- windlass: no-transaction\nset constraints all deferred',
    '-- windlass: no-transaction\nbegin; select 1',
    '-- windlass: no-transaction\nselect 1; commit',
    '-- windlass: no-transaction\nbegin; vacuum t; commit',
    '-- windlass: no-transaction\nbegin; begin; commit',
    '-- windlass: no-transaction\nrollback',
    'create table t (a int);\n-- +goose Down\ndrop table t;',
    '\\i other.sql',
  ])('that would run another way than under psql is refused: %s', async (sql) => {
    await expect(problemsOf({ 'db/V1__a.sql': sql })).resolves.toEqual([
      expect.stringMatching(/^db\/V1__a\.sql:\d+:\d+: /),
    ]);
  });

  test.each([
    "set client_encoding = 'UTF8'; set standard_conforming_strings = on",
    'set transaction isolation level serializable; select 1',
    '-- windlass: no-transaction\nset search_path = a; set role b; listen c; prepare p as select 1; create temp table t ()',
    '-- windlass: no-transaction\ndeclare c cursor with hold for select 1',
    '-- windlass: no-transaction\nbegin isolation level serializable; set local search_path = a; lock table t; end; vacuum t',
    '\\restrict a1B2\nselect 1;\n\\unrestrict a1B2\n\\echo done\n\\set ON_ERROR_STOP on',
  ])('that runs as under psql is not: %s', async (sql) => {
    await expect(problemsOf({ 'db/V1__a.sql': sql })).resolves.toEqual([]);
  });

  test('of another tool runs without a transaction where that tool runs it so', async () => {
    const of = async (name: string, sql: string): Promise<boolean> =>
      (await examine(list({ [`db/${name}`]: sql }).up[0]!, signal)).script.directives.noTransaction;
    await expect(
      of('1_a.sql', '-- +goose NO TRANSACTION\n-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;'),
    ).resolves.toBe(true);
    await expect(of('1_b.sql', '-- migrate:up transaction:false\nselect 1;')).resolves.toBe(true);
    await expect(of('1_c.up.sql', 'create index concurrently i on t (a);')).resolves.toBe(true);
    await expect(of('1_d/migration.sql', 'begin; select 1; commit;')).resolves.toBe(true);
    await expect(of('1_e.up.sql', 'select 1;')).resolves.toBe(false);
  });

  test('is read again for a step that gives another naming', async () => {
    const problems = async (naming?: 'flyway'): Promise<number> => {
      const source = { directory: 'db', ...(naming === undefined ? {} : { naming }) };
      const files = filesOf({ 'db/V1__naming.sql': 'create index concurrently i on t (a);' });
      const { up } = listMigrations(postgresMigrate.parse({ database: 'd', source }), files, {
        cache: '/nowhere',
        mirror: null,
        admit: () => undefined,
      });
      return (await examine(up[0]!, signal)).problems.length;
    };
    await expect(problems('flyway')).resolves.toBe(0);
    await expect(problems()).resolves.toBe(1);
  });

  test('with sections is the one that makes the change, at its place in the file', async () => {
    const sql = '-- migrate:up\ncreate table a ();\n\n-- migrate:down\ndrop table a;\n';
    const { up } = list({ 'db/1_a.sql': sql });
    const { script, problems } = await examine(up[0]!, signal);
    expect(script).toMatchObject({
      statements: 1,
      takesBack: true,
      parts: [{ sql: 'create table a ()', at: { line: 2 } }],
    });
    expect(problems).toEqual([]);
    const back = await examine({ ...up[0]!, section: 'down' }, signal);
    expect(back.script).toMatchObject({ statements: 1, parts: [{ sql: 'drop table a', at: { line: 5 } }] });
  });

  test.each([
    ['-- Down migration is not possible from here on: b replaces a.', 2],
    ['-- Up migration of what came before\n-- Down migration by hand', 2],
    ['-- Down migration unmöglich', 2],
    ['-- migrate:down/up are in other files', 2],
    ['-- Down Migration', 1],
    ['--- down migration ---\r', 1],
    ['-- migrate:down transaction:false', 1],
    ['-- +goose Down', 1],
    ['-- +migrate Down notransaction', 1],
    ['---- create above / drop below ----', 1],
  ])('with the comment `%s` has that many statements on its way up', async (comment, statements) => {
    const { up } = list({ 'db/1_a.sql': `create table a ();\n${comment}\ncreate table b ();\n` });
    const { script, problems } = await examine(up[0]!, signal);
    expect(script).toMatchObject({ statements, takesBack: statements === 1 });
    expect(problems).toEqual([]);
  });

  test('of node-pg-migrate ends its way up where that tool does', async () => {
    const { up } = list({ 'db/1_a.sql': '-- Up Migration\nselect 1;\n-- Down Migration: of the above\nselect 2;\n' });
    const { script } = await examine(up[0]!, signal);
    expect(script).toMatchObject({ statements: 1, takesBack: true });
  });

  test('under a name of ours may speak of migrations in a comment', async () => {
    await expect(problemsOf({ 'db/V1__a.sql': '-- Down migration: restore the backup.\nselect 1;' })).resolves.toEqual(
      [],
    );
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
