import { afterAll, describe, expect, test } from '@jest/globals';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, freshDatabase, labConnection, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';

const engine = postgresMigrateEngine(labConnection());
const BARE = '-- windlass: no-transaction\n';

type More = Readonly<Record<string, unknown>>;

async function apply(database: string, sql: string, more: More = {}) {
  const spec = postgresMigrate.parse({ database, source: { directory: 'db' }, ...more });
  return engine.apply(spec, contextOf({ files: { 'db/V1__x.sql': sql } }));
}

async function plan(database: string, sql: string, more: More = {}) {
  const spec = postgresMigrate.parse({ database, source: { directory: 'db' }, ...more });
  return engine.plan(spec, contextOf({ files: { 'db/V1__x.sql': sql } }));
}

async function freshRole(database: string): Promise<string> {
  const role = willDrop('ROLE', uniqueName('h_app'));
  await rowsOf('postgres', `CREATE ROLE ${role}`);
  await rowsOf(database, `GRANT ALL ON SCHEMA public TO ${role}`);
  return role;
}

afterAll(dropAll);

describe('a file without transaction', () => {
  test('keeps what it sets on its session from statement to statement, as psql does', async () => {
    const database = await freshDatabase();
    const role = await freshRole(database);
    await rowsOf(database, `CREATE SCHEMA archive`);
    for (const schema of ['archive', 'public'])
      await rowsOf(database, `CREATE TABLE ${schema}.events AS SELECT n FROM generate_series(1, 10) n`);
    await apply(
      database,
      `${BARE}SET search_path TO archive;
       DELETE FROM events WHERE n < 99;
       VACUUM events;
       SET app.tenant = 'acme';
       CREATE TEMP TABLE waiting (n int);
       INSERT INTO waiting VALUES (1), (2);
       RESET search_path;
       SET ROLE ${role};
       CREATE TABLE things (id int);
       CREATE INDEX CONCURRENTLY things_id ON things (id);
       RESET ROLE;
       INSERT INTO things SELECT n FROM waiting;
       CREATE TABLE tenants AS SELECT current_setting('app.tenant') AS name;`,
    );
    const [found] = await rowsOf(
      database,
      `SELECT (SELECT count(*)::int FROM archive.events) AS archived, (SELECT count(*)::int FROM public.events) AS kept,
              (SELECT tableowner FROM pg_tables WHERE tablename = 'things') AS owner,
              (SELECT count(*)::int FROM things) AS things, (SELECT name FROM tenants) AS tenant`,
    );
    expect(found).toEqual({ archived: 0, kept: 10, owner: role, things: 2, tenant: 'acme' });
  });

  test('goes on in a session that was brought to where the other one stopped', async () => {
    const database = await freshDatabase();
    const role = await freshRole(database);
    await rowsOf(database, 'CREATE SCHEMA archive');
    await rowsOf(database, `GRANT ALL ON SCHEMA archive TO ${role}`);
    const sql = (last: string): string => `${BARE}SET search_path TO archive;
      SET ROLE ${role};
      SELECT set_config('app.tenant', 'acme', false);
      CREATE TABLE made (tenant text);
      PREPARE add AS INSERT INTO made VALUES (current_setting('app.tenant'));
      ${last}
      EXECUTE add;
      CREATE TABLE more ();`;
    await expect(apply(database, sql('VACUUM nowhere;'))).rejects.toMatchObject({ type: 'SqlFailed' });
    await apply(database, sql('VACUUM made;'));
    await expect(rowsOf(database, 'SELECT tenant FROM archive.made')).resolves.toEqual([{ tenant: 'acme' }]);
    await expect(
      rowsOf(database, `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'archive'`),
    ).resolves.toEqual([{ tableowner: role }]);
  });

  test.each([
    ['a temporary table', 'CREATE TEMP TABLE waiting (n int);', 'temporary table waiting'],
    [
      'a setting made by code',
      `DO $$ BEGIN PERFORM set_config('search_path', 'archive', false); END $$;`,
      'setting search_path = archive',
    ],
    ['a cursor', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1;', 'cursor c'],
  ])('is refused when its session held %s that nobody can bring back', async (_, made, words) => {
    const database = await freshDatabase();
    const sql = (last: string): string => `${BARE}${made}\n${last}\nCREATE TABLE made ();`;
    await expect(apply(database, sql('VACUUM nowhere;'))).rejects.toMatchObject({ type: 'SqlFailed' });
    await expect(apply(database, sql('SELECT 1;'))).rejects.toMatchObject({
      type: 'LedgerMismatch',
      message: expect.stringContaining(words),
    });
    await expect(rowsOf(database, `SELECT to_regclass('made') AS made`)).resolves.toEqual([{ made: null }]);
    await apply(database, `${BARE}CREATE TABLE made ();`, {
      repair: [{ version: '1', accept: 'interrupted', reason: 'the rest' }],
    });
  });

  test.each([
    ['code', `DO $$ BEGIN PERFORM set_config('app.Tenant', k, false) FROM vault; END $$;`],
    ['what it read from a table', `SELECT set_config('app.tenant', (SELECT k FROM vault), false);`],
  ])(
    'is refused when it cannot have again a custom setting that it has from %s, whose value nobody is told',
    async (_, made) => {
      const database = await freshDatabase();
      await rowsOf(database, `CREATE TABLE vault AS SELECT 'hunter2' AS k`);
      const sql = (last: string): string => `${BARE}${made}\n${last}\nCREATE TABLE made ();`;
      await expect(apply(database, sql('VACUUM nowhere;'))).rejects.toMatchObject({ type: 'SqlFailed' });
      await expect(apply(database, sql('SELECT 1;'))).rejects.toMatchObject({
        type: 'LedgerMismatch',
        message: expect.stringMatching(/: it had setting app\.tenant\.$/),
      });
      const rows = await rowsOf(database, 'SELECT session::text FROM windlass.journal');
      expect(JSON.stringify(rows)).toContain('app.tenant');
      expect(JSON.stringify(rows)).not.toContain('hunter2');
    },
  );

  test('has custom settings again that its own statements set, however they are written', async () => {
    const database = await freshDatabase();
    const sql = (
      last: string,
    ): string => `${BARE}SET "app"."a" = 'one'; SET SESSION App.B TO two; SET app.gone = 'x'; RESET app.gone;
      BEGIN; SET LOCAL app.brief = 'x'; COMMIT;
      SELECT set_config('app.c', 'three', false);\n${last}
      CREATE TABLE made AS SELECT current_setting('app.a') || current_setting('app.b') || current_setting('app.c') AS it;`;
    await expect(apply(database, sql('VACUUM nowhere;'))).rejects.toMatchObject({ type: 'SqlFailed' });
    await apply(database, sql('SELECT 1;'));
    await expect(rowsOf(database, 'SELECT it FROM made')).resolves.toEqual([{ it: 'onetwothree' }]);
  });

  test.each([
    ['SET LOCAL', 'BEGIN; SET LOCAL search_path = archive; SET LOCAL app.x = 1; SET LOCAL ROLE pg_monitor; COMMIT;'],
    ['ON COMMIT DROP', 'BEGIN; CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT 1; COMMIT;'],
    [
      'set_config for the transaction',
      `SELECT set_config('search_path', 'archive', true), set_config('app.x', '1', true);`,
    ],
    ['code that does', `DO $$ BEGIN PERFORM set_config('work_mem', '77MB', true); SET LOCAL app.x = 1; END $$;`],
  ])('goes on after what went with its transaction: %s', async (_, brief) => {
    const database = await freshDatabase();
    const sql = (last: string): string => `${BARE}${brief}\n${last}\nCREATE TABLE made ();`;
    await expect(apply(database, sql('VACUUM nowhere;'))).rejects.toMatchObject({ type: 'SqlFailed' });
    await apply(database, sql('SELECT 1;'));
    await expect(rowsOf(database, `SELECT to_regclass('public.made') AS made`)).resolves.toEqual([{ made: 'made' }]);
  });

  test('leaves nothing on the session for the next one, advisory locks included, but for the lock of Windlass', async () => {
    const database = await freshDatabase();
    const spec = postgresMigrate.parse({ database, source: { directory: 'db' } });
    const files = {
      'db/V1__a.sql': `${BARE}SELECT pg_advisory_lock(7); SELECT pg_advisory_lock(7); SELECT pg_advisory_lock_shared(-1, -2); SET work_mem = '1MB';`,
      'db/V2__b.sql': 'SELECT pg_advisory_lock(8);',
      'db/V3__c.sql': `CREATE TABLE found AS SELECT current_setting('work_mem') AS mem,
        (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks;`,
    };
    await engine.apply(spec, contextOf({ files }));
    await expect(rowsOf(database, 'SELECT locks, mem FROM found')).resolves.toEqual([{ locks: 1, mem: '4MB' }]);
  });

  test.each([
    ['BEGIN -- first\n', 'read committed'],
    ['BEGIN /* a */ WORK /* b */', 'read committed'],
    ['START TRANSACTION ISOLATION -- of all\n LEVEL SERIALIZABLE, READ WRITE', 'serializable'],
    ['begin transaction read write isolation level repeatable read', 'repeatable read'],
  ])('begins a transaction of its own however that is written: %s', async (begin, level) => {
    const database = await freshDatabase();
    await apply(
      database,
      `${BARE}${begin};\nCREATE TABLE t AS SELECT current_setting('transaction_isolation') AS level;\nCOMMIT;`,
    );
    await expect(rowsOf(database, 'SELECT level FROM t')).resolves.toEqual([{ level }]);
  });

  test('runs as its role, and keeps what it says of time limits', async () => {
    const database = await freshDatabase();
    const role = await freshRole(database);
    const sql = `${BARE}-- windlass: statement-timeout 5m\nCREATE TABLE t AS SELECT current_setting('statement_timeout') AS s, current_user::text AS u;\nVACUUM t;\nINSERT INTO t SELECT current_setting('statement_timeout'), current_user;`;
    await apply(database, sql, { role, statementTimeout: '1m' });
    await expect(rowsOf(database, 'SELECT * FROM t')).resolves.toEqual([
      { s: '5min', u: role },
      { s: '5min', u: role },
    ]);
    await expect(rowsOf(database, `SELECT tableowner FROM pg_tables WHERE tablename = 'ledger'`)).resolves.toEqual([
      { tableowner: 'postgres' },
    ]);
  });
});

describe('a file that stopped halfway, and whose version another file of its number changes', () => {
  const A = 'UPDATE acc SET v = v + 1;\nBEGIN; SELECT 1; COMMIT;\nCREATE UNIQUE INDEX CONCURRENTLY o_n ON o (n);';
  const B = 'BEGIN; SELECT 2; COMMIT;';
  const SETUP = `CREATE TABLE acc AS SELECT 0 AS v; CREATE TABLE o AS SELECT 1 AS n FROM generate_series(1, 2);`;
  const run = (database: string, files: Readonly<Record<string, string>>, more: More = {}) =>
    engine.apply(
      postgresMigrate.parse({ database, source: { directory: 'db' }, ...more }),
      contextOf({ files: Object.fromEntries(Object.entries(files).map(([name, sql]) => [`db/${name}`, sql])) }),
    );
  const stopped = async (files: Readonly<Record<string, string>>): Promise<string> => {
    const database = await freshDatabase();
    await rowsOf(database, SETUP);
    await expect(run(database, files)).rejects.toMatchObject({ type: 'SqlFailed' });
    await rowsOf(database, 'DELETE FROM o WHERE ctid = (SELECT min(ctid) FROM o)');
    return database;
  };

  test.each([
    ['came behind it', { '0005_a.up.sql': A }, { '0005_a.up.sql': A, '0005_b.up.sql': B }],
    ['came before it', { '0005_b.up.sql': A }, { '0005_a.up.sql': B, '0005_b.up.sql': A }],
    ['went', { '0005_a.up.sql': A, '0005_b.up.sql': B }, { '0005_a.up.sql': A }],
  ])('goes on where it stopped when that one %s', async (_, before, after) => {
    const database = await stopped(before);
    await run(database, after);
    await expect(rowsOf(database, 'SELECT v FROM acc')).resolves.toEqual([{ v: 1 }]);
    await expect(rowsOf(database, 'SELECT FROM windlass.journal')).resolves.toEqual([]);
    await expect(rowsOf(database, 'SELECT FROM windlass.ledger')).resolves.toHaveLength(Object.keys(after).length);
  });

  test('does not fit when it may be either of them, or none, unless that is accepted', async () => {
    for (const other of [A, `SELECT 3;\n${A}`]) {
      const database = await stopped({ '0005_a.up.sql': A });
      const files = { '0005_a.up.sql': other, '0005_b.up.sql': other };
      await expect(run(database, files)).rejects.toMatchObject({
        type: 'LedgerMismatch',
        message:
          'A file of version 5 stopped halfway, and it cannot be told which of db/0005_a.up.sql, db/0005_b.up.sql it is now.',
      });
      await expect(rowsOf(database, 'SELECT v FROM acc')).resolves.toEqual([{ v: 1 }]);
      const repair = [{ version: '5', accept: 'interrupted', reason: 'looked at it' }];
      const rest = { '0005_a.up.sql': B, '0005_b.up.sql': B };
      await run(database, rest, { repair });
      await expect(rowsOf(database, 'SELECT FROM windlass.journal')).resolves.toEqual([]);
    }
  });
});

describe('CALL and DO with transactions of their own', () => {
  const SETUP = `CREATE TABLE t AS SELECT n, 0 AS done FROM generate_series(1, 10) n;
    CREATE PROCEDURE batches(fails int) LANGUAGE plpgsql AS $$
    BEGIN
      FOR i IN 1..10 LOOP
        IF i = fails THEN RAISE EXCEPTION 'no more'; END IF;
        UPDATE t SET done = done + 1 WHERE n = i;
        COMMIT;
      END LOOP;
    END $$`;

  test('run in a file without transaction', async () => {
    const database = await freshDatabase();
    await rowsOf(database, SETUP);
    await apply(database, `${BARE}CALL batches(0);\nDO $$ BEGIN UPDATE t SET done = done + 1; COMMIT; END $$;`);
    await expect(rowsOf(database, 'SELECT DISTINCT done FROM t')).resolves.toEqual([{ done: 2 }]);
  });

  test('in any other are refused by the server, which says what to do', async () => {
    const database = await freshDatabase();
    await rowsOf(database, SETUP);
    await expect(apply(database, 'CALL batches(0);')).rejects.toMatchObject({
      type: 'SqlFailed',
      options: { next: expect.stringContaining('windlass: no-transaction'), facts: { sqlstate: '2D000' } },
    });
  });

  test('that were refused before they committed anything did nothing', async () => {
    const database = await freshDatabase();
    await rowsOf(database, SETUP);
    await expect(apply(database, `${BARE}CREATE TABLE a ();\nCALL batches(1);`)).rejects.toMatchObject({
      type: 'SqlFailed',
    });
    await apply(database, `${BARE}CREATE TABLE a ();\nCALL batches(0);`);
    await expect(rowsOf(database, 'SELECT DISTINCT done FROM t')).resolves.toEqual([{ done: 1 }]);
  });

  test('that committed some of it are halfway, unless the file says that they may run again', async () => {
    const database = await freshDatabase();
    await rowsOf(database, SETUP);
    const sql = `${BARE}CALL batches(5);`;
    await expect(apply(database, sql)).rejects.toMatchObject({ type: 'SqlFailed' });
    await expect(plan(database, sql)).rejects.toMatchObject({
      type: 'LedgerMismatch',
      message: expect.stringMatching(/cut off in its statement 1, .* nobody can tell/),
    });
    await rowsOf(
      database,
      'CREATE OR REPLACE PROCEDURE batches(fails int) LANGUAGE plpgsql AS $$ BEGIN COMMIT; UPDATE t SET done = 9; END $$',
    );
    await apply(database, `${BARE}-- windlass: run-again\nCALL batches(5);`);
    await expect(rowsOf(database, 'SELECT DISTINCT done FROM t')).resolves.toEqual([{ done: 9 }]);
  });
});

describe('a statement that the server refused', () => {
  test('did nothing: the corrected file runs', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE p (id int, at date) PARTITION BY RANGE (at)');
    await rowsOf(database, `CREATE TABLE p_25 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`);
    await rowsOf(database, 'CREATE TABLE p_rest PARTITION OF p DEFAULT');
    const sql = `${BARE}ALTER TABLE p DETACH PARTITION p_25 CONCURRENTLY;`;
    await expect(apply(database, sql)).rejects.toMatchObject({ type: 'SqlFailed' });
    const corrected = `${BARE}ALTER TABLE p DETACH PARTITION p_25;`;
    expect(await plan(database, corrected)).toMatchObject([{ action: 'create' }]);
    await apply(database, corrected);
    await expect(rowsOf(database, `SELECT FROM pg_inherits WHERE inhrelid = 'p_25'::regclass`)).resolves.toEqual([]);
  });

  test('leaves no invalid index behind when the corrected file has another statement in its place', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE t AS SELECT 1 AS n FROM generate_series(1, 2)');
    const index = 'CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);';
    await expect(apply(database, `${BARE}${index}`)).rejects.toMatchObject({ type: 'SqlFailed' });
    await apply(database, `${BARE}DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t);\n${index}`);
    await expect(
      rowsOf(database, 'SELECT indisvalid AS valid FROM pg_index WHERE indrelid = $$t$$::regclass'),
    ).resolves.toEqual([{ valid: true }]);
    await expect(rowsOf(database, 'SELECT * FROM windlass.journal')).resolves.toEqual([]);
  });

  test.each([
    ['an index', 'CREATE UNIQUE INDEX CONCURRENTLY t_twice ON t ((n * 2));', true],
    ['a call of code that commits', 'DO $$ BEGIN UPDATE t SET n = n * 2; COMMIT; END $$;', false],
  ])('and that left an invalid index says nothing of the one in its place, %s', async (_, statement, isIndex) => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE t AS SELECT 1 AS n FROM generate_series(1, 2)');
    await expect(apply(database, `${BARE}CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);`)).rejects.toMatchObject({
      type: 'SqlFailed',
    });
    await rowsOf(database, 'DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)');
    if (isIndex) await rowsOf(database, 'CREATE UNIQUE INDEX t_twice ON t ((n * 2))');
    const done = apply(database, `${BARE}${statement}`);
    if (isIndex) await expect(done).rejects.toMatchObject({ type: 'SqlFailed' });
    else {
      await done;
      await expect(rowsOf(database, 'SELECT n FROM t')).resolves.toEqual([{ n: 2 }]);
    }
    await expect(rowsOf(database, `SELECT to_regclass('t_n') AS t_n`)).resolves.toEqual([{ t_n: null }]);
  });

  test('counts as never begun, and one that is only found to need no transaction runs without one', async () => {
    const database = await freshDatabase();
    await expect(
      apply(
        database,
        `${BARE}CREATE TABLE a (n int) PARTITION BY LIST (n);\nREINDEX TABLE a;\nREINDEX TABLE CONCURRENTLY nowhere;`,
      ),
    ).rejects.toMatchObject({
      options: { object: 'db/V1__x.sql:4:1' },
    });
    await expect(rowsOf(database, 'SELECT statement, done FROM windlass.journal ORDER BY 1')).resolves.toEqual([
      { statement: 1, done: true },
      { statement: 2, done: true },
    ]);
  });
});

describe('a file in a transaction', () => {
  test.each([
    ['in a transaction', '', {}],
    ['in a transaction, with a step that has a role', '', { role: true }],
    ['without transaction', BARE, {}],
    ['with a transaction of its own', `${BARE}BEGIN;`, {}],
  ])(
    'has its constraint triggers that are put off run as its role and by its search_path: %s',
    async (_, head, step) => {
      const database = await freshDatabase();
      const role = await freshRole(database);
      await rowsOf(
        database,
        `CREATE SCHEMA app; CREATE TABLE app.o (id int); CREATE TABLE app.seen (who text);
       CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen VALUES (current_user); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER t AFTER INSERT ON app.o DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.note();
       GRANT ALL ON SCHEMA app TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA app TO ${role};`,
      );
      const own = head.endsWith('BEGIN;');
      const sets = 'role' in step ? 'SET search_path = app;' : `SET search_path = app; SET ROLE ${role};`;
      await apply(
        database,
        `${head}${sets} INSERT INTO o VALUES (1);${own ? 'COMMIT;' : ''}`,
        'role' in step ? { role } : {},
      );
      await expect(rowsOf(database, 'SELECT who FROM app.seen')).resolves.toEqual([{ who: role }]);
    },
  );

  test('is refused with its place, and leaves nothing, where a check that was put off fails', async () => {
    const database = await freshDatabase();
    const sql = `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO b VALUES (1);`;
    for (const head of ['', `${BARE}BEGIN;`]) {
      await expect(apply(database, `${head}${sql}${head === '' ? '' : 'COMMIT;'}`)).rejects.toMatchObject({
        type: 'SqlFailed',
        options: { object: 'db/V1__x.sql', facts: { sqlstate: '23503' } },
      });
      await expect(rowsOf(database, `SELECT to_regclass('public.a') AS a`)).resolves.toEqual([{ a: null }]);
    }
  });

  test('may set the isolation level of it', async () => {
    const database = await freshDatabase();
    await apply(
      database,
      `SET lock_timeout = '1s';\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE found AS SELECT current_setting('transaction_isolation') AS level;`,
    );
    await expect(rowsOf(database, 'SELECT level FROM found')).resolves.toEqual([{ level: 'serializable' }]);
  });

  test('may end in a comment without a semicolon or a line end', async () => {
    const database = await freshDatabase();
    const role = await freshRole(database);
    await apply(database, 'CREATE TABLE a (id int);\nALTER TABLE a ADD COLUMN c int -- TODO index this', { role });
    await apply(database, 'CREATE TABLE a (id int);\nALTER TABLE a ADD COLUMN c int -- TODO index this', { role });
    await expect(
      rowsOf(database, `SELECT tableowner FROM pg_tables WHERE tablename IN ('a', 'ledger') ORDER BY tablename`),
    ).resolves.toEqual([{ tableowner: role }, { tableowner: 'postgres' }]);
  });

  test('may be what pg_dump writes for psql', async () => {
    const database = await freshDatabase();
    await apply(
      database,
      `\\restrict abcDEF123\n\nSET check_function_bodies = false;\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t (id integer);\nCOPY public.t (id) FROM stdin;\n1\n\\.\n\n\\unrestrict abcDEF123\n`,
    );
    await expect(rowsOf(database, 'SELECT id FROM t')).resolves.toEqual([{ id: 1 }]);
  });
});
