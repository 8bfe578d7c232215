import { afterAll, describe, expect, test } from '@jest/globals';
import { changeLine, type Change } from '../../src/domain/change.ts';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, freshDatabase, labAs, labConnection, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';
import { told } from '../support/told.ts';

const engine = postgresMigrateEngine(labConnection());

function specFor(database: string, more: Readonly<Record<string, unknown>> = {}): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' }, ...more });
}

const FILES = {
  'db/V10__totals.sql': 'ALTER TABLE orders ADD COLUMN total int NOT NULL DEFAULT 0;',
  'db/V1__orders.sql': '-- Orders.\nCREATE TABLE orders (id int PRIMARY KEY);\nINSERT INTO orders VALUES (1), (2);',
  'db/V2__lines.sql': 'CREATE TABLE lines (id int REFERENCES orders);',
};

function actions(changes: readonly Change[]): readonly string[] {
  return changes.map(({ action, what }) => `${action} ${what.split(' ')[1] ?? ''}`);
}

async function tablesOf(database: string): Promise<readonly string[]> {
  const rows = await rowsOf<{ name: string }>(
    database,
    `SELECT c.relname AS name FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function versionsOf(database: string): Promise<readonly string[]> {
  const rows = await rowsOf<{ version: string }>(database, 'SELECT version FROM windlass.ledger ORDER BY applied_at');
  return rows.map(({ version }) => version);
}

afterAll(dropAll);

describe('postgres.migrate', () => {
  test('runs pending files in the order of their versions, each once, with a row in the ledger', async () => {
    const database = await freshDatabase();
    const spec = specFor(database);
    const context = contextOf({
      files: FILES,
      fence: { lock: 'lock/test/db', token: 7, deadline: Date.now() + 60_000 },
    });
    const order = ['V1__orders.sql', 'V2__lines.sql', 'V10__totals.sql'];
    const plan = await engine.plan(spec, context);
    expect(actions(plan)).toEqual(order.map((file) => `create ${file}`));
    expect(plan[0]?.detail).toEqual([
      '2 statements',
      `no way back: there is no U1__<description>.sql; it takes a backup of database ${database} from before this runs`,
    ]);
    await expect(tablesOf(database)).resolves.toEqual([]);

    const { changes } = await engine.apply(spec, context);
    expect(actions(changes)).toEqual(order.map((file) => `create ${file}`));
    await expect(versionsOf(database)).resolves.toEqual(['1', '2', '10']);
    const [row] = await rowsOf(database, `SELECT * FROM windlass.ledger WHERE version = '1'`);
    expect(row).toMatchObject({
      description: 'orders',
      file: 'V1__orders.sql',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      applied_by: 'postgres',
      applied_at: expect.any(Date),
      duration_ms: expect.any(String),
      bundle: 'b'.repeat(64),
      run: 'run-1',
      token: '7',
    });

    expect(actions(await engine.plan(spec, context))).toEqual(order.map((file) => `unchanged ${file}`));
    expect(actions((await engine.apply(spec, context)).changes)).toEqual(order.map((file) => `unchanged ${file}`));
    await expect(rowsOf(database, 'SELECT count(*)::int AS n FROM orders')).resolves.toEqual([{ n: 2 }]);
  });

  test('plans files of a database that does not exist yet as not known', async () => {
    const missing = uniqueName('missing');
    const plan = await engine.plan(specFor(missing), contextOf({ files: FILES }));
    expect(plan).toHaveLength(3);
    for (const change of plan) {
      expect(change).toMatchObject({ action: 'unknown', detail: [`database ${missing} does not exist yet`] });
    }
    await expect(engine.apply(specFor(missing), contextOf({ files: FILES }))).rejects.toMatchObject({
      type: 'SqlFailed',
      options: { object: `database ${missing}`, facts: { sqlstate: '3D000' } },
    });
  });

  test('lets the role own what is made, while the ledger stays with the user of the connection', async () => {
    const database = await freshDatabase();
    const role = willDrop('ROLE', uniqueName('keeper'));
    await rowsOf('postgres', `CREATE ROLE ${role} NOLOGIN`);
    await rowsOf(database, `GRANT CREATE ON SCHEMA public TO ${role}`);
    const spec = specFor(database, { role });
    await engine.apply(spec, contextOf({ files: FILES }));
    const owners = await rowsOf(
      database,
      `SELECT relname AS name, pg_get_userbyid(relowner) AS owner FROM pg_class
        WHERE relname IN ('orders', 'lines', 'ledger', 'fence') AND relkind = 'r' ORDER BY 1`,
    );
    expect(owners).toEqual([
      { name: 'fence', owner: 'postgres' },
      { name: 'ledger', owner: 'postgres' },
      { name: 'lines', owner: role },
      { name: 'orders', owner: role },
    ]);
  });

  test('what a file sets on the session does not reach the ledger or the next file', async () => {
    const database = await freshDatabase();
    const role = willDrop('ROLE', uniqueName('other'));
    await rowsOf('postgres', `CREATE ROLE ${role} NOLOGIN`);
    const files = {
      'db/V1__loud.sql': `SELECT set_config('search_path', '', false);
        SET lock_timeout = 0; CREATE TEMP TABLE leftover (); PREPARE leftover AS SELECT 1;
        SET SESSION AUTHORIZATION ${role};`,
      'db/V2__next.sql': `CREATE TABLE found AS
        SELECT current_setting('search_path') AS path, current_setting('lock_timeout') AS wait, current_user::text AS me,
               to_regclass('leftover') IS NULL AS clean, (SELECT count(*)::int FROM pg_prepared_statements) AS prepared;`,
    };
    await engine.apply(specFor(database, { lockTimeout: '3s' }), contextOf({ files }));
    await expect(rowsOf(database, 'SELECT * FROM public.found')).resolves.toEqual([
      { path: '"$user", public', wait: '3s', me: 'postgres', clean: true, prepared: 0 },
    ]);
  });
});

describe('files and ledger that do not fit', () => {
  test.each([
    [
      'a file changed after it ran',
      { ...FILES, 'db/V2__lines.sql': 'CREATE TABLE lines ();' },
      /V2__lines\.sql was changed/,
    ],
    ['a file that ran and is gone', without('db/V2__lines.sql'), /V2__lines\.sql ran on .* not among the files/],
    ['a file out of order', { ...FILES, 'db/V3__late.sql': 'CREATE TABLE late ();' }, /V3__late\.sql did not run yet/],
  ])('%s is LedgerMismatch in plan, apply and verify, and nothing is touched', async (_, changed, words) => {
    const database = await freshDatabase();
    const spec = specFor(database);
    await engine.apply(spec, contextOf({ files: FILES }));
    const tables = await tablesOf(database);
    const files = { ...changed, 'db/V99__new.sql': 'CREATE TABLE brand_new ();' };
    for (const verb of ['plan', 'apply', 'verify'] as const) {
      await expect(engine[verb](spec, contextOf({ files }))).rejects.toMatchObject({
        type: 'LedgerMismatch',
        message: expect.stringMatching(words),
      });
    }
    await expect(tablesOf(database)).resolves.toEqual(tables);
  });
});

function without(path: keyof typeof FILES): Record<string, string> {
  return Object.fromEntries(Object.entries(FILES).filter(([name]) => name !== path));
}

describe('a user without a right', () => {
  test.each([
    ['to make the ledger', '', /permission denied for database/, 'database'],
    ['on a table of others', 'CREATE', /must be owner of table held/, 'db/V1__a.sql:1:1'],
  ])('%s is AccessDenied, naming what was missing, and nothing stays', async (_, right, words, object) => {
    const database = await freshDatabase();
    const weak = willDrop('ROLE', uniqueName('weak'));
    await rowsOf('postgres', `CREATE ROLE ${weak} LOGIN PASSWORD 'weak'`);
    if (right !== '') await rowsOf('postgres', `GRANT ${right} ON DATABASE ${database} TO ${weak}`);
    await rowsOf(database, 'CREATE TABLE held ()');
    const limited = postgresMigrateEngine(labAs({ user: weak, password: 'weak' }));
    const files = { 'db/V1__a.sql': 'ALTER TABLE held ADD COLUMN a int;' };
    await expect(limited.apply(specFor(database), contextOf({ files }))).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringMatching(words),
      options: { object: expect.stringContaining(object), facts: { sqlstate: '42501' } },
    });
    await expect(
      rowsOf(database, `SELECT FROM pg_attribute WHERE attrelid = 'held'::regclass AND attnum > 0`),
    ).resolves.toEqual([]);
    await rowsOf(database, `DROP OWNED BY ${weak} CASCADE`);
  });
});

describe('a file that fails', () => {
  test.each([
    [
      'an error within a batch',
      'CREATE TABLE half ();\nINSERT INTO orders VALUES (3);\n  INSERT INTO nowhere VALUES (4)',
      '3:15',
      '42P01',
    ],
    ['a row of COPY', 'CREATE TABLE half (a int);\nCOPY half FROM stdin;\n1\nx\n\\.\n', '4:1', '22P02'],
    ['an unknown table, after characters of many bytes', "SELECT 'größe 🏗'; SELECT * FROM nowhere;", '1:33', '42P01'],
    ['a row that breaks a rule', 'CREATE TABLE half ();\nSELECT 1;\n\nINSERT INTO orders VALUES (1);', '4:1', '23505'],
    ['an error within a function', "CREATE TABLE half ();\nDO $$ BEGIN RAISE EXCEPTION 'no'; END $$;", '2:1', 'P0001'],
  ])('%s: the place is named, nothing of the file stays, what ran before does', async (_, sql, place, sqlstate) => {
    const database = await freshDatabase();
    const spec = specFor(database);
    const files = { 'db/V1__orders.sql': FILES['db/V1__orders.sql'], 'db/V2__bad.sql': sql };
    await expect(engine.apply(spec, contextOf({ files }))).rejects.toMatchObject({
      type: 'SqlFailed',
      options: { object: `db/V2__bad.sql:${place}`, facts: { sqlstate } },
    });
    await expect(tablesOf(database)).resolves.toEqual(['orders']);
    await expect(rowsOf(database, 'SELECT id FROM orders ORDER BY 1')).resolves.toEqual([{ id: 1 }, { id: 2 }]);
    await expect(versionsOf(database)).resolves.toEqual(['1']);

    const corrected = { ...files, 'db/V2__bad.sql': 'CREATE TABLE whole ();' };
    await engine.apply(spec, contextOf({ files: corrected }));
    await expect(tablesOf(database)).resolves.toEqual(['orders', 'whole']);
  });

  test('a rule that is only checked at the end is an error of the file too', async () => {
    const database = await freshDatabase();
    const sql = `CREATE TABLE a (id int PRIMARY KEY);
      CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO b VALUES (1);`;
    await expect(
      engine.apply(specFor(database), contextOf({ files: { 'db/V1__late.sql': sql } })),
    ).rejects.toMatchObject({
      type: 'SqlFailed',
      options: { object: 'db/V1__late.sql', facts: { sqlstate: '23503' } },
    });
    await expect(tablesOf(database)).resolves.toEqual([]);
    await expect(versionsOf(database)).resolves.toEqual([]);
  });
});

describe('a plan that destroys data', () => {
  test('says so only for tables that hold rows, and which statement it is', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE SCHEMA "Odd"');
    await rowsOf(database, 'CREATE TABLE "Odd"."Full" AS SELECT 1 AS a');
    await rowsOf(database, 'CREATE TABLE "full" AS SELECT 1 AS a, 2 AS b');
    await rowsOf(database, 'CREATE TABLE bare (a int)');
    const files = {
      'db/V1__harmless.sql':
        'DROP TABLE IF EXISTS bare, nowhere;\nTRUNCATE bare;\nDELETE FROM bare;\n-- DROP TABLE "full";',
      'db/V2__selective.sql': 'DELETE FROM "full" WHERE a = 2;',
      'db/V3__schema.sql': '\nDROP SCHEMA "Odd" CASCADE;',
      'db/V4__column.sql': 'ALTER TABLE public."full" DROP COLUMN b;',
      'db/V5__everything.sql': 'DELETE FROM "full";\nTRUNCATE TABLE "full";\nDROP TABLE IF EXISTS "full";',
    };
    const plan = await engine.plan(specFor(database), contextOf({ files }));
    const lost = plan.filter(({ destructive }) => destructive);
    expect(lost.map(({ action, what, detail, observed }) => [action, what, detail, observed])).toEqual([
      ['delete', `table "Odd"."Full" of database ${database}`, ['db/V3__schema.sql:2:1: DROP SCHEMA'], '1 row'],
      [
        'delete',
        `column b of table public."full" of database ${database}`,
        ['db/V4__column.sql:1:1: DROP COLUMN'],
        '1 row',
      ],
      [
        'delete',
        `rows of table public."full" of database ${database}`,
        ['db/V5__everything.sql:1:1: DELETE without WHERE'],
        '1 row',
      ],
      ['delete', `table public."full" of database ${database}`, ['db/V5__everything.sql:3:1: DROP TABLE'], '1 row'],
    ]);
    expect(plan.filter(({ destructive }) => !destructive).map(({ action }) => action)).toEqual(Array(5).fill('create'));
  });

  test('follows a table under the names that the files give it, and through another search path', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE SCHEMA app');
    await rowsOf(database, 'CREATE TABLE app.full AS SELECT 1 AS a');
    await rowsOf(database, 'CREATE TABLE kept AS SELECT 1 AS a');
    const lostBy = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const plan = await engine.plan(specFor(database), contextOf({ files }));
      return plan.filter(({ destructive }) => destructive).map(({ what }) => what);
    };
    const lost = [`table app."full" of database ${database}`];
    await expect(lostBy({ 'db/V1__a.sql': 'SET search_path = app; DROP TABLE "full";' })).resolves.toEqual(lost);
    const dumped = `SELECT pg_catalog.set_config('search_path', 'app', false); DROP TABLE IF EXISTS "full";`;
    await expect(lostBy({ 'db/V1__a.sql': dumped })).resolves.toEqual(lost);
    const renamed = {
      'db/V1__a.sql': 'ALTER TABLE app.full RENAME TO old; ALTER TABLE app.old SET SCHEMA public;',
      'db/V2__b.sql': 'ALTER TABLE old RENAME TO older;\nDROP TABLE older;',
    };
    await expect(lostBy(renamed)).resolves.toEqual(lost);
    // What is dropped to make room for a new name is not the table that takes it.
    await expect(
      lostBy({ 'db/V1__a.sql': 'DROP TABLE IF EXISTS old; ALTER TABLE kept RENAME TO old;' }),
    ).resolves.toEqual([]);
  });

  test('names are looked up as the role would', async () => {
    const database = await freshDatabase();
    const role = willDrop('ROLE', uniqueName('keeper'));
    await rowsOf('postgres', `CREATE ROLE ${role} NOLOGIN`);
    await rowsOf(database, `CREATE SCHEMA ${role} AUTHORIZATION ${role}`);
    await rowsOf(database, `CREATE TABLE ${role}.mine AS SELECT 1 AS a`);
    const context = contextOf({ files: { 'db/V1__x.sql': 'DROP TABLE mine;' } });
    await expect(engine.plan(specFor(database, { role }), context)).resolves.toMatchObject([
      { destructive: false },
      { destructive: true, what: `table ${role}.mine of database ${database}`, observed: '1 row' },
    ]);
    await expect(engine.plan(specFor(database), context)).resolves.toMatchObject([{ destructive: false }]);
    await rowsOf(database, `DROP OWNED BY ${role} CASCADE`);
  });
});

describe('verify', () => {
  test('counts tables as LIKE of PostgreSQL does, and asks the ledger', async () => {
    const database = await freshDatabase();
    const expect_ = {
      tables: [
        { like: 't_ds_%', count: 3 },
        { like: 't\\_ds\\_%', count: 2 },
        { like: 'nothing%', count: 1 },
      ],
    };
    const spec = specFor(database, { expect: expect_ });
    const files = { 'db/V1__t.sql': 'CREATE TABLE t_ds_a (); CREATE TABLE t_ds_b (); CREATE TABLE txds_c ();' };
    const before = await engine.verify(spec, contextOf({ files }));
    expect(before[0]).toMatchObject({ holds: false, observed: { applied: 0, pending: ['V1__t.sql'] } });
    await engine.apply(spec, contextOf({ files }));
    const findings = await engine.verify(spec, contextOf({ files }));
    expect(told(findings).map(({ claim, holds, how }) => [claim, holds, how])).toEqual([
      ['every migration of db is in the ledger', true, 'real'],
      ['3 tables like t_ds_%', true, 'real'],
      ['2 tables like t\\_ds\\_%', true, 'real'],
      ['1 table like nothing%', false, 'real'],
    ]);
    expect(findings[1]?.source).toContain(`c.relname LIKE 't_ds_%'`);
  });

  test('a stand-in is called one in the plan and in the evidence', async () => {
    const database = await freshDatabase();
    const spec = specFor(database, { expect: { tables: [{ like: 'a', count: 1 }] } });
    const context = contextOf({
      files: { 'db/V1__a.sql': '-- windlass: stand-in no network here\nCREATE TABLE a ();' },
    });
    const [planned] = await engine.plan(spec, context);
    expect(planned?.detail).toContain('stand-in: no network here');
    expect(changeLine(planned!)).toContain('(STAND-IN)');
    const { findings } = await engine.apply(spec, context);
    expect(told(findings)).toMatchObject([{ claim: 'is a stand-in: no network here', how: 'stand-in' }]);
    const verified = await engine.verify(spec, context);
    expect(verified.map(({ how, holds }) => [how, holds])).toEqual([
      ['stand-in', true],
      ['stand-in', true],
      ['stand-in', true],
    ]);
  });
});
