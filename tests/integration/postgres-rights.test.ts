import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresProvision, type PostgresProvisionSpec } from '../../src/domain/kinds/postgres-provision.ts';
import { postgresProvisionEngine } from '../../src/postgres/provision/provision-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { connect, rowsOf } from '../postgres/support/lab.ts';
import { ownServer, type OwnServer } from '../postgres/support/own-server.ts';

const context = contextOf({ secrets: { APP_PASSWORD: 'never-to-be-seen-anywhere' } });

/** What a user without superuser may have: attributes, and how it stands to a role that is there already. */
const RIGHTS = ['CREATEDB', 'CREATEROLE', 'INHERIT', 'MEMBER', 'ADMIN'] as const;
type Right = (typeof RIGHTS)[number];
const SETS: readonly (readonly Right[])[] = Array.from({ length: 1 << RIGHTS.length }, (_, bits) =>
  RIGHTS.filter((_right, at) => (bits >> at) & 1),
);

/** Everything that belongs to the whole server, and who may act as whom. */
const SERVER = `
  SELECT ARRAY(SELECT format('%s %s %s %s', rolname, rolconnlimit, rolcreatedb, rolconfig) FROM pg_roles ORDER BY 1) AS roles,
         ARRAY(SELECT format('%s %s %s', roleid::regrole, member::regrole, to_jsonb(m) - 'oid')
                 FROM pg_auth_members m ORDER BY 1) AS members,
         ARRAY(SELECT format('%s %s %s %s', datname, datdba::regrole, datacl, datconnlimit) FROM pg_database ORDER BY 1) AS databases`;

/** The newest of each version since 15; with 16 ADMIN, INHERIT and SET of a membership came apart. */
describe.each(['15.18.0-beta.17', '16.14.0-beta.17', '17.10.0-beta.17', '18.4.0-beta.17'])(
  'PostgreSQL %s, and a user that is no superuser',
  (version) => {
    let server: OwnServer;
    const apart = !version.startsWith('15');
    beforeAll(async () => {
      server = await ownServer({ version });
    });
    afterAll(() => server.close());

    const sql = (text: string, database = 'postgres') => rowsOf(database, text, [], server.connection);
    const engineOf = (user: string) =>
      postgresProvisionEngine({ url: server.connection.url.replace('postgres@', `${user}@`) });

    test('does all of it with what it borrows and gives back, or names what it lacks before anything is touched', async () => {
      const done: string[] = [];
      for (const [n, rights] of SETS.entries()) {
        const [user, owner, app, database] = [`u${n}`, `owner${n}`, `App-${n}`, `shop.${n}`];
        const attributes = (['CREATEDB', 'CREATEROLE', 'INHERIT'] as const).map((one) =>
          rights.includes(one) ? one : `NO${one}`,
        );
        await sql(`CREATE ROLE ${owner}; CREATE ROLE ${user} LOGIN ${attributes.join(' ')}`);
        if (rights.includes('MEMBER') && apart) await sql(`GRANT ${owner} TO ${user} WITH INHERIT TRUE, SET TRUE`);
        else if (rights.includes('MEMBER')) await sql(`GRANT ${owner} TO ${user}`);
        if (rights.includes('ADMIN'))
          await sql(
            apart && !rights.includes('MEMBER')
              ? `GRANT ${owner} TO ${user} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`
              : `GRANT ${owner} TO ${user} WITH ADMIN OPTION`,
          );
        const spec = postgresProvision.parse({
          roles: [{ name: app, memberOf: [owner], connectionLimit: 3, settings: { TimeZone: 'UTC' } }],
          databases: [{ name: database, owner, extensions: ['pgcrypto'], settings: { work_mem: '8MB' } }],
          grants: [
            {
              role: app,
              database,
              privileges: ['CONNECT'],
              schema: 'Sales',
              schemaPrivileges: ['USAGE'],
              exclusive: true,
            },
            { role: app, database, schema: 'Sales', tablePrivileges: ['SELECT'] },
            { role: 'PUBLIC', database, privileges: ['CONNECT'], exclusive: true },
          ],
        }) as PostgresProvisionSpec;
        const [before] = await sql(SERVER);
        const engine = engineOf(user);
        const failure = await engine.apply(spec, context).then(
          () => null,
          (error: unknown) => error,
        );
        const [after] = (await sql(SERVER)) as [{ members: string[] }];
        if (failure !== null) {
          expect({ rights, failure }).toMatchObject({
            failure: { type: 'AccessDenied', message: expect.stringMatching(new RegExp(`^User ${user} lacks `)) },
          });
          expect({ rights, after }).toEqual({ rights, after: before });
        } else {
          done.push(rights.join(' '));
          const left = (await engine.plan(spec, context)).filter(({ action }) => action !== 'unchanged');
          expect({ rights, left }).toEqual({ rights, left: [] });
          const had = (before as { members: string[] }).members;
          const borrowed = after.members.filter((one) => !had.includes(one) && one.includes(` ${user} `));
          // Whoever makes a role has ADMIN on it from then on, and nothing else.
          expect({ rights, borrowed: borrowed.map((one) => one.split(' ')[0]) }).toEqual({
            rights,
            borrowed: apart ? [`"${app}"`] : [],
          });
          const [database_] = await sql(
            `SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = '${database}'`,
          );
          expect(database_).toEqual({ owner });
        }
        await sql(`DROP DATABASE IF EXISTS "${database}"`);
      }
      const inherits = (more: string): string[] => [`CREATEDB CREATEROLE INHERIT${more}`];
      // To make a member of the owner's role takes ADMIN on it, where CREATEROLE does not rule all roles.
      expect(done.sort()).toEqual(
        apart
          ? [
              'CREATEDB CREATEROLE ADMIN',
              'CREATEDB CREATEROLE MEMBER ADMIN',
              ...inherits(' ADMIN'),
              ...inherits(' MEMBER ADMIN'),
            ].sort()
          : [...inherits(''), ...inherits(' ADMIN'), ...inherits(' MEMBER'), ...inherits(' MEMBER ADMIN')].sort(),
      );
    });

    test('names all that it lacks at once', async () => {
      await sql('CREATE ROLE weak LOGIN; CREATE ROLE boss SUPERUSER');
      const spec = postgresProvision.parse({
        roles: [{ name: 'new_one', replication: true, settings: { log_statement: 'ALL', 'app.tenant': 'acme' } }],
        databases: [{ name: 'of_boss', owner: 'boss', extensions: ['adminpack', 'file_fdw'].slice(1) }],
      }) as PostgresProvisionSpec;
      await expect(engineOf('weak').apply(spec, context)).rejects.toMatchObject({
        type: 'AccessDenied',
        options: {
          facts: {
            lacking: [
              'CREATEROLE, to make role new_one',
              apart ? 'REPLICATION, to make role new_one' : 'SUPERUSER, to make role new_one',
              'CREATEDB, to make database of_boss',
              expect.stringMatching(/^membership in boss/),
              'CREATEROLE, to alter role new_one',
              expect.stringMatching(/CREATEROLE.*new_one|new_one.*CREATEROLE/),
              'SUPERUSER, to set log_statement',
              'SUPERUSER, to set app.tenant',
              'SUPERUSER, to make extension file_fdw of database of_boss',
            ],
          },
        },
      });
    });

    test('gives back what it borrows as it was, whoever granted it', async () => {
      await sql(`CREATE ROLE lender LOGIN CREATEDB CREATEROLE; CREATE ROLE grp; CREATE ROLE mid`);
      await sql('CREATE DATABASE "of-grp" OWNER grp');
      await sql(
        apart
          ? `GRANT grp TO mid WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; GRANT mid TO lender WITH INHERIT TRUE;
           GRANT grp TO lender WITH INHERIT FALSE, SET TRUE GRANTED BY mid`
          : 'GRANT grp TO mid WITH ADMIN OPTION; GRANT mid TO lender',
      );
      const before = await sql(SERVER);
      const spec = postgresProvision.parse({ databases: [{ name: 'of-grp', owner: 'grp', connectionLimit: 7 }] });
      await engineOf('lender').apply(spec as PostgresProvisionSpec, context);
      await expect(sql(`SELECT datconnlimit AS n FROM pg_database WHERE datname = 'of-grp'`)).resolves.toEqual([
        { n: 7 },
      ]);
      await sql('ALTER DATABASE "of-grp" CONNECTION LIMIT -1');
      await expect(sql(SERVER)).resolves.toEqual(before);
    });

    test('leaves a database with its owner when it cannot drop it', async () => {
      await sql('CREATE ROLE remover LOGIN CREATEDB CREATEROLE; CREATE ROLE keeper');
      if (apart) await sql('GRANT keeper TO remover WITH ADMIN TRUE, INHERIT FALSE, SET FALSE');
      await sql('CREATE DATABASE kept OWNER keeper');
      const engine = engineOf('remover');
      const spec = postgresProvision.parse({ absentDatabases: ['kept'] }) as PostgresProvisionSpec;
      const owner = () => sql(`SELECT datdba::regrole::text AS owner FROM pg_database WHERE datname = 'kept'`);
      const client = await connect('kept', server.connection);
      await expect(engine.apply(spec, context)).rejects.toMatchObject({
        type: 'TargetBusy',
        message: expect.stringMatching(/^Database kept is in use by pid \d+, user postgres, stranger\.$/),
      });
      await client.end();
      await expect(owner()).resolves.toEqual([{ owner: 'keeper' }]);
      // No server drops a template, and it says so only when it is asked to.
      await sql('ALTER DATABASE kept IS_TEMPLATE true');
      await expect(engine.apply(spec, context)).rejects.toMatchObject({ options: { facts: { sqlstate: '42809' } } });
      await expect(owner()).resolves.toEqual([{ owner: 'keeper' }]);
    });

    test('drops a database of a role that it rules, and takes no database that it does not', async () => {
      await sql('CREATE ROLE dropper LOGIN CREATEDB CREATEROLE');
      const engine = engineOf('dropper');
      const made = postgresProvision.parse({
        roles: [{ name: 'ruled' }],
        databases: [{ name: 'to-go', owner: 'ruled' }],
      }) as PostgresProvisionSpec;
      await engine.apply(made, context);
      await sql('CREATE DATABASE "to-stay"');
      const absent = (name: string) => postgresProvision.parse({ absentDatabases: [name] }) as PostgresProvisionSpec;
      await engine.apply(absent('to-go'), context);
      await expect(engine.apply(absent('to-stay'), context)).rejects.toMatchObject({ type: 'AccessDenied' });
      await expect(sql(`SELECT datname FROM pg_database WHERE datname LIKE 'to-%'`)).resolves.toEqual([
        { datname: 'to-stay' },
      ]);
    });
  },
);
