import { afterAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/domain/change.ts';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { dumpSettings } from '../../src/postgres/dump/settings.ts';
import { onCopy } from '../../src/postgres/migrate/rehearsal/copy.ts';
import { withSession } from '../../src/postgres/session.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, freshDatabase, labAs, labConnection, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';

const engine = postgresMigrateEngine(labConnection());

function specFor(database: string, more: Readonly<Record<string, unknown>> = {}): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' }, ...more });
}

/** What a plan would destroy, as `what (how much)`, without the words for the database. */
function destroyed(plan: readonly Change[]): readonly string[] {
  return plan
    .filter(({ destructive }) => destructive)
    .map(({ what, observed }) => `${what.replace(/ of database \S+$/, '')} (${observed ?? ''})`);
}

/** One file for each statement, in order. */
function filesOf(statements: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(statements.map((sql, index) => [`db/V${index + 1}__x.sql`, `${sql};`]));
}

afterAll(dropAll);

/** A plan reads the text of the files, and for an authorised start carries them out on a copy of the catalog, too. */
const WAYS = [
  { way: 'read from the files', how: {} },
  { way: 'seen in a rehearsal', how: { rehearses: true } },
] as const;

describe.each(WAYS)('what a plan names as lost, $way', ({ how }) => {
  async function lostBy(database: string, ...statements: readonly string[]): Promise<readonly string[]> {
    return destroyed(await engine.plan(specFor(database), contextOf({ files: filesOf(statements), ...how })));
  }

  test('columns that a dropped extension, schema, domain, type or function takes along', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE EXTENSION hstore; CREATE SCHEMA types; CREATE DOMAIN types.pos AS int; CREATE TYPE types.kind AS ENUM ('a');
       CREATE FUNCTION dbl(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i*2';
       CREATE TABLE t (id int, d types.pos, k types.kind, h hstore, g int, gen int GENERATED ALWAYS AS (dbl(g)) STORED);
       INSERT INTO t SELECT n, n, 'a', 'x=>1', n FROM generate_series(1,20) n`,
    );
    const column = (name: string): string => `column ${name} of table public.t (20 rows)`;
    await expect(lostBy(database, 'DROP EXTENSION hstore CASCADE')).resolves.toEqual([column('h')]);
    await expect(lostBy(database, 'DROP SCHEMA types CASCADE')).resolves.toEqual([column('d'), column('k')]);
    await expect(lostBy(database, 'DROP DOMAIN types.pos CASCADE')).resolves.toEqual([column('d')]);
    await expect(lostBy(database, 'DROP TYPE types.kind CASCADE')).resolves.toEqual([column('k')]);
    await expect(lostBy(database, 'DROP FUNCTION dbl CASCADE')).resolves.toEqual([column('gen')]);
    await expect(
      lostBy(database, 'ALTER SCHEMA types RENAME TO u', 'ALTER TYPE u.kind RENAME TO k2', 'DROP TYPE u.k2 CASCADE'),
    ).resolves.toEqual([column('k')]);
    await expect(lostBy(database, 'DELETE FROM t WHERE true')).resolves.toEqual(['rows of table public.t (20 rows)']);
    await expect(lostBy(database, 'DROP EXTENSION hstore CASCADE; DELETE FROM t WHERE id = 1')).resolves.toEqual([
      column('h'),
    ]);
  });

  test('rows that row security hides from whoever plans, with what the server estimates', async () => {
    const database = await freshDatabase();
    const role = willDrop('ROLE', uniqueName('mig'));
    await rowsOf('postgres', `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await rowsOf('postgres', `ALTER DATABASE ${database} OWNER TO ${role}`);
    await rowsOf(
      database,
      `CREATE TABLE orders (id int, tenant text); INSERT INTO orders SELECT g, 'a' FROM generate_series(1, 50) g;
       ALTER TABLE orders OWNER TO ${role}; ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
       ALTER TABLE orders FORCE ROW LEVEL SECURITY;
       CREATE POLICY t ON orders USING (tenant = current_setting('app.tenant', true))`,
    );
    await rowsOf(database, 'ANALYZE orders');
    const files = filesOf(['DROP TABLE orders']);
    const plan = (connection = labConnection()) =>
      postgresMigrateEngine(connection).plan(specFor(database), contextOf({ files, ...how }));
    expect(destroyed(await plan())).toEqual(['table public.orders (50 rows)']);
    expect(destroyed(await plan(labAs({ user: role, password: 'x' })))).toEqual([
      'table public.orders (about 50 rows that nobody could count: row security or missing rights hide them)',
    ]);
  });

  test('rows that only the role of the step may see, of which the user inherits no rights', async () => {
    const database = await freshDatabase();
    const [owner, user] = [willDrop('ROLE', uniqueName('owner')), willDrop('ROLE', uniqueName('user'))];
    await rowsOf('postgres', `CREATE ROLE ${owner}; CREATE ROLE ${user} LOGIN NOINHERIT PASSWORD 'x' IN ROLE ${owner}`);
    await rowsOf(
      database,
      `CREATE SCHEMA apart AUTHORIZATION ${owner}; SET ROLE ${owner}; CREATE TABLE apart.t (id int, a varchar(9));
       INSERT INTO apart.t SELECT n, 'x' FROM generate_series(1, 3) n`,
    );
    const files = filesOf([
      'ALTER TABLE apart.t ALTER a TYPE text',
      'DELETE FROM apart.t WHERE id > 0',
      'DROP TABLE apart.t',
    ]);
    const plan = await postgresMigrateEngine(labAs({ user, password: 'x' })).plan(
      specFor(database, { role: owner }),
      contextOf({ files, ...how }),
    );
    expect(destroyed(plan)).toEqual(['rows of table apart.t (3 rows)', 'table apart.t (3 rows)']);
  });

  test('rows of partitions and of tables that refer to them, and those that a view shows', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);
       INSERT INTO p VALUES (1), (2);
       CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a ON DELETE CASCADE);
       CREATE TABLE c (a int REFERENCES a ON DELETE SET NULL);
       CREATE VIEW v AS SELECT * FROM a; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); INSERT INTO c VALUES (1)`,
    );
    await expect(lostBy(database, 'ALTER TABLE p DETACH PARTITION p1')).resolves.toEqual([
      'rows of public.p in table public.p1 (2 rows)',
    ]);
    await expect(lostBy(database, 'TRUNCATE p1')).resolves.toEqual(['rows of table public.p1 (2 rows)']);
    await expect(lostBy(database, 'DROP TABLE p')).resolves.toEqual(['table public.p (2 rows)']);
    await expect(lostBy(database, 'TRUNCATE a CASCADE')).resolves.toEqual([
      'rows of table public.a (1 row)',
      'rows of table public.b (1 row)',
      'rows of table public.c (1 row)',
    ]);
    for (const name of ['a', 'v'])
      await expect(lostBy(database, `DELETE FROM ${name}`)).resolves.toEqual(
        expect.arrayContaining([
          'rows of table public.a (1 row)',
          'rows of table public.b (1 row)',
          'values of column a of table public.c (1 row)',
        ]),
      );
  });

  test('everything that a role owns, however the role is spelled', async () => {
    const database = await freshDatabase();
    const role = willDrop('ROLE', uniqueName('owner'));
    await rowsOf('postgres', `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    await rowsOf(database, `CREATE TABLE t AS SELECT 1 AS a; ALTER TABLE t OWNER TO ${role}`);
    const lost = ['table public.t (1 row)'];
    await expect(lostBy(database, `DROP OWNED BY ${role}`)).resolves.toEqual(lost);
    await expect(lostBy(database, `SET ROLE ${role}; DROP OWNED BY CURRENT_USER`)).resolves.toEqual(lost);
    const plan = await postgresMigrateEngine(labAs({ user: role, password: 'x' })).plan(
      specFor(database),
      contextOf({ files: filesOf(['DROP OWNED BY SESSION_USER CASCADE']), ...how }),
    );
    expect(destroyed(plan)).toEqual(lost);
  });

  test('values that a cast or an expression does not keep, and none that it does', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE TABLE t (a numeric(10,2), b text, c timestamp, d int, e varchar(10));
       INSERT INTO t VALUES (1.5, '7', '2020-01-01 10:00', 1, 'abc'), (2, '007', '2020-01-01', 2, 'abcdef')`,
    );
    const values = (column: string, rows: string): readonly string[] => [
      `values of column ${column} of table public.t (${rows})`,
    ];
    await expect(lostBy(database, 'ALTER TABLE t ALTER a TYPE int')).resolves.toEqual(values('a', '1 row'));
    await expect(lostBy(database, 'ALTER TABLE t ALTER b TYPE int USING b::int')).resolves.toEqual(
      values('b', '1 row'),
    );
    await expect(lostBy(database, 'ALTER TABLE t ALTER c TYPE date')).resolves.toEqual(values('c', '1 row'));
    await expect(lostBy(database, 'ALTER TABLE t ALTER e TYPE varchar(3) USING left(e, 3)')).resolves.toEqual(
      values('e', '2 rows'),
    );
    await expect(lostBy(database, 'ALTER TABLE t ALTER d TYPE text USING NULL')).resolves.toEqual(
      values('d', '2 rows'),
    );
    await expect(lostBy(database, 'UPDATE t SET d = 0')).resolves.toEqual(values('d', '2 rows'));
    await expect(
      lostBy(database, 'ALTER TABLE t ALTER d TYPE bigint, ALTER e TYPE varchar(20), ALTER a TYPE numeric(12,2)'),
    ).resolves.toEqual([]);
  });

  test('values that a type which people made does not keep', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE DOMAIN whole AS int; CREATE DOMAIN short AS varchar(3); CREATE DOMAIN words AS text;
       CREATE TYPE size AS ENUM ('7', '8'); CREATE TABLE t (a numeric(10,2), b text, c short, d text);
       INSERT INTO t VALUES (1.5, 'long', 'abc', '7'), (2, 'abc', 'ab', '8')`,
    );
    const to = (column: string, type: string) =>
      lostBy(database, `ALTER TABLE t ALTER ${column} TYPE ${type} USING ${column}::${type}`);
    const lost = (column: string, rows: string) => [`values of column ${column} of table public.t (${rows})`];
    await expect(to('a', 'whole')).resolves.toEqual(lost('a', '1 row'));
    await expect(to('b', 'short')).resolves.toEqual(lost('b', '1 row'));
    await expect(to('c', 'varchar(2)')).resolves.toEqual(lost('c', '1 row'));
    await expect(to('c', 'words')).resolves.toEqual([]);
    await expect(to('d', 'size')).resolves.toEqual([]);
    await expect(
      lostBy(database, 'CREATE DOMAIN mine AS int; ALTER TABLE t ALTER a TYPE mine USING a::mine'),
    ).resolves.toEqual(lost('a', '2 rows'));
  });

  test('rows that a WHERE picks, by counting those that are there', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE TABLE t (id int PRIMARY KEY, a text, done bool); INSERT INTO t SELECT n, 'x', n > 5 FROM generate_series(1, 10) n;
       CREATE TABLE r (t int REFERENCES t ON DELETE CASCADE); INSERT INTO r VALUES (1);
       CREATE TABLE keep (id int); INSERT INTO keep VALUES (70); CREATE VIEW v AS SELECT * FROM keep;
       CREATE FUNCTION yes(i int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''ran''; END'`,
    );
    const all = ['rows of table public.r (1 row)', 'rows of table public.t (10 rows)'];
    for (const where of [
      'id >= 0',
      'id > 0 AND a IS NOT NULL',
      "a LIKE 'x%'",
      'NOT EXISTS (SELECT FROM keep k WHERE k.id = t.id)',
      'id NOT IN (SELECT id FROM keep WHERE id > 1)',
    ])
      await expect(lostBy(database, `DELETE FROM t WHERE ${where}`)).resolves.toEqual(expect.arrayContaining(all));
    await expect(lostBy(database, 'DELETE FROM t x USING r WHERE x.id + r.t > 1')).resolves.toEqual(
      expect.arrayContaining(all),
    );
    await expect(
      lostBy(database, 'WITH gone AS (DELETE FROM t WHERE id < 99 RETURNING id) SELECT count(*) FROM gone'),
    ).resolves.toEqual(expect.arrayContaining(all));
    await expect(lostBy(database, 'DELETE FROM t WHERE id <= 5', 'DELETE FROM t WHERE id > 5')).resolves.toContain(
      'rows of table public.t (10 rows)',
    );
    for (const where of ['id = 7', 'done', 'id IN (SELECT id FROM keep WHERE id > 0)', 'id > 5 -- those'])
      await expect(lostBy(database, `DELETE FROM t WHERE ${where}\n`)).resolves.toEqual([]);
    const nobody = (why: string): string =>
      `rows of table public.t (10 rows; how many of them, nobody could count: ${why})`;
    for (const [why, ...statements] of [
      ['its condition calls what may do more than look', 'DELETE FROM t WHERE id > 3 AND yes(id)'],
      ['its condition looks at a view', 'DELETE FROM t WHERE id NOT IN (SELECT id FROM v WHERE id > 3)'],
      ['its condition is about what the files make', 'ALTER TABLE t ADD c int DEFAULT 1; DELETE FROM t WHERE c = 1'],
      [
        'the files write to its tables before',
        'UPDATE t SET done = true WHERE id > 2',
        'DELETE FROM t WHERE done = true',
      ],
    ] as const)
      await expect(lostBy(database, ...statements)).resolves.toContain(nobody(why));
    await expect(lostBy(database, 'UPDATE t SET a = NULL WHERE id > 0')).resolves.toEqual([
      'values of column a of table public.t (10 rows)',
    ]);
    await expect(lostBy(database, "UPDATE t SET a = 'y' WHERE id > 3")).resolves.toEqual([]);
    const plan = await engine.plan(
      specFor(database),
      contextOf({ files: filesOf(['DELETE FROM t WHERE id < 4']), ...how }),
    );
    expect(plan.flatMap(({ detail = [] }) => detail)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/V1__x\.sql:1:1: DELETE takes 3 rows of public\.t, which holds 10 rows \[delete-rows;/),
        expect.stringMatching(/: rows of public\.r that refer to the 3 rows which DELETE takes go as well/),
      ]),
    );
    await expect(rowsOf(database, 'SELECT count(*)::int AS n FROM t')).resolves.toEqual([{ n: 10 }]);
  });

  test('rows that a MERGE picks, by counting those that are there', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT n, 'x' FROM generate_series(1, 10) n;
       CREATE TABLE r (t int REFERENCES t ON DELETE CASCADE); INSERT INTO r VALUES (1);
       CREATE TABLE s (id int, done bool); INSERT INTO s SELECT n, n > 5 FROM generate_series(1, 10) n;
       CREATE TABLE few (id int); INSERT INTO few VALUES (1), (2); CREATE VIEW v AS SELECT * FROM s`,
    );
    const merge = (whens: string, source = 's'): string =>
      `MERGE INTO t x USING ${source} ON x.id = s.id AND s.id > 0 ${whens}`;
    const all = ['rows of table public.r (1 row)', 'rows of table public.t (10 rows)'];
    // Counts are made on the target either way; a rehearsal need not show each.
    const some = <T>(cases: readonly T[]): readonly T[] => ('rehearses' in how ? cases.slice(-1) : cases);
    for (const sql of some([
      merge('WHEN MATCHED THEN DELETE'),
      merge(
        'WHEN MATCHED AND s.done THEN DELETE WHEN MATCHED AND CASE WHEN s.done THEN false ELSE true END THEN DELETE',
      ),
      // The WITH hides a table of that name, which would pick nothing.
      'WITH few AS (SELECT id FROM t) DELETE FROM t USING few f WHERE f.id = t.id AND t.id > 0',
      `WITH s AS (SELECT id FROM t) ${merge('WHEN MATCHED THEN DELETE')}`,
      merge(
        'WHEN MATCHED AND x.id > 99 THEN DO NOTHING WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (99)',
      ),
    ]))
      await expect(lostBy(database, sql)).resolves.toEqual(expect.arrayContaining(all));
    await expect(
      lostBy(database, merge('WHEN MATCHED AND s.done THEN DELETE'), 'DELETE FROM t WHERE id <= 5'),
    ).resolves.toContain('rows of table public.t (10 rows)');
    for (const sql of some([
      merge('WHEN MATCHED AND s.done THEN DELETE'),
      merge('WHEN MATCHED THEN DELETE', 'few JOIN s USING (id)'),
      merge(`WHEN MATCHED AND s.done THEN UPDATE SET a = 'y' WHEN NOT MATCHED THEN INSERT VALUES (99, 'z')`),
      merge('WHEN MATCHED THEN UPDATE SET a = x.a'),
      merge('WHEN MATCHED AND s.done THEN DO NOTHING WHEN MATCHED THEN DELETE'),
    ]))
      await expect(lostBy(database, sql)).resolves.toEqual([]);
    const values = ['values of column a of table public.t (10 rows)'];
    await expect(lostBy(database, merge(`WHEN MATCHED THEN UPDATE SET a = 'y'`))).resolves.toEqual(values);
    await expect(
      lostBy(database, merge(`WHEN MATCHED AND s.done THEN UPDATE SET a = 'y' WHEN MATCHED THEN UPDATE SET a = NULL`)),
    ).resolves.toEqual(values);
    const nobody = (why: string): string =>
      `rows of table public.t (10 rows; how many of them, nobody could count: ${why})`;
    for (const [sql, why] of some([
      [merge('WHEN MATCHED AND random() > s.id THEN DELETE'), 'its condition calls what may do more than look'],
      [merge('WHEN MATCHED THEN DELETE', 'v AS s'), 'its condition looks at a view'],
      [
        'WITH gone AS (DELETE FROM few WHERE id > 0 RETURNING id) DELETE FROM t USING gone WHERE gone.id = t.id AND t.id > 0',
        'its condition looks at what WITH names',
      ],
    ] as const))
      await expect(lostBy(database, sql)).resolves.toContain(nobody(why));
    const plan = await engine.plan(
      specFor(database),
      contextOf({ files: filesOf([merge('WHEN MATCHED AND s.done THEN DELETE')]), ...how }),
    );
    expect(plan.flatMap(({ detail = [] }) => detail)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/V1__x\.sql:1:1: MERGE takes 5 rows of public\.t, which holds 10 rows \[delete-rows;/),
        expect.stringMatching(/: rows of public\.r that refer to the 5 rows which MERGE takes go as well/),
      ]),
    );
  });

  test('no materialized view that the files make anew, and one that they do not', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a');
    const drop = 'DROP MATERIALIZED VIEW m';
    await expect(lostBy(database, drop)).resolves.toEqual(['materialized view public.m (1 row)']);
    await expect(lostBy(database, drop, 'CREATE MATERIALIZED VIEW m AS SELECT 2 AS a')).resolves.toEqual([]);
  });
});

describe('code that only shows what it does when it runs', () => {
  const plan = async (database: string, sql: string, how: object): Promise<readonly string[]> =>
    destroyed(await engine.plan(specFor(database), contextOf({ files: filesOf([sql]), ...how })));

  async function seeded(): Promise<string> {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b (a int REFERENCES a ON DELETE CASCADE);
       INSERT INTO b VALUES (1); CREATE FUNCTION empty() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM a; END'`,
    );
    return database;
  }

  test('is carried out on a copy, and named by what it takes away', async () => {
    const database = await seeded();
    const [rowsOfA, rowsOfB] = ['rows of table public.a (1 row)', 'rows of table public.b (1 row)'];
    const how = { rehearses: true };
    await expect(plan(database, `DO $$ BEGIN EXECUTE 'DROP ' || 'TABLE b'; END $$`, how)).resolves.toEqual([
      'table public.b (1 row)',
    ]);
    await expect(plan(database, 'DO $$ BEGIN DELETE FROM a; END $$', how)).resolves.toEqual([rowsOfA, rowsOfB]);
    await expect(plan(database, 'SELECT empty()', how)).resolves.toEqual([rowsOfA, rowsOfB]);
    await expect(plan(database, 'DO $$ BEGIN DELETE FROM a WHERE id = 7; END $$', how)).resolves.toEqual([]);
    await expect(
      plan(database, 'CREATE RULE r AS ON INSERT TO a DO ALSO DELETE FROM b; INSERT INTO a VALUES (2)', how),
    ).resolves.toEqual([rowsOfB]);
    await expect(rowsOf(database, 'SELECT count(*)::int AS n FROM a')).resolves.toEqual([{ n: 1 }]);
  });

  test.each([
    'DO $$ BEGIN IF EXISTS (SELECT FROM a) THEN TRUNCATE a CASCADE; END IF; END $$',
    'DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM a LOOP DELETE FROM a WHERE id = r.id; END LOOP; END $$',
    'DO $$ BEGIN PERFORM 1 / count(*) FROM a; DELETE FROM a; EXCEPTION WHEN OTHERS THEN NULL; END $$',
    `DO $$ BEGIN IF current_database() NOT LIKE 'windlass_rehearsal%' THEN TRUNCATE a CASCADE; END IF; END $$`,
    'DO $$ BEGIN ALTER TABLE a DISABLE TRIGGER ALL; DELETE FROM a; ALTER TABLE a ENABLE TRIGGER ALL; END $$',
    'DO $$ BEGIN UPDATE a SET id = id WHERE id > 0; IF FOUND THEN DELETE FROM b; END IF; END $$',
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM a) > 0 THEN TRUNCATE b; END IF; RETURN 1; END $$; SELECT f()',
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN TRUNCATE b; RETURN 1 / (SELECT count(*) FROM a); END $$; SELECT f()',
    'CREATE FUNCTION f(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM b; RETURN 1; END $$; SELECT f(id) FROM a',
  ])('opens a gate where it depends on rows, which a copy has not: %s', async (sql) => {
    const database = await seeded();
    await expect(plan(database, sql, { rehearses: true })).resolves.toContainEqual(
      expect.stringMatching(/^whatever code at/),
    );
  });

  test('of which a DELETE picks some rows, is named by a count on the target', async () => {
    const database = await seeded();
    const how = { rehearses: true };
    await expect(plan(database, 'DO $$ BEGIN DELETE FROM b WHERE a > 0; END $$', how)).resolves.toEqual([
      'rows of table public.b (1 row)',
    ]);
    await expect(plan(database, 'DO $$ BEGIN DELETE FROM b WHERE a > 1; END $$', how)).resolves.toEqual([]);
  });

  test('of transactions and savepoints of the file itself, loses nothing that is taken back', async () => {
    const database = await seeded();
    const how = { rehearses: true } as const;
    await expect(
      plan(database, 'SAVEPOINT s; DROP TABLE b; ROLLBACK TO s; ALTER TABLE b ADD c int; RELEASE s', how),
    ).resolves.toEqual([]);
    await expect(
      plan(database, 'SAVEPOINT s; ALTER TABLE b ADD c int; ROLLBACK TO SAVEPOINT s; DROP TABLE b', how),
    ).resolves.toEqual(['table public.b (1 row)']);
    const own = (body: string): string =>
      `-- windlass: no-transaction\nBEGIN; ${body}; COMMIT; ALTER TABLE a ADD d int`;
    const changes = async (sql: string): Promise<readonly Change[]> =>
      engine.plan(specFor(database), contextOf({ files: filesOf([sql]), ...how }));
    const back = await changes(own('SAVEPOINT s; DROP TABLE b; ROLLBACK TO s; SET LOCAL search_path = pg_catalog'));
    expect(destroyed(back)).toEqual([]);
    const kept = await changes(own('SET LOCAL search_path = pg_catalog, public; DROP TABLE b'));
    expect(destroyed(kept)).toEqual(['table public.b (1 row)']);
    for (const plan of [back, kept])
      expect(plan.flatMap(({ detail = [] }) => detail).filter((line) => line.includes('fails on a copy'))).toEqual([]);
  });

  test('is looked into no more after a statement that failed for want of anything but rows', async () => {
    const database = await seeded();
    const uncertain = async (sql: string): Promise<boolean> => {
      const files = filesOf([`${sql}; DO $$ BEGIN PERFORM 1; END $$; DROP TABLE b`]);
      const changes = await engine.plan(specFor(database), contextOf({ files, rehearses: true }));
      expect(destroyed(changes)).toEqual(['table public.b (1 row)']);
      return changes.some(({ detail = [] }) => detail.some((line) => line.includes('is not looked into')));
    };
    await expect(uncertain('SELECT FROM nothing_there')).resolves.toBe(true);
    await expect(uncertain('SELECT 1 / 0')).resolves.toBe(false);
  });

  test('is not carried out when it reaches outside: the plan says so, and opens a gate', async () => {
    const database = await seeded();
    const role = uniqueName('never');
    const sql = `CREATE ROLE ${role}; COPY a TO PROGRAM 'cat'; DO $$ BEGIN DROP TABLE b; ALTER SYSTEM SET work_mem = '1MB'; END $$`;
    const changes = await engine.plan(specFor(database), contextOf({ files: filesOf([sql]), rehearses: true }));
    expect(destroyed(changes)).toEqual([
      expect.stringMatching(/^whatever code at db\/V1__x\.sql:1:\d+ takes away .*2 tables hold rows/),
      expect.stringMatching(/^whatever COPY \.\.\. PROGRAM at db\/V1__x\.sql:1:\d+ does beyond the tables/),
    ]);
    expect(changes[0]?.detail?.filter((line) => line.includes('not carried out'))).toEqual([
      expect.stringContaining('roles belong to the server'),
      expect.stringContaining('COPY runs a program'),
      expect.stringContaining('its code may reach outside'),
    ]);
    await expect(rowsOf('postgres', 'SELECT FROM pg_roles WHERE rolname = $1', [role])).resolves.toEqual([]);
  });

  test('opens a gate where it reaches beyond the tables, be there rows or not', async () => {
    const database = await freshDatabase();
    for (const sql of ["COPY (SELECT 1) TO PROGRAM 'cat'", "DELETE FROM pg_class WHERE relname = 'none of this name'"])
      await expect(plan(database, sql, { rehearses: true })).resolves.toEqual([
        expect.stringMatching(/^whatever .* at db\/V1__x\.sql:1:1 does beyond the tables \(nobody can tell\)$/),
      ]);
  });

  test('opens a gate by its words alone where nothing is rehearsed', async () => {
    const database = await seeded();
    await expect(plan(database, 'DO $$ BEGIN DROP TABLE b; END $$', {})).resolves.toEqual([
      expect.stringMatching(/^whatever code at/),
    ]);
    await expect(plan(database, 'DO $$ BEGIN PERFORM 1; END $$', {})).resolves.toEqual([]);
    await rowsOf(
      database,
      `CREATE FUNCTION atomic() RETURNS void BEGIN ATOMIC DELETE FROM a; END;
       CREATE PROCEDURE through() LANGUAGE plpgsql AS 'BEGIN PERFORM empty(); END';
       CREATE FUNCTION fine(i int) RETURNS int LANGUAGE sql AS 'SELECT i'`,
    );
    for (const sql of [
      'SELECT empty()',
      'SELECT atomic()',
      'CALL through()',
      'INSERT INTO b SELECT 1 FROM empty()',
      'DO $$ BEGIN CALL through(); END $$',
      `DO $$ BEGIN EXECUTE 'TRUN' || 'CATE a'; END $$`,
      'DO $$ BEGIN UPDATE a SET id = 7; END $$',
      'CREATE FUNCTION mine() RETURNS void LANGUAGE sql AS $$ DELETE FROM b $$; SELECT mine()',
    ])
      await expect(plan(database, sql, {})).resolves.toEqual([expect.stringMatching(/^whatever code at/)]);
    for (const sql of [
      'SELECT fine(1)',
      `DO $$ BEGIN EXECUTE 'GRANT SELECT ON a TO PUBLIC'; END $$`,
      'DO $$ BEGIN UPDATE a SET id = 7 WHERE id = 8; END $$',
    ])
      await expect(plan(database, sql, {})).resolves.toEqual([]);
  });

  test.each([{}, { rehearses: true }] as const)(
    'runs by a trigger or a rule when a file writes: the gate opens (%j)',
    async (how) => {
      const database = await seeded();
      await rowsOf(
        database,
        `CREATE TABLE orders (id int, at date); INSERT INTO orders VALUES (1); CREATE TABLE audit (op text);
       CREATE FUNCTION purge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM b; RETURN NEW; END';
       CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN IF TG_OP = ''DELETE'' THEN INSERT INTO audit VALUES (TG_OP); END IF; RETURN NEW; END';
       CREATE TRIGGER purge AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION purge();
       CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION log();
       CREATE TABLE ruled (id int); CREATE RULE r AS ON INSERT TO ruled DO ALSO DELETE FROM b`,
      );
      const code = expect.stringMatching(/^whatever code at/);
      await expect(plan(database, 'UPDATE orders SET id = id + 1', how)).resolves.toEqual([code]);
      await expect(
        plan(database, 'ALTER TABLE orders RENAME TO sales; UPDATE sales SET id = id + 1', how),
      ).resolves.toEqual([code]);
      await expect(
        plan(
          database,
          'CREATE TRIGGER t AFTER DELETE ON audit FOR EACH ROW EXECUTE FUNCTION purge(); DELETE FROM audit',
          how,
        ),
      ).resolves.toEqual([code]);
      await expect(plan(database, 'INSERT INTO ruled VALUES (1)', how)).resolves.toHaveLength(1);
      await expect(plan(database, 'INSERT INTO orders VALUES (2); UPDATE audit SET op = op', how)).resolves.toEqual([]);
      await expect(plan(database, 'ALTER TABLE orders DISABLE TRIGGER purge; SELECT 1', how)).resolves.toEqual([]);
    },
  );

  test.each([{}, { rehearses: true }] as const)(
    'runs by a trigger or a rule of what a foreign key, an inheritance or a view takes along: the gate opens (%j)',
    async (how) => {
      const database = await freshDatabase();
      await rowsOf(
        database,
        `CREATE TABLE kept (id int); INSERT INTO kept VALUES (1);
         CREATE FUNCTION purge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM kept; RETURN NEW; END';
         CREATE TABLE a (id int PRIMARY KEY, key int UNIQUE, note text); INSERT INTO a VALUES (1, 1);
         CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE, key int REFERENCES a (key) ON UPDATE CASCADE);
         CREATE TABLE c (b int REFERENCES b ON DELETE SET NULL);
         CREATE TRIGGER purge AFTER UPDATE OR TRUNCATE ON c FOR EACH STATEMENT EXECUTE FUNCTION purge();
         CREATE TRIGGER purge AFTER UPDATE ON b FOR EACH ROW EXECUTE FUNCTION purge();
         CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
         CREATE TRIGGER purge AFTER UPDATE ON child FOR EACH ROW EXECUTE FUNCTION purge();
         CREATE TABLE shown (id int); CREATE VIEW v AS SELECT id FROM shown;
         CREATE TRIGGER purge AFTER INSERT ON shown FOR EACH ROW EXECUTE FUNCTION purge();
         CREATE TABLE plain (id int PRIMARY KEY); CREATE TABLE refers (id int REFERENCES plain ON DELETE CASCADE)`,
      );
      const merge = 'MERGE INTO a USING kept k ON a.id = k.id AND k.id = 7 WHEN';
      // What c has is changed by b going with a.
      const cases = [
        ['DELETE FROM a WHERE id = 7', 'public.c'],
        ['TRUNCATE a CASCADE', 'public.c'],
        ['UPDATE a SET key = 2 WHERE id = 7', 'public.b'],
        [`UPDATE a SET note = 'x' WHERE id = 7`, null],
        ['INSERT INTO a VALUES (2, 2)', null],
        ['UPDATE parent SET id = id + 1', 'public.child'],
        ['INSERT INTO v VALUES (2)', 'public.shown'],
        ['DELETE FROM plain WHERE id = 7', null],
        ['CREATE TRIGGER t AFTER DELETE ON refers FOR EACH STATEMENT EXECUTE FUNCTION purge()', null],
        ['DELETE FROM plain WHERE id = 8', 'refers'],
        [`${merge} MATCHED THEN DELETE`, 'public.c'],
        [`${merge} MATCHED THEN UPDATE SET key = 3`, 'public.b'],
        [`${merge} NOT MATCHED THEN INSERT VALUES (7, 7)`, null],
        ['ALTER TABLE a RENAME key TO k', null],
        ['UPDATE a SET k = 2 WHERE id = 7', 'public.b'],
      ] as const;
      const plan = await engine.plan(
        specFor(database),
        contextOf({ files: filesOf(cases.map(([sql]) => sql)), ...how }),
      );
      const gates = plan
        .filter(({ what }) => what.startsWith('whatever code at'))
        .flatMap(({ detail = [] }) => detail.map((line) => /V\d+|rule of \S+/g[Symbol.match](line)?.join(' ') ?? line));
      expect(gates).toEqual(
        cases.flatMap(([, table], index) => (table === null ? [] : [`V${index + 1} rule of ${table}`])),
      );
    },
  );

  test('is carried out by the role of the step, of which the user inherits no rights', async () => {
    const database = await freshDatabase();
    const [owner = '', user = '', other = ''] = ['Owner', 'user', 'other'].map((name) => uniqueName(name));
    for (const name of [`"${owner}"`, user, other]) willDrop('ROLE', name);
    await rowsOf(
      'postgres',
      `CREATE ROLE "${owner}"; CREATE ROLE ${user} LOGIN NOINHERIT CREATEDB PASSWORD 'x' IN ROLE "${owner}"; CREATE ROLE ${other}`,
    );
    await rowsOf(
      database,
      `CREATE SCHEMA apart AUTHORIZATION "${owner}"; GRANT CREATE ON SCHEMA public TO "${owner}"; SET ROLE "${owner}";
       CREATE TABLE apart.t (id int PRIMARY KEY); CREATE TABLE public.u (t int REFERENCES apart.t ON DELETE CASCADE);
       INSERT INTO apart.t VALUES (1); INSERT INTO u VALUES (1); REVOKE ALL ON SCHEMA apart FROM PUBLIC`,
    );
    const of = async (): Promise<readonly Change[]> =>
      postgresMigrateEngine(labAs({ user, password: 'x' })).plan(
        specFor(database, { role: owner }),
        contextOf({ files: filesOf([`DO $$ BEGIN EXECUTE 'DELETE ' || 'FROM apart.t'; END $$`]), rehearses: true }),
      );
    const plan = await of();
    expect(destroyed(plan)).toEqual(['rows of table apart.t (1 row)', 'rows of table public.u (1 row)']);
    expect(plan.flatMap(({ detail = [] }) => detail).filter((line) => /rehearsed|fails on/.test(line))).toEqual([]);
    // What neither may read nobody can copy.
    await rowsOf(database, `CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO ${other}`);
    expect((await of())[0]?.detail).toContainEqual(
      expect.stringMatching(/^not rehearsed .* pg_dump: .*permission denied for table theirs/),
    );
  });

  test('leaves no database behind, and says why where none can be made', async () => {
    const database = await seeded();
    const role = willDrop('ROLE', uniqueName('plain'));
    await rowsOf('postgres', `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    const files = filesOf(['DROP TABLE b']);
    const changes = await postgresMigrateEngine(labAs({ user: role, password: 'x' })).plan(
      specFor(database),
      contextOf({ files, rehearses: true }),
    );
    expect(destroyed(changes)).toEqual([
      expect.stringMatching(/^table public\.b \(rows? that nobody could count|^table public\.b/),
    ]);
    expect(changes[0]?.detail).toContainEqual(expect.stringMatching(/^not rehearsed .* may not create a database/));
    await plan(database, 'DROP TABLE b', { rehearses: true });
    await expect(
      rowsOf(
        'postgres',
        `SELECT FROM pg_database d WHERE datname LIKE 'windlass\\_rehearsal\\_%'
      AND shobj_description(d.oid, 'pg_database') LIKE '%' || $1`,
        [database],
      ),
    ).resolves.toEqual([]);
  });
});

describe('what a rehearsal never reaches', () => {
  test.each([
    ['a view', 'SELECT * FROM v'],
    ['a table made of a view', 'CREATE TABLE copied AS SELECT * FROM v'],
    ['a trigger whose function calls another', 'DELETE FROM t WHERE id = 7'],
    ['a default', 'INSERT INTO d (id) VALUES (1)'],
    ['a domain', 'SELECT 1::checked'],
    ['an event trigger', 'CREATE TABLE made (id int)'],
    ['code of a file', `DO $$ BEGIN PERFORM FROM v; END $$`],
  ])('the server, through %s', async (_, sql) => {
    const database = await freshDatabase();
    const role = willDrop('ROLE', uniqueName('witness'));
    await rowsOf('postgres', `CREATE ROLE ${role}`);
    await rowsOf(
      database,
      `CREATE FUNCTION mark() RETURNS int LANGUAGE plpgsql AS 'BEGIN COMMENT ON ROLE ${role} IS ''reached''; RETURN 1; END';
       CREATE FUNCTION marks() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM mark(); RETURN NULL; END';
       CREATE FUNCTION hidden() RETURNS event_trigger LANGUAGE plpgsql AS
         'BEGIN EXECUTE ''COM'' || ''MENT ON ROLE ${role} IS ''''reached''''''; END';
       CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT mark();
       CREATE TRIGGER marks AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION marks();
       CREATE DOMAIN checked AS int CHECK (mark() = VALUE); CREATE TABLE d (id int, m int DEFAULT mark());
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION hidden();`,
    );
    await rowsOf('postgres', `COMMENT ON ROLE ${role} IS 'untouched'`);
    // The second file is there for whatever follows.
    await engine.plan(
      specFor(database),
      contextOf({ files: filesOf([sql, 'ALTER TABLE t ADD c int']), rehearses: true }),
    );
    await expect(
      rowsOf('postgres', `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`, [
        role,
      ]),
    ).resolves.toEqual([{ comment: 'untouched' }]);
  });

  test('other servers: a copy has no user mapping, and its event triggers are disabled', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE EXTENSION postgres_fdw; CREATE SERVER "Far away" FOREIGN DATA WRAPPER postgres_fdw;
       CREATE USER MAPPING FOR PUBLIC SERVER "Far away" OPTIONS (user 'u', password 'a; b''
c'); CREATE USER MAPPING FOR CURRENT_USER SERVER "Far away";
       CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e();`,
    );
    const seen = await copied(database, (copy) =>
      rowsOf(
        copy,
        `SELECT (SELECT count(*)::int FROM pg_user_mappings) AS mappings, (SELECT count(*)::int FROM pg_foreign_server) AS servers,
                (SELECT string_agg(evtenabled::text, '') FROM pg_event_trigger) AS events`,
      ),
    );
    expect(seen).toEqual([{ mappings: 0, servers: 1, events: 'D' }]);
  });
});

describe('a copy of the catalog', () => {
  test('has the settings of its database, and of the user in it', async () => {
    const database = await freshDatabase();
    await rowsOf(
      database,
      `CREATE SCHEMA "App s"; ALTER DATABASE ${database} SET search_path = "App s", public;
       ALTER DATABASE ${database} SET app.tenant = 'it''s'; ALTER ROLE CURRENT_USER IN DATABASE ${database} SET work_mem = '7MB'`,
    );
    const asked = `SELECT current_setting('search_path') AS path, current_setting('app.tenant') AS tenant, current_setting('work_mem') AS mem`;
    await expect(copied(database, (copy) => rowsOf(copy, asked))).resolves.toEqual([
      { path: '"App s", public', tenant: "it's", mem: '7MB' },
    ]);
  });

  test('is called as its original in what a plan says', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE t AS SELECT 1 AS a');
    const files = filesOf([`DO $$ BEGIN RAISE EXCEPTION 'in %', current_database(); END $$`]);
    const plan = await engine.plan(specFor(database), contextOf({ files, rehearses: true }));
    const said = JSON.stringify(plan);
    expect(said).toContain('fails on a copy of the catalog');
    expect(said).not.toContain('windlass_rehearsal_');
  });
});

/** What is seen in a copy of the catalog of a database. */
function copied<T>(database: string, look: (copy: string) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(240_000);
  const original = {
    connection: labConnection(),
    database,
    application: 'test',
    settings: dumpSettings(process.env),
    words: null,
    role: null,
    signal,
  };
  return withSession(labConnection(), { database, application: 'test', signal }, (target) =>
    onCopy(original, target, look),
  );
}

describe.each(WAYS)('what a plan warns of, $way', ({ how }) => {
  async function warned(database: string, ...statements: readonly string[]): Promise<readonly string[]> {
    const plan = await engine.plan(specFor(database), contextOf({ files: filesOf(statements), ...how }));
    return plan.flatMap(({ detail = [] }) =>
      detail.flatMap(
        (line) =>
          /\[([a-z-]+); lock: .+; waits: .+; safer: .+\]$/.exec(line)?.[1] ?? (/silenced/.test(line) ? line : []),
      ),
    );
  }

  const SEED = `
    CREATE DOMAIN pos AS int CHECK (VALUE > 0); CREATE DOMAIN plain AS int;
    CREATE FUNCTION dice() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 4; END';
    CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1);
    CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9);
    INSERT INTO p VALUES (1); CREATE TABLE p2 (id int); INSERT INTO p2 VALUES (10);
    CREATE TABLE t (id int PRIMARY KEY, v varchar(10), n numeric(10,2), d plain, u int);
    CREATE TABLE r (t int REFERENCES t); INSERT INTO t VALUES (1, 'a', 1, 1, 1); INSERT INTO r VALUES (1)`;

  let seeded: Promise<string> | undefined;
  test.each<[string, readonly string[]]>([
    ['ALTER TABLE t ADD c int DEFAULT dice()', ['add-column-rewrite']],
    ['ALTER TABLE t ADD c int DEFAULT (1 + abs(dice()))', ['add-column-rewrite']],
    ['ALTER TABLE t ADD c text DEFAULT coalesce(gen_random_uuid()::text, $$x$$)', ['add-column-rewrite']],
    ['ALTER TABLE t ADD c pos DEFAULT 1', ['add-column-rewrite']],
    ['ALTER TABLE t ADD c timestamptz DEFAULT now(), ADD e int DEFAULT 1 + 1, ADD f plain', []],
    ['ALTER TABLE t ADD c int UNIQUE', ['constraint-index']],
    ['ALTER TABLE t ADD c int CHECK (c > 0)', ['check-scan']],
    ['ALTER TABLE t ADD c int REFERENCES u', ['foreign-key-lock']],
    [
      'ALTER TABLE t ADD CONSTRAINT x CHECK (id > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT x',
      ['validate-in-same-file'],
    ],
    ['ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (9) TO (20)', ['attach-scan']],
    ['ALTER TABLE p DETACH PARTITION p1', ['detach-lock']],
    ['ALTER DOMAIN plain ADD CHECK (VALUE > 0)', ['domain-scan']],
    ['ALTER DOMAIN plain ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID', []],
    ['-- windlass: no-transaction\nVACUUM FULL', ['vacuum-full']],
    ['-- windlass: no-transaction\nREINDEX SCHEMA public', ['index-rebuild']],
    ['ALTER TABLE t RENAME TO t2', ['rename']],
    ['ALTER TABLE t RENAME COLUMN v TO w', ['rename']],
    ['ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE', ['constraint-cascade']],
    ['ALTER TABLE t ALTER v TYPE varchar(20)', []],
    ['ALTER TABLE t ALTER v TYPE text', []],
    ['ALTER TABLE t ALTER n TYPE numeric(12,2)', []],
    ['ALTER TABLE t ALTER v TYPE varchar(5)', ['table-rewrite']],
    ['ALTER TABLE t ALTER n TYPE numeric(12,3)', ['table-rewrite']],
    [
      '-- windlass: silence index-build\nCREATE INDEX ON t (v);\nCREATE INDEX ON t (u)',
      ['index-build', '1 warning silenced: index-build'],
    ],
  ])('%s', async (sql, expected) => {
    // Plans touch nothing, so one database does for all.
    seeded ??= freshDatabase().then(async (name) => rowsOf(name, SEED).then(() => name));
    const database = await seeded;
    await expect(warned(database, sql)).resolves.toEqual(expected);
  });

  test('a code that no warning has is refused where it stands', async () => {
    const database = await freshDatabase();
    await expect(warned(database, 'SELECT 1;\n-- windlass: silence nonsense\nSELECT 2')).rejects.toMatchObject({
      type: 'InvalidRollout',
      message: expect.stringContaining('db/V1__x.sql:2:1: there is no warning nonsense'),
    });
  });
});
