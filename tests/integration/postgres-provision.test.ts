import { afterAll, describe, expect, test } from '@jest/globals';
import type { Change } from '../../src/domain/change.ts';
import { postgresProvision } from '../../src/domain/kinds/postgres-provision.ts';
import type { PostgresProvisionSpec } from '../../src/domain/kinds/postgres-provision.ts';
import { postgresProvisionEngine } from '../../src/postgres/provision/provision-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import {
  connect,
  dropAll,
  freshDatabase,
  labAs,
  labConnection,
  rowsOf,
  uniqueName,
  willDrop,
} from '../postgres/support/lab.ts';
import { wire } from '../postgres/support/wire.ts';
import { told } from '../support/told.ts';

const engine = postgresProvisionEngine(labConnection());
const PASSWORD = 'a pässword, "quoted"';
const context = contextOf({ secrets: { APP_PASSWORD: PASSWORD } });

interface Declared {
  readonly spec: PostgresProvisionSpec;
  readonly app: string;
  readonly owner: string;
  readonly readers: string;
  readonly database: string;
}

/** An owner, an application with a password that belongs to a group, a database, and grants of every sort. */
function declared(): Declared {
  const app = willDrop('ROLE', uniqueName('app'));
  const owner = willDrop('ROLE', uniqueName('owner'));
  const readers = willDrop('ROLE', uniqueName('readers'));
  const database = willDrop('DATABASE', uniqueName('provisioned'));
  const spec = postgresProvision.parse({
    roles: [
      { name: app, password: { fromEnv: 'APP_PASSWORD' }, connectionLimit: 7, memberOf: [readers] },
      { name: owner },
      { name: readers, login: false },
    ],
    databases: [{ name: database, owner, extensions: ['plpgsql', 'pgcrypto'] }],
    grants: [
      { role: app, database, privileges: ['CONNECT'] },
      { role: app, database, privileges: ['TEMPORARY'], schema: 'sales', schemaPrivileges: ['USAGE'] },
      { role: app, database, schema: 'sales', tablePrivileges: ['SELECT', 'INSERT'] },
    ],
  }) as PostgresProvisionSpec;
  return { spec, app, owner, readers, database };
}

function actions(changes: readonly Change[]): Readonly<Record<string, string>> {
  return Object.fromEntries(changes.map(({ what, action }) => [what, action]));
}

function everything({ app, owner, readers, database }: Declared, action: string): Record<string, string> {
  return {
    [`role ${app}`]: action,
    [`role ${owner}`]: action,
    [`role ${readers}`]: action,
    [`membership of ${app} in ${readers}`]: action,
    [`database ${database}`]: action,
    [`extension pgcrypto of database ${database}`]: action,
    [`grant to ${app} on database ${database}`]: action,
    [`grant to ${app} on schema ${database}.sales`]: action,
    [`grant to ${app} on tables of ${database}.sales`]: action,
  };
}

afterAll(dropAll);

describe('postgres.provision', () => {
  test('makes what is declared, as planned while nothing exists, and has nothing to do afterwards', async () => {
    const d = declared();
    const plan = await engine.plan(d.spec, context);
    expect(actions(plan)).toMatchObject({ ...everything(d, 'create'), [`schema ${d.database}.sales`]: 'create' });
    expect(plan.some(({ destructive }) => destructive)).toBe(false);

    const { changes } = await engine.apply(d.spec, context);
    expect(actions(changes)).toMatchObject({ ...everything(d, 'create'), [`schema ${d.database}.sales`]: 'create' });

    expect(actions(await engine.plan(d.spec, context))).toMatchObject(everything(d, 'unchanged'));
    const again = await engine.apply(d.spec, context);
    expect(new Set(again.changes.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    const findings = await engine.verify(d.spec, context);
    expect(findings.length).toBe(again.changes.length);
    expect(findings.every(({ holds }) => holds)).toBe(true);
  });

  test('gives roles exactly what is declared, later tables of the owner included', async () => {
    const d = declared();
    await engine.apply(d.spec, context);
    await rowsOf(
      d.database,
      `DO $$ BEGIN SET LOCAL ROLE ${d.owner}; CREATE TABLE sales.later (id int); INSERT INTO sales.later VALUES (1); END $$`,
    );
    const asApp = labAs({ user: d.app, password: PASSWORD });
    await expect(rowsOf(d.database, 'SELECT id FROM sales.later', [], asApp)).resolves.toEqual([{ id: 1 }]);
    await expect(rowsOf(d.database, 'INSERT INTO sales.later VALUES (2)', [], asApp)).resolves.toEqual([]);
    await expect(rowsOf(d.database, 'DELETE FROM sales.later', [], asApp)).rejects.toMatchObject({ code: '42501' });
    await expect(rowsOf(d.database, 'CREATE TABLE sales.mine ()', [], asApp)).rejects.toMatchObject({ code: '42501' });
    const [role] = await rowsOf('postgres', 'SELECT rolconnlimit, rolpassword FROM pg_authid WHERE rolname = $1', [
      d.app,
    ]);
    expect(role).toMatchObject({ rolconnlimit: 7, rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$/) });
  });

  test('brings drift back, names it, and leaves alone what is not declared', async () => {
    const d = declared();
    await engine.apply(d.spec, context);
    const stranger = willDrop('ROLE', uniqueName('stranger'));
    await rowsOf('postgres', `CREATE ROLE ${stranger}`);
    await rowsOf('postgres', `ALTER ROLE ${d.app} NOLOGIN CONNECTION LIMIT 2 PASSWORD 'other'`);
    await rowsOf('postgres', `REVOKE ${d.readers} FROM ${d.app}`);
    await rowsOf('postgres', `ALTER DATABASE ${d.database} OWNER TO postgres`);
    await rowsOf(d.database, 'CREATE TABLE sales.by_hand ()');
    await rowsOf(d.database, `REVOKE TEMPORARY ON DATABASE ${d.database} FROM ${d.app}`);
    await rowsOf(d.database, `GRANT ALL ON sales.by_hand TO ${stranger}`);
    await rowsOf(d.database, `GRANT DELETE ON sales.by_hand TO ${d.app}`);

    const plan = await engine.plan(d.spec, context);
    const drift = plan.filter(({ action }) => action !== 'unchanged');
    expect(drift).toEqual([
      {
        action: 'update',
        what: `role ${d.app}`,
        destructive: false,
        detail: [
          'NOLOGIN -> LOGIN',
          'connection limit 2 -> 7',
          'password: another -> set',
          `SQL: ALTER ROLE "${d.app}" LOGIN CONNECTION LIMIT 7 PASSWORD '***'`,
        ],
      },
      {
        action: 'create',
        what: `membership of ${d.app} in ${d.readers}`,
        destructive: false,
        detail: [`SQL: GRANT "${d.readers}" TO "${d.app}"`],
      },
      {
        action: 'update',
        what: `database ${d.database}`,
        destructive: false,
        detail: [`owner: postgres -> ${d.owner}`, `SQL: ALTER DATABASE "${d.database}" OWNER TO "${d.owner}"`],
      },
      {
        action: 'update',
        what: `grant to ${d.app} on database ${d.database}`,
        destructive: false,
        detail: ['missing TEMPORARY', `SQL: GRANT TEMPORARY ON DATABASE "${d.database}" TO "${d.app}"`],
      },
      {
        action: 'update',
        what: `grant to ${d.app} on tables of ${d.database}.sales`,
        destructive: false,
        detail: [
          'missing SELECT, INSERT',
          'later tables of the database owner included',
          `SQL: GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA "sales" TO "${d.app}"`,
          `SQL: ALTER DEFAULT PRIVILEGES FOR ROLE "${d.owner}" IN SCHEMA "sales" GRANT SELECT, INSERT ON TABLES TO "${d.app}"`,
        ],
      },
    ]);
    const findings = await engine.verify(d.spec, context);
    expect(told(findings.filter(({ holds }) => !holds)).map(({ subject }) => subject)).toEqual(
      drift.map(({ what }) => what),
    );

    await engine.apply(d.spec, context);
    expect(actions(await engine.plan(d.spec, context))).toMatchObject(everything(d, 'unchanged'));
    const kept = await rowsOf(
      d.database,
      `SELECT has_table_privilege($1, 'sales.by_hand', 'TRUNCATE') AS stranger,
              has_table_privilege($2, 'sales.by_hand', 'DELETE') AS app`,
      [stranger, d.app],
    );
    expect(kept).toEqual([{ stranger: true, app: true }]);
  });

  test('two workers at once make each thing once', async () => {
    const d = declared();
    const [one, other] = await Promise.all([engine.apply(d.spec, context), engine.apply(d.spec, context)]);
    const made = [...one.changes, ...other.changes]
      .filter(({ action }) => action !== 'unchanged')
      .map(({ what }) => what);
    expect(new Set(made).size).toBe(made.length);
    expect(made).toEqual(expect.arrayContaining(Object.keys(everything(d, 'create'))));
    expect(actions(await engine.plan(d.spec, context))).toMatchObject(everything(d, 'unchanged'));
  });

  test('no password reaches the server or what is told', async () => {
    const d = declared();
    const tapped = await wire(labConnection());
    try {
      const through = postgresProvisionEngine(tapped.connection);
      const told = JSON.stringify([await through.plan(d.spec, context), await through.apply(d.spec, context)]);
      expect(tapped.sent()).toContain(`CREATE ROLE "${d.app}"`);
      expect(tapped.sent()).not.toContain(Buffer.from(PASSWORD).toString('latin1'));
      expect(told).not.toMatch(/pässword|SCRAM-SHA/);
    } finally {
      await tapped.close();
    }
  });

  test('what no statement can change stops it before anything is touched', async () => {
    const d = declared();
    const latin = willDrop('DATABASE', uniqueName('latin'));
    await rowsOf('postgres', `CREATE DATABASE ${latin} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const wrongEncoding = { ...d.spec, databases: [{ ...d.spec.databases[0]!, name: latin, encoding: 'utf-8' }] };
    await expect(engine.plan(wrongEncoding, context)).rejects.toMatchObject({
      type: 'ExpectationFailed',
      options: { object: `database ${latin}` },
    });
    const noExtension = { ...d.spec, databases: [{ ...d.spec.databases[0]!, extensions: ['no_such_thing'] }] };
    await expect(engine.apply(noExtension, context)).rejects.toMatchObject({
      type: 'ExpectationFailed',
      message: expect.stringContaining('no_such_thing'),
    });
    const twice = { ...d.spec, roles: [...d.spec.roles, d.spec.roles[0]!] };
    await expect(engine.apply(twice, context)).rejects.toMatchObject({ type: 'InvalidRollout' });
    await expect(rowsOf('postgres', 'SELECT FROM pg_roles WHERE rolname = $1', [d.app])).resolves.toEqual([]);
  });

  test('an encoding may be spelled as people spell it', async () => {
    const d = declared();
    const spec = { ...d.spec, databases: [{ ...d.spec.databases[0]!, encoding: 'utf-8' }] };
    await engine.apply(spec, context);
    expect(actions(await engine.plan(spec, context))[`database ${d.database}`]).toBe('unchanged');
  });

  test('a user without the right is refused, naming what was missing', async () => {
    const d = declared();
    const weak = willDrop('ROLE', uniqueName('weak'));
    await rowsOf('postgres', `CREATE ROLE ${weak} LOGIN PASSWORD 'weak'`);
    await expect(
      postgresProvisionEngine(labAs({ user: weak, password: 'weak' })).apply(d.spec, context),
    ).rejects.toMatchObject({
      type: 'AccessDenied',
      options: { object: `role ${d.app}`, facts: { sqlstate: '42501' } },
    });
  });

  test('a user that may not read stored passwords sets them again, and that is no drift', async () => {
    const maker = willDrop('ROLE', uniqueName('maker'));
    const made = willDrop('ROLE', uniqueName('made'));
    await rowsOf('postgres', `CREATE ROLE ${maker} LOGIN CREATEROLE PASSWORD 'maker'`);
    const limited = postgresProvisionEngine(labAs({ user: maker, password: 'maker' }));
    const spec = postgresProvision.parse({
      roles: [{ name: made, password: { fromEnv: 'APP_PASSWORD' } }],
    }) as PostgresProvisionSpec;
    await limited.apply(spec, context);
    await expect(limited.plan(spec, context)).resolves.toMatchObject([{ action: 'update', what: `role ${made}` }]);
    await expect(limited.verify(spec, context)).resolves.toMatchObject([{ holds: true }]);
    const again = await limited.apply(spec, context);
    expect(again.changes).toHaveLength(1);
    await expect(rowsOf('postgres', 'SELECT 1 AS one', [], labAs({ user: made, password: PASSWORD }))).resolves.toEqual(
      [{ one: 1 }],
    );
  });

  test('a grant on a database that another makes is made where that exists, and refused where it does not', async () => {
    const app = willDrop('ROLE', uniqueName('app'));
    const database = await freshDatabase();
    const on = (name: string): PostgresProvisionSpec =>
      postgresProvision.parse({
        roles: [{ name: app }],
        grants: [{ role: app, database: name, privileges: ['CREATE'] }],
      }) as PostgresProvisionSpec;
    await engine.apply(on(database), context);
    const [held] = await rowsOf('postgres', `SELECT has_database_privilege($1, $2, 'CREATE') AS may`, [app, database]);
    expect(held).toEqual({ may: true });
    const missing = uniqueName('missing');
    expect(actions(await engine.plan(on(missing), context))).toMatchObject({
      [`grant to ${app} on database ${missing}`]: 'create',
    });
    await expect(engine.apply(on(missing), context)).rejects.toMatchObject({
      type: 'SqlFailed',
      options: { object: `grant to ${app} on database ${missing}` },
    });
  });
});

describe('a server that cannot be reached', () => {
  const { spec } = declared();

  test('with a wrong password it is AccessDenied, without the password', async () => {
    const failure = await postgresProvisionEngine(labAs({ password: 'wr0ng' }))
      .plan(spec, context)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'AccessDenied', options: { facts: { sqlstate: '28P01' } } });
    expect(String(failure)).not.toContain('wr0ng');
  });

  test('with nobody listening it is TargetUnreachable, with host and port', async () => {
    const closed = await wire(labConnection());
    await closed.close();
    const { host } = new URL(closed.connection.url);
    await expect(postgresProvisionEngine(closed.connection).plan(spec, context)).rejects.toMatchObject({
      type: 'TargetUnreachable',
      message: `No PostgreSQL at ${host}: the connection was refused.`,
    });
  });
});

describe('everything a grant, a role and a database may say', () => {
  test('is made, found unchanged, and drift is mended; what is beyond an exclusive grant is revoked', async () => {
    const [owner, app, database] = [uniqueName('owner'), uniqueName('app'), uniqueName('full')];
    for (const role of [owner, app]) willDrop('ROLE', role);
    willDrop('DATABASE', database);
    const spec = (exclusive: boolean): PostgresProvisionSpec =>
      postgresProvision.parse({
        roles: [
          { name: owner },
          {
            name: app,
            createDatabases: true,
            inherit: false,
            settings: { search_path: 'app, public', work_mem: '8MB' },
          },
        ],
        databases: [{ name: database, owner, locale: 'C', connectionLimit: 9, settings: { lock_timeout: '7s' } }],
        grants: [
          {
            role: app,
            database,
            schema: 'app',
            schemaPrivileges: ['USAGE'],
            tablePrivileges: ['SELECT'],
            sequencePrivileges: ['USAGE'],
            functionPrivileges: ['EXECUTE'],
            exclusive,
          },
        ],
      }) as PostgresProvisionSpec;
    await engine.apply(spec(false), context);
    expect(new Set(Object.values(actions(await engine.plan(spec(false), context))))).toEqual(new Set(['unchanged']));
    await expect(
      rowsOf('postgres', `SELECT rolcreatedb, rolinherit, rolconfig FROM pg_roles WHERE rolname = $1`, [app]),
    ).resolves.toEqual([
      { rolcreatedb: true, rolinherit: false, rolconfig: ['search_path=app, public', 'work_mem=8MB'] },
    ]);

    // Things that come later are granted too, and what somebody grants besides is noticed.
    await rowsOf(
      database,
      `SET ROLE ${owner}; CREATE TABLE app.t (id serial); CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    );
    const may = `SELECT has_table_privilege($1, 'app.t', 'SELECT') AS t, has_sequence_privilege($1, 'app.t_id_seq', 'USAGE') AS s,
                        has_table_privilege($1, 'app.t', 'DELETE') AS d`;
    await expect(rowsOf(database, may, [app])).resolves.toEqual([{ t: true, s: true, d: false }]);
    await rowsOf(database, `GRANT DELETE ON app.t TO ${app}`);
    await rowsOf('postgres', `ALTER ROLE ${app} NOCREATEDB; ALTER DATABASE ${database} CONNECTION LIMIT 3`);
    const drift = actions(await engine.plan(spec(true), context));
    expect(drift).toMatchObject({
      [`role ${app}`]: 'update',
      [`database ${database}`]: 'update',
      [`grant to ${app} on tables of ${database}.app`]: 'update',
      [`grant to ${app} on sequences of ${database}.app`]: 'unchanged',
    });
    await Promise.all([engine.apply(spec(true), context), engine.apply(spec(true), context)]);
    await expect(rowsOf(database, may, [app])).resolves.toEqual([{ t: true, s: true, d: false }]);
    expect(new Set(Object.values(actions(await engine.plan(spec(true), context))))).toEqual(new Set(['unchanged']));
  });

  test.each([
    ['role pg_mine', { roles: [{ name: 'pg_mine' }] }],
    ['database template1', { databases: [{ name: 'template1', owner: 'postgres' }] }],
    ['database template0', { absentDatabases: ['template0'] }],
    ['schema pg_temp', { grants: [{ role: 'postgres', database: 'postgres', schema: 'pg_temp' }] }],
  ])('a reserved name is refused before anything is touched: %s', async (object, declared) => {
    const spec = postgresProvision.parse(declared) as PostgresProvisionSpec;
    await expect(engine.plan(spec, context)).rejects.toMatchObject({ type: 'InvalidRollout', options: { object } });
  });
});

describe('a database that must not be there', () => {
  const absent = (...absentDatabases: string[]): PostgresProvisionSpec =>
    postgresProvision.parse({ absentDatabases }) as PostgresProvisionSpec;

  test('is dropped behind a gate; while somebody is connected it stays, and the step says who', async () => {
    const database = await freshDatabase();
    const stranger = await connect(database);
    const [planned] = await engine.plan(absent(database), context);
    expect(planned).toMatchObject({
      action: 'delete',
      what: `database ${database}`,
      destructive: true,
      detail: [`SQL: DROP DATABASE "${database}"`],
      observed: expect.stringMatching(/^\d+ kB, in use by pid \d+, user postgres, stranger$/),
    });
    await expect(engine.apply(absent(database), context)).rejects.toMatchObject({
      type: 'TargetBusy',
      message: expect.stringMatching(/ is in use by pid \d+, user postgres, stranger\.$/),
      options: { object: `database ${database}`, facts: { sqlstate: '55006' } },
    });
    await stranger.end();
    await engine.apply(absent(database), context);
    await expect(rowsOf('postgres', 'SELECT FROM pg_database WHERE datname = $1', [database])).resolves.toEqual([]);
    await expect(engine.plan(absent(database), context)).resolves.toMatchObject([{ action: 'unchanged' }]);
    await expect(engine.verify(absent(database), context)).resolves.toMatchObject([{ holds: true }]);
  });

  test('is never that of the connection', async () => {
    await expect(engine.plan(absent('postgres'), context)).rejects.toMatchObject({ type: 'ExpectationFailed' });
  });

  test('that serves as a template and is in use is named, too', async () => {
    const template = await freshDatabase();
    const database = willDrop('DATABASE', uniqueName('copy'));
    const stranger = await connect(template);
    const spec = postgresProvision.parse({
      databases: [{ name: database, owner: 'postgres', template }],
    }) as PostgresProvisionSpec;
    await expect(engine.apply(spec, context)).rejects.toMatchObject({
      type: 'TargetBusy',
      message: expect.stringMatching(new RegExp(`^Database ${template} is in use by pid .* stranger`)),
    });
    await stranger.end();
    await engine.apply(spec, context);
    await expect(engine.plan(spec, context)).resolves.toMatchObject([{ action: 'unchanged' }]);
  });
});

describe('a password in a Kubernetes Secret', () => {
  const spec = (role: string): PostgresProvisionSpec =>
    postgresProvision.parse({
      roles: [
        { name: role, password: { kubernetesSecret: { target: 'cluster', namespace: 'app', name: 'db', key: 'pw' } } },
      ],
    }) as PostgresProvisionSpec;

  test('that an earlier step makes is planned as such, must be there to apply, and is compared afterwards', async () => {
    const role = willDrop('ROLE', uniqueName('app'));
    let value: string | null = null;
    const asked: unknown[] = [];
    const withSecrets = postgresProvisionEngine(labConnection(), (key) => {
      asked.push(key);
      return Promise.resolve(value);
    });
    const [planned] = await withSecrets.plan(spec(role), context);
    expect(planned).toMatchObject({ action: 'create', what: `role ${role}` });
    expect(planned?.detail).toContain(
      'password: that of key pw of Secret app/db on target cluster, which does not exist yet',
    );
    await expect(withSecrets.apply(spec(role), context)).rejects.toMatchObject({
      type: 'ReferenceUnresolved',
      options: { object: 'key pw of Secret app/db on target cluster' },
    });
    await expect(rowsOf('postgres', 'SELECT FROM pg_roles WHERE rolname = $1', [role])).resolves.toEqual([]);
    value = 'made-up-by-an-earlier-step';
    await withSecrets.apply(spec(role), context);
    await expect(withSecrets.plan(spec(role), context)).resolves.toMatchObject([{ action: 'unchanged' }]);
    await expect(rowsOf('postgres', 'SELECT 1 AS one', [], labAs({ user: role, password: value }))).resolves.toEqual([
      { one: 1 },
    ]);
    value = 'rotated';
    await expect(withSecrets.plan(spec(role), context)).resolves.toMatchObject([
      { action: 'update', detail: ['password: another -> set', expect.stringContaining(`PASSWORD '***'`)] },
    ]);
    expect(asked[0]).toEqual({ target: 'cluster', namespace: 'app', name: 'db', key: 'pw' });
  });
});
