import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresProvision, type PostgresProvisionSpec } from '../../src/domain/kinds/postgres-provision.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { quieten, quietOptions } from '../../src/postgres/dump/quiet.ts';
import { postgresProvisionEngine } from '../../src/postgres/provision/provision-engine.ts';
import { withSession } from '../../src/postgres/session.ts';
import { contextOf } from '../postgres/support/context.ts';
import { rowsOf } from '../postgres/support/lab.ts';
import { ownServer, type OwnServer } from '../postgres/support/own-server.ts';

const PASSWORD = 'never-to-be-seen-anywhere';
const context = contextOf({ secrets: { APP_PASSWORD: PASSWORD } });

/** Every sort of thing that a step may declare and that all versions know. */
const PROVISION = postgresProvision.parse({
  roles: [
    { name: 'app', password: { fromEnv: 'APP_PASSWORD' }, connectionLimit: 7, memberOf: ['readers'] },
    { name: 'owner', createDatabases: true, settings: { search_path: 'app, public' } },
    { name: 'readers', login: false, inherit: false },
  ],
  databases: [{ name: 'shop', owner: 'owner', locale: 'C', extensions: ['plpgsql'], settings: { work_mem: '8MB' } }],
  grants: [
    {
      role: 'app',
      database: 'shop',
      privileges: ['CONNECT', 'TEMPORARY'],
      schema: 'app',
      schemaPrivileges: ['USAGE'],
      tablePrivileges: ['SELECT', 'INSERT'],
      sequencePrivileges: ['USAGE'],
      functionPrivileges: ['EXECUTE'],
      exclusive: true,
    },
  ],
}) as PostgresProvisionSpec;

const FILES = {
  'db/V1__t.sql':
    'CREATE TABLE app.t (id serial PRIMARY KEY, name text NOT NULL);\nCOPY app.t (name) FROM stdin;\none\ntwo\n\\.\n',
  'db/V2__index.sql':
    '-- windlass: no-transaction\nCREATE INDEX CONCURRENTLY t_name ON app.t (name);\nREINDEX TABLE CONCURRENTLY app.t;',
  'db/R__f.sql': `CREATE OR REPLACE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
  'db/U2__index.sql': 'DROP INDEX app.t_name;',
};
const migrate = (more: object = {}): PostgresMigrateSpec =>
  postgresMigrate.parse({
    database: 'shop',
    role: 'owner',
    source: { directory: 'db' },
    expect: { tables: [{ like: 't', count: 1 }], functions: ['app.f'], unchangedCatalog: true },
    ...more,
  });
const files = contextOf({ files: FILES });

/** The newest of each major version in the npm package of the embedded server. */
const VERSIONS = [
  '13.23.0-beta.16',
  '14.23.0-beta.17',
  '15.18.0-beta.17',
  '16.14.0-beta.17',
  '17.10.0-beta.17',
  '18.4.0-beta.17',
];

describe.each(VERSIONS)('PostgreSQL %s', (version) => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await ownServer({ version, settings: ['log_statement=all', 'log_min_duration_statement=0'] });
  });
  afterAll(() => server.close());

  const rows = (sql: string): Promise<unknown[]> => rowsOf('shop', sql, [], server.connection);
  const actions = async (plan: Promise<readonly { readonly action: string }[]>): Promise<Set<string>> =>
    new Set((await plan).map(({ action }) => action));

  test('is the version that is meant', async () => {
    const [row] = await rowsOf<{ server_version: string }>('postgres', 'SHOW server_version', [], server.connection);
    expect(row?.server_version.split('.')[0]).toBe(version.split('.')[0]);
  });

  test('is provisioned by two workers at once, and afterwards there is nothing to do', async () => {
    const engine = postgresProvisionEngine(server.connection);
    await Promise.all([engine.apply(PROVISION, context), engine.apply(PROVISION, context)]);
    await expect(actions(engine.plan(PROVISION, context))).resolves.toEqual(new Set(['unchanged']));
    expect((await engine.verify(PROVISION, context)).every(({ holds }) => holds)).toBe(true);
  });

  test('is migrated, verified, found unchanged, and taken back a version', async () => {
    const engine = postgresMigrateEngine(server.connection);
    await engine.apply(migrate(), files);
    expect((await engine.verify(migrate(), files)).filter(({ holds }) => !holds)).toEqual([]);
    await expect(actions(engine.plan(migrate(), files))).resolves.toEqual(new Set(['unchanged']));
    await expect(rows(`SELECT has_table_privilege('app', 'app.t', 'INSERT') AS t`)).resolves.toEqual([{ t: true }]);
    await engine.apply(migrate({ to: '1' }), files);
    await expect(rows(`SELECT to_regclass('app.t_name') AS i`)).resolves.toEqual([{ i: null }]);
    await expect(rows('SELECT name FROM app.t ORDER BY id')).resolves.toEqual([{ name: 'one' }, { name: 'two' }]);
  });

  test('lets a drill work unseen by event triggers', async () => {
    const most = Number(version.split('.')[0]) >= 17;
    await rows(`
      CREATE TABLE heard (tag text);
      CREATE FUNCTION hear() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.heard VALUES (tg_tag); END $$;
      CREATE EVENT TRIGGER plain ON ddl_command_end EXECUTE FUNCTION hear();
      ${most ? 'CREATE EVENT TRIGGER login ON login EXECUTE FUNCTION hear();' : ''}
      ${most ? 'ALTER EVENT TRIGGER login ENABLE ALWAYS; ALTER EVENT TRIGGER plain ENABLE ALWAYS;' : ''}`);
    const { signal } = new AbortController();
    const options = { database: 'postgres', application: 'test', signal };
    const quiet = await withSession(server.connection, options, quieten);
    expect(quiet).toEqual(['session_replication_role=replica', ...(most ? ['event_triggers=off'] : [])]);
    const begins = { ...options, database: 'shop', options: quietOptions(quiet) };
    await withSession(server.connection, begins, async (session) => {
      await session.script('CREATE TABLE unseen ()');
      await expect(session.query('TABLE heard')).resolves.toEqual([]);
    });
    await rows('DROP EVENT TRIGGER plain');
    if (most) await rows('DROP EVENT TRIGGER login');
  });

  test('has logged every statement, and no password among them', async () => {
    expect(server.log()).toMatch(/CREATE ROLE "app".* PASSWORD 'SCRAM-SHA-256\$/);
    expect(server.log()).not.toContain(PASSWORD);
    const [row] = await rowsOf(
      'postgres',
      'SELECT rolpassword FROM pg_authid WHERE rolname = $1',
      ['app'],
      server.connection,
    );
    expect(row).toMatchObject({ rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$/) });
  });
});

describe('a server that is too old', () => {
  test('is refused by its version before anything is touched', async () => {
    const server = await ownServer({ version: '12.22.0-beta.15' });
    try {
      await expect(postgresProvisionEngine(server.connection).apply(PROVISION, context)).rejects.toMatchObject({
        type: 'ExpectationFailed',
        message: expect.stringMatching(
          /^PostgreSQL at 127\.0\.0\.1:\d+ is of version 12, and 13 or newer is needed\.$/,
        ),
      });
      await expect(
        rowsOf('postgres', `SELECT FROM pg_roles WHERE rolname = 'app'`, [], server.connection),
      ).resolves.toEqual([]);
    } finally {
      await server.close();
    }
  });
});
