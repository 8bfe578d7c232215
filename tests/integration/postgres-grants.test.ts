import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresProvision, type PostgresProvisionSpec } from '../../src/domain/kinds/postgres-provision.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { postgresProvisionEngine } from '../../src/postgres/provision/provision-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { rowsOf } from '../postgres/support/lab.ts';
import { ownServer, type OwnServer } from '../postgres/support/own-server.ts';

const context = contextOf({});
let server: OwnServer;
beforeAll(async () => {
  server = await ownServer();
});
afterAll(() => server.close());

const sql = (text: string, database = 'postgres', values: readonly unknown[] = []) =>
  rowsOf(database, text, values, server.connection);
const engine = () => postgresProvisionEngine(server.connection);
const spec = (declared: object): PostgresProvisionSpec => postgresProvision.parse(declared) as PostgresProvisionSpec;
const open = async (declared: PostgresProvisionSpec) =>
  (await engine().plan(declared, context)).filter(({ action }) => action !== 'unchanged');

describe('an exclusive grant', () => {
  test('sees and revokes what was granted on columns, by others, to be granted on, and on what anybody makes later', async () => {
    await sql('CREATE ROLE ex_owner; CREATE ROLE ro; CREATE ROLE dev; CREATE ROLE friend');
    await sql('CREATE DATABASE ex OWNER ex_owner');
    await sql(
      `GRANT ALL ON SCHEMA public TO ex_owner, dev;
       SET ROLE ex_owner; CREATE TABLE accounts (id int, balance numeric); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
       GRANT UPDATE (balance) ON accounts TO ro; GRANT INSERT ON accounts TO dev WITH GRANT OPTION;
       GRANT SELECT ON accounts TO ro WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ro;
       SET ROLE dev; GRANT INSERT ON accounts TO ro; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE ON TABLES TO ro;
       SET ROLE ro; GRANT SELECT ON accounts TO friend; RESET ROLE`,
      'ex',
    );
    const declared = spec({
      grants: [
        {
          role: 'ro',
          database: 'ex',
          schema: 'public',
          schemaPrivileges: ['USAGE'],
          tablePrivileges: ['SELECT'],
          exclusive: true,
        },
      ],
    });
    const planned = (await open(declared)).find(({ what }) => what === 'grant to ro on tables of ex.public');
    const lines = planned?.detail?.join('\n') ?? '';
    for (const named of [
      'UPDATE of column balance of public.accounts',
      'INSERT, granted by dev',
      'the right to grant SELECT on, and what ro granted on of it',
      /DELETE.* on tables that ex_owner makes in any schema later/,
      'DELETE on tables that dev makes there later',
    ])
      expect(lines).toMatch(named);
    expect((await engine().verify(declared, context)).every(({ holds }) => holds)).toBe(false);
    await engine().apply(declared, context);
    await expect(open(declared)).resolves.toEqual([]);

    await sql(
      `SET ROLE ex_owner; CREATE TABLE later (id int); SET ROLE dev; CREATE TABLE of_dev (id int); RESET ROLE`,
      'ex',
    );
    const [may] = await sql(
      `SELECT has_any_column_privilege('ro', 'accounts', 'UPDATE') AS update, has_table_privilege('ro', 'accounts', 'INSERT') AS insert,
              has_table_privilege('ro', 'accounts', 'SELECT') AS select, has_table_privilege('friend', 'accounts', 'SELECT') AS friend,
              has_table_privilege('ro', 'later', 'DELETE, INSERT, UPDATE') AS later, has_table_privilege('ro', 'later', 'SELECT') AS see,
              has_table_privilege('ro', 'of_dev', 'DELETE') AS "ofDev"`,
      'ex',
    );
    expect(may).toEqual({
      update: false,
      insert: false,
      select: true,
      friend: false,
      later: false,
      see: true,
      ofDev: false,
    });
  });

  test('of everybody takes back what PostgreSQL gives everybody', async () => {
    await sql('CREATE DATABASE shut');
    const declared = spec({
      grants: [{ role: 'PUBLIC', database: 'shut', schema: 'public', exclusive: true }],
    });
    const planned = await open(declared);
    expect(planned.find(({ what }) => what === 'grant to PUBLIC on database shut')?.detail).toContain(
      'revoked, since the grant is exclusive: TEMPORARY, CONNECT',
    );
    await engine().apply(declared, context);
    await expect(open(declared)).resolves.toEqual([]);
    await sql('CREATE ROLE anybody; CREATE ROLE maker');
    await sql('CREATE FUNCTION later() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'shut');
    await expect(
      sql(
        `SELECT has_database_privilege('anybody', 'shut', 'CONNECT') AS connect, has_function_privilege('anybody', 'later()', 'EXECUTE') AS run`,
        'shut',
      ),
    ).resolves.toEqual([{ connect: false, run: false }]);
  });

  test('leaves alone what the role owns', async () => {
    await sql('CREATE ROLE holder');
    await sql('CREATE DATABASE held');
    await sql('GRANT CREATE ON SCHEMA public TO holder; SET ROLE holder; CREATE TABLE own (id int)', 'held');
    const declared = spec({
      grants: [{ role: 'holder', database: 'held', schema: 'public', schemaPrivileges: ['CREATE'], exclusive: true }],
    });
    await engine().apply(declared, context);
    await expect(open(declared)).resolves.toEqual([]);
    await expect(sql(`SELECT has_table_privilege('holder', 'own', 'DELETE') AS may`, 'held')).resolves.toEqual([
      { may: true },
    ]);
  });
});

describe('settings', () => {
  test('are found as the server spells their names, and may be written in any case', async () => {
    const declared = spec({
      roles: [
        {
          name: 'tz_role',
          settings: {
            timezone: 'Europe/Zurich',
            datestyle: 'ISO, DMY',
            SEARCH_PATH: '"$user", public',
            log_statement: 'ALL',
            'app.tenant': 'acme',
          },
        },
      ],
      databases: [{ name: 'tz_db', owner: 'tz_role', settings: { TimeZone: 'UTC', intervalstyle: 'iso_8601' } }],
    });
    await engine().apply(declared, context);
    await expect(open(declared)).resolves.toEqual([]);
    await sql(`ALTER DATABASE tz_db SET timezone TO 'Asia/Tokyo'`);
    expect((await open(declared))[0]?.detail).toContain('TimeZone: Asia/Tokyo -> UTC');
    expect(() => spec({ roles: [{ name: 'x', settings: { TimeZone: 'UTC', timezone: 'UTC' } }] })).toThrow(
      /one setting twice/,
    );
  });
});

describe('names that PostgreSQL allows', () => {
  test.each([
    'order-service',
    'Shop.2026/b?c#d&e=f+g@h;i,j:k$l%20',
    `it's "quoted" \\ and spaced`,
    'ü'.repeat(31) + 'x',
  ])('name databases, roles and schemas, and are provisioned and migrated: %s', async (name) => {
    const declared = spec({
      roles: [
        { name, settings: { work_mem: '8MB' } },
        { name: `r${name.slice(1)}`, memberOf: [name], login: false },
      ],
      databases: [{ name, owner: name, extensions: ['plpgsql'], settings: { lock_timeout: '7s' } }],
      grants: [
        {
          role: `r${name.slice(1)}`,
          database: name,
          privileges: ['CONNECT'],
          schema: name,
          schemaPrivileges: ['USAGE'],
          tablePrivileges: ['SELECT'],
          functionPrivileges: ['EXECUTE'],
          exclusive: true,
        },
      ],
    });
    await engine().apply(declared, context);
    await expect(open(declared)).resolves.toEqual([]);
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const files = contextOf({ files: { 'db/V1__t.sql': `CREATE TABLE ${quoted}.${quoted} (${quoted} int);` } });
    const migration = postgresMigrate.parse({ database: name, role: name, source: { directory: 'db' } });
    const migrate = postgresMigrateEngine(server.connection);
    await migrate.apply(migration, files);
    expect((await migrate.verify(migration, files)).every(({ holds }) => holds)).toBe(true);
    await expect(open(declared)).resolves.toEqual([]);
    await expect(
      sql('SELECT tableowner, tablename FROM pg_tables WHERE schemaname = $1', name, [name]),
    ).resolves.toEqual([{ tableowner: name, tablename: name }]);
    await engine().apply(spec({ absentDatabases: [name] }), context);
  });

  test('are refused above 63 bytes, of which PostgreSQL would cut the rest off', () => {
    expect(() => spec({ absentDatabases: ['ü'.repeat(32)] })).toThrow(/at most 63 bytes/);
    expect(() => spec({ absentDatabases: [''] })).toThrow();
  });
});

describe('memberships', () => {
  test('in a cycle are refused before anybody is asked', () => {
    const roles = [
      { name: 'a', memberOf: ['b'] },
      { name: 'b', memberOf: ['c'] },
      { name: 'c', memberOf: ['a'] },
    ];
    expect(() => spec({ roles })).toThrow(/cycle of memberships, and has a -> b -> c -> a/);
    expect(() => spec({ roles: [{ name: 'a', memberOf: ['a'] }] })).toThrow(/a -> a/);
    expect(() => spec({ roles: roles.slice(0, 2) })).not.toThrow();
  });
});
