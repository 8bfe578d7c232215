import { afterAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { connect, dropAll, freshDatabase, labConnection, rowsOf, until } from '../postgres/support/lab.ts';
import { told } from '../support/told.ts';

const engine = postgresMigrateEngine(labConnection());

function specFor(database: string, more: Readonly<Record<string, unknown>> = {}): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' }, ...more });
}

type Files = Readonly<Record<string, string>>;

async function apply(database: string, files: Files, more: Readonly<Record<string, unknown>> = {}) {
  return (await engine.apply(specFor(database, more), contextOf({ files }))).changes;
}

async function plan(database: string, files: Files, more: Readonly<Record<string, unknown>> = {}) {
  return engine.plan(specFor(database, more), contextOf({ files }));
}

afterAll(dropAll);

describe('repeatable files', () => {
  test('run after the others, and again whenever they changed', async () => {
    const database = await freshDatabase();
    const files = {
      'db/R__v.sql': 'CREATE OR REPLACE VIEW v AS SELECT a FROM t;',
      'db/V1__t.sql': 'CREATE TABLE t (a int);',
    };
    await apply(database, files);
    expect((await apply(database, files)).map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    const changed = { ...files, 'db/R__v.sql': 'CREATE OR REPLACE VIEW v AS SELECT a, a + 1 AS b FROM t;' };
    expect((await plan(database, changed)).map(({ action }) => action)).toEqual(['unchanged', 'update']);
    await apply(database, changed);
    await expect(rowsOf(database, 'SELECT b FROM v')).resolves.toEqual([]);
    await expect(rowsOf(database, 'SELECT version, kind FROM windlass.ledger ORDER BY 1')).resolves.toEqual([
      { version: '1', kind: 'versioned' },
      { version: 'R__v', kind: 'repeatable' },
    ]);
  });
});

describe('a file without transaction', () => {
  const FILES = {
    'db/V1__t.sql': 'CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) AS n;',
    'db/V2__index.sql':
      '-- windlass: no-transaction\nINSERT INTO t VALUES (0);\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n);\nVACUUM t;\nINSERT INTO t VALUES (-1);',
  };

  test('runs statement by statement, and its journal is gone when it is done', async () => {
    const database = await freshDatabase();
    const [, planned] = await plan(database, FILES);
    expect(planned?.detail).toContain('without transaction, journalled statement by statement');
    await apply(database, FILES);
    await expect(rowsOf(database, 'SELECT count(*)::int AS n FROM t')).resolves.toEqual([{ n: 1002 }]);
    await expect(rowsOf(database, 'SELECT * FROM windlass.journal')).resolves.toEqual([]);
    expect((await apply(database, FILES)).map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
  });

  test('that stops halfway goes on where it stopped; an invalid index is dropped and built again', async () => {
    const database = await freshDatabase();
    await apply(database, { 'db/V1__t.sql': FILES['db/V1__t.sql'] });
    // A value met twice leaves the index invalid, as a crash does.
    await rowsOf(database, 'INSERT INTO t VALUES (7)');
    await expect(apply(database, FILES)).rejects.toMatchObject({
      type: 'SqlFailed',
      options: { object: 'db/V2__index.sql:3:1', facts: { sqlstate: '23505' } },
    });
    const index = `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('t_n')`;
    await expect(rowsOf(database, index)).resolves.toEqual([{ valid: false }]);
    await rowsOf(database, 'DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t WHERE n = 7)');
    await apply(database, FILES);
    await expect(rowsOf(database, index)).resolves.toEqual([{ valid: true }]);
    await expect(rowsOf(database, 'SELECT n FROM t WHERE n < 1 ORDER BY n')).resolves.toEqual([{ n: -1 }, { n: 0 }]);
  });

  test('and changed halfway is refused, unless that is accepted with a reason', async () => {
    const database = await freshDatabase();
    const broken = { 'db/V1__a.sql': '-- windlass: no-transaction\nCREATE TABLE a ();\nVACUUM nowhere;' };
    await expect(apply(database, broken)).rejects.toMatchObject({ type: 'SqlFailed' });
    const other = { 'db/V1__a.sql': '-- windlass: no-transaction\nCREATE TABLE IF NOT EXISTS b ();' };
    await expect(apply(database, other)).rejects.toMatchObject({ type: 'LedgerMismatch' });
    await apply(database, other, { repair: [{ version: '1', accept: 'interrupted', reason: 'table a is fine' }] });
    await expect(rowsOf(database, 'SELECT accepted, reason FROM windlass.repairs')).resolves.toEqual([
      { accepted: 'interrupted', reason: 'table a is fine' },
    ]);
  });

  test('does not deadlock with migrators that wait for it', async () => {
    const database = await freshDatabase();
    const runs = await Promise.all([1, 2, 3].map(() => apply(database, FILES)));
    expect(runs.flat().filter(({ action }) => action === 'create')).toHaveLength(2);
    await expect(
      rowsOf(database, `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 't_n'::regclass`),
    ).resolves.toEqual([{ valid: true }]);
  });
});

describe('directives and time limits', () => {
  test('a file says how long its statements may wait and run', async () => {
    const database = await freshDatabase();
    const sql = `CREATE TABLE found AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;`;
    const files = {
      'db/V1__own.sql': `-- windlass: lock-timeout 2s\n-- windlass: statement-timeout 5m\n${sql}`,
      'db/V2__step.sql': sql.replace('found', 'step'),
    };
    await apply(database, files, { lockTimeout: '3s', statementTimeout: '1m' });
    await expect(rowsOf(database, 'SELECT * FROM found UNION ALL SELECT * FROM step')).resolves.toEqual([
      { l: '2s', s: '5min' },
      { l: '3s', s: '1min' },
    ]);
  });
});

describe('rows inside of a file', () => {
  test('come with COPY ... FROM stdin, also in a data file of more than 16 MB', async () => {
    const database = await freshDatabase();
    const row = `${'x'.repeat(990)}\tn\n`;
    const files = {
      'db/V1__small.sql': `CREATE TABLE s (a int, b text);\nCOPY s (b, a) FROM stdin;\nfirst; 'row\t1\n\\N\t2\n\\.\nSELECT 1;`,
      'db/V2__large.sql': `CREATE TABLE l (a text, b text);\nCOPY l FROM stdin;\n${row.repeat(18_000)}\\.\nINSERT INTO l VALUES ('end');`,
    };
    const [, large] = await plan(database, files);
    expect(large?.detail).toContain('data file of 17 MB, streamed');
    await apply(database, files);
    await expect(rowsOf(database, 'SELECT * FROM s ORDER BY a')).resolves.toEqual([
      { a: 1, b: `first; 'row` },
      { a: 2, b: null },
    ]);
    await expect(rowsOf(database, 'SELECT count(*)::int AS n FROM l')).resolves.toEqual([{ n: 18_001 }]);
  });
});

describe('an existing database', () => {
  test('begins at its baseline: what was there does not run, and is on record', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE a ()');
    const files = { 'db/V1__a.sql': 'CREATE TABLE a ();', 'db/V2__b.sql': 'CREATE TABLE b ();' };
    const baseline = { version: '1', reason: 'made by hand in 2024' };
    expect((await plan(database, files, { baseline })).map(({ what }) => what.split(' of ')[0])).toEqual([
      'baseline',
      'migration V2__b.sql',
    ]);
    await apply(database, files, { baseline });
    await expect(rowsOf(database, 'SELECT version, kind FROM windlass.ledger ORDER BY 1')).resolves.toEqual([
      { version: '1', kind: 'baseline' },
      { version: '2', kind: 'versioned' },
    ]);
    expect((await plan(database, files, { baseline })).map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
  });

  test('whose file was changed is repaired with a reason on record', async () => {
    const database = await freshDatabase();
    await apply(database, { 'db/V1__a.sql': 'CREATE TABLE a ();' });
    const changed = { 'db/V1__a.sql': 'CREATE TABLE a (); -- why' };
    const repair = [{ version: '1', accept: 'changed', reason: 'a comment was added' }];
    expect(await apply(database, changed, { repair })).toMatchObject([{ action: 'update' }]);
    expect(await apply(database, changed, { repair })).toMatchObject([{ action: 'unchanged' }]);
    await expect(rowsOf(database, 'SELECT version, accepted, reason FROM windlass.repairs')).resolves.toEqual([
      { version: '1', accepted: 'changed', reason: 'a comment was added' },
    ]);
  });
});

describe('the way back', () => {
  const FILES = {
    'db/V1__a.sql': 'CREATE TABLE a ();',
    'db/V2__b.sql': 'CREATE TABLE b (n int);',
    'db/V3__c.sql': 'CREATE TABLE c ();',
    'db/U2__b.sql': 'DROP TABLE b;',
    'db/U3__c.sql': 'DROP TABLE c;',
  };

  test('is in the plan: which file takes a version back, or which backup it would need', async () => {
    const database = await freshDatabase();
    const details = (await plan(database, FILES)).map(({ detail }) => detail?.[1]);
    expect(details).toEqual([
      `no way back: there is no U1__<description>.sql; it takes a backup of database ${database} from before this runs`,
      'way back: U2__b.sql',
      'way back: U3__c.sql',
    ]);
    await apply(database, FILES);
    await expect(plan(database, FILES, { to: '0' })).rejects.toMatchObject({
      type: 'LedgerMismatch',
      message: expect.stringMatching(
        new RegExp(`takes it back: restore a backup of database ${database} from before 20`),
      ),
    });
  });

  test('is taken by down files, newest first, behind a gate', async () => {
    const database = await freshDatabase();
    await apply(database, FILES);
    await rowsOf(database, 'INSERT INTO b VALUES (1)');
    const planned = await plan(database, FILES, { to: '1' });
    expect(planned.map(({ action, what, destructive }) => [action, what.split(' of ')[0], destructive])).toEqual([
      ['delete', 'migration V3__c.sql', true],
      ['delete', 'migration V2__b.sql', true],
      ['delete', 'table public.b', true],
      ['unchanged', 'migration V1__a.sql', false],
    ]);
    await apply(database, FILES, { to: '1' });
    await expect(rowsOf(database, 'SELECT version FROM windlass.ledger')).resolves.toEqual([{ version: '1' }]);
    await expect(rowsOf(database, `SELECT to_regclass('b') AS b, to_regclass('c') AS c`)).resolves.toEqual([
      { b: null, c: null },
    ]);
    await apply(database, FILES);
    await expect(rowsOf(database, 'SELECT version FROM windlass.ledger ORDER BY 1')).resolves.toHaveLength(3);
  });
});

describe('a plan', () => {
  test('warns of what others would feel, where there are rows', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE "full" AS SELECT 1 AS a, 2 AS b');
    await rowsOf(database, 'CREATE TABLE bare (a int)');
    await rowsOf(database, 'ALTER TABLE "full" ADD CONSTRAINT b_there CHECK (b IS NOT NULL)');
    await rowsOf(database, 'CREATE INDEX full_b ON "full" (b)');
    await rowsOf(database, 'CREATE INDEX bare_a ON bare (a)');
    const sql = (table: string): string =>
      `CREATE INDEX ON ${table} (a);\nALTER TABLE ${table} ALTER a TYPE bigint;\nALTER TABLE ${table} ALTER a SET NOT NULL;\n` +
      `ALTER TABLE ${table} ADD c int NOT NULL, ADD d uuid DEFAULT gen_random_uuid(), ADD e timestamptz DEFAULT now();\n`;
    const [bare] = await plan(database, { 'db/V1__x.sql': `${sql('bare')}DROP INDEX bare_a;` });
    expect(bare?.detail).toEqual(['5 statements', expect.stringMatching(/^no way back/)]);
    const [full] = await plan(database, {
      'db/V1__x.sql': `${sql('"full"')}DROP INDEX full_b; REINDEX INDEX full_b;\nALTER TABLE "full" ALTER b SET NOT NULL;`,
    });
    expect(full?.detail?.slice(2)).toEqual([
      expect.stringMatching(
        /^db\/V1__x\.sql:1:1: public\."full" holds rows: CREATE INDEX .*\[index-build; lock: SHARE; waits: .*; safer: .*\]/,
      ),
      expect.stringMatching(/:2:1: .*TYPE writes the whole table anew/),
      expect.stringMatching(/:3:1: .*SET NOT NULL of a .* NOT VALID/),
      expect.stringMatching(/:4:1: .*ADD COLUMN c NOT NULL without DEFAULT fails/),
      expect.stringMatching(/:4:1: .*ADD COLUMN d .* writes the whole table anew .*ADD COLUMN without a default/),
      expect.stringMatching(/:5:1: public\."full" holds rows: DROP INDEX .* CONCURRENTLY/),
      expect.stringMatching(/:5:20: public\."full" holds rows: REINDEX .*\[index-rebuild;/),
    ]);
  });
});

describe('verify', () => {
  test('looks at columns, functions, queries, and at the catalog as the last migration left it', async () => {
    const database = await freshDatabase();
    const files = {
      'db/V1__a.sql': 'CREATE TABLE a (n int); CREATE FUNCTION one() RETURNS int BEGIN ATOMIC SELECT 1; END;',
    };
    const expected = {
      columns: [
        { table: 'a', column: 'n', type: 'integer' },
        { table: 'a', column: 'm' },
      ],
      functions: ['one', 'public.one', 'two'],
      queries: [
        { query: 'SELECT one()', equals: 1 },
        { query: 'SELECT one() + one()', equals: 2 },
      ],
      unchangedCatalog: true,
    };
    const spec = specFor(database, { expect: expected });
    await engine.apply(spec, contextOf({ files }));
    const held = async () => (await engine.verify(spec, contextOf({ files }))).map(({ holds }) => holds);
    await expect(held()).resolves.toEqual([true, true, false, true, true, false, true, true, true]);
    await rowsOf(database, 'ALTER TABLE a ADD COLUMN by_hand text');
    await rowsOf(database, 'DROP FUNCTION one');
    await expect(held()).resolves.toEqual([true, true, false, false, false, false, false, false, false]);
    await rowsOf(database, 'CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$SELECT 2$$');
    const found = told(await engine.verify(spec, contextOf({ files }))).at(-1);
    expect(found).toMatchObject({
      claim: 'the catalog is as the last migration left it',
      holds: false,
      observed: {
        difference: [
          '+ column public.a.by_hand: text',
          expect.stringMatching(/^[-+] function public\.one\(\)/),
          expect.stringMatching(/^[-+] function public\.one\(\)/),
        ],
      },
    });
  });
});

describe('progress', () => {
  test('passes on what the server itself says of an index that is built', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE t AS SELECT n FROM generate_series(1, 100) AS n');
    const stranger = await connect(database);
    await stranger.query('BEGIN; DELETE FROM t WHERE n = 0');
    const told: Json[] = [];
    const context = contextOf({
      files: { 'db/V1__i.sql': '-- windlass: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);' },
      progress: (state) => told.push(state),
    });
    const applying = engine.apply(specFor(database), context);
    await until(() =>
      told.some((state) => /create index concurrently: waiting for writers/.test(JSON.stringify(state))),
    );
    await stranger.query('COMMIT');
    await stranger.end();
    await applying;
    await expect(
      rowsOf(database, `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 't_n'::regclass`),
    ).resolves.toEqual([{ valid: true }]);
  });

  test('names file and statement, and what the server waits for', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE held ()');
    const stranger = await connect(database);
    await stranger.query('BEGIN; LOCK TABLE held');
    const told: Json[] = [];
    const context = contextOf({
      files: { 'db/V1__x.sql': 'SELECT 1;\nALTER TABLE held ADD a int;' },
      progress: (state) => told.push(state),
    });
    const applying = engine.apply(specFor(database, { lockTimeout: '10m' }), context);
    await until(() => told.some((state) => JSON.stringify(state).includes('waits for a lock')));
    expect(told.at(-1)).toMatchObject({
      file: 'V1__x.sql',
      statement: 2,
      line: 2,
      verb: 'ALTER TABLE',
      server: expect.stringMatching(/^waits for a lock of pid \d+ \(postgres, stranger\)/),
    });
    await stranger.end();
    await expect(applying).resolves.toMatchObject({ changes: { length: 1 } });
  });
});
