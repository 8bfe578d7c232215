import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { readCatalog } from '../../src/postgres/migrate/catalog.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { withSession } from '../../src/postgres/session.ts';
import { contextOf } from '../postgres/support/context.ts';
import { connect, rowsOf, uniqueName, until } from '../postgres/support/lab.ts';
import { ownServer, type OwnServer } from '../postgres/support/own-server.ts';
import { wire } from '../postgres/support/wire.ts';

const CHILD = fileURLToPath(new URL('../postgres/support/migrate-process.ts', import.meta.url));

/** The second file waits while somebody says so, in the middle of its changes. */
const FILES = {
  'db/V1__base.sql':
    'CREATE TABLE hold (on_ bool); CREATE TABLE t AS SELECT n FROM generate_series(1, 500) AS n; INSERT INTO hold SELECT false;',
  'db/V2__ddl.sql':
    'CREATE TABLE half (n int); ALTER TABLE t ADD COLUMN b text;\nSELECT pg_sleep(3600) FROM hold WHERE on_;\nCREATE INDEX half_n ON half (n);',
  'db/V3__index.sql':
    '-- windlass: no-transaction\nCREATE INDEX CONCURRENTLY t_n ON t (n);\nINSERT INTO half VALUES (3);',
};
const BASE = { 'db/V1__base.sql': FILES['db/V1__base.sql'] };
const WITHOUT_INDEX = { 'db/V1__base.sql': FILES['db/V1__base.sql'], 'db/V2__ddl.sql': FILES['db/V2__ddl.sql'] };

let server: OwnServer;
let undisturbed: unknown;

beforeAll(async () => {
  server = await ownServer();
  const database = await fresh();
  await apply(database);
  undisturbed = await finalState(database);
});
afterAll(() => server.close());

function specFor(database: string): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' } });
}

function rows(database: string, sql: string): Promise<Record<string, unknown>[]> {
  return rowsOf(database, sql, [], server.connection);
}

async function fresh(): Promise<string> {
  const database = uniqueName('own');
  await rows('postgres', `CREATE DATABASE ${database}`);
  return database;
}

async function apply(
  database: string,
  files: Readonly<Record<string, string>> = FILES,
  connection = server.connection,
) {
  return postgresMigrateEngine(connection).apply(specFor(database), contextOf({ files }));
}

/** The whole catalog, what the files wrote, and the ledger without times. */
async function finalState(database: string): Promise<unknown> {
  const options = { database, application: 'test', signal: new AbortController().signal };
  return {
    catalog: (await withSession(server.connection, options, readCatalog)).lines,
    half: await rows(database, 'SELECT n FROM half'),
    t: await rows(database, 'SELECT count(*) FROM t'),
    ledger: await rows(database, 'SELECT version, file, sha256, kind FROM windlass.ledger ORDER BY 1'),
    journal: await rows(database, 'SELECT * FROM windlass.journal'),
  };
}

async function isActive(database: string, query: string): Promise<boolean> {
  const found = await rows(
    'postgres',
    `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND state = 'active' AND query LIKE '${query}'`,
  );
  return found.length > 0;
}

/** A database in which the next run stops in the middle of its second file until `hold` is changed. */
async function heldInDdl(): Promise<string> {
  const database = await fresh();
  await apply(database, BASE);
  await rows(database, 'UPDATE hold SET on_ = true');
  return database;
}

describe.each(['crash', 'immediate'] as const)('a server that goes away (%s) and comes back', (how) => {
  test('in the middle of DDL: nothing of the file stays, and the retry completes it', async () => {
    const database = await heldInDdl();
    const applying = apply(database);
    const rejected = expect(applying).rejects.toMatchObject({ type: 'TargetUnreachable' });
    await until(() => isActive(database, '%pg_sleep(3600)%'));
    await server.restart(how);
    await rejected;
    await expect(rows(database, `SELECT to_regclass('half') AS half`)).resolves.toEqual([{ half: null }]);
    await rows(database, 'UPDATE hold SET on_ = false');
    await apply(database);
    await expect(finalState(database)).resolves.toEqual(undisturbed);
  });

  test('in the middle of a concurrent index: the invalid index is dropped and built again', async () => {
    const database = await fresh();
    await apply(database, WITHOUT_INDEX);
    const stranger = await connect(database, server.connection);
    await stranger.query('BEGIN; DELETE FROM t WHERE n = 0');
    const rejected = expect(apply(database)).rejects.toMatchObject({ type: 'TargetUnreachable' });
    await until(() => isActive(database, 'CREATE INDEX CONCURRENTLY%'));
    const index = `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('t_n')`;
    await until(async () => (await rows(database, index)).length > 0);
    await server.restart(how);
    await rejected;
    await stranger.end().catch(() => undefined);
    await expect(rows(database, index)).resolves.toEqual([{ valid: false }]);
    await apply(database);
    await expect(rows(database, index)).resolves.toEqual([{ valid: true }]);
    await expect(finalState(database)).resolves.toEqual(undisturbed);
  });
});

describe('a worker killed with -9', () => {
  test('in the middle of a concurrent index: another builds it again', async () => {
    const database = await fresh();
    await apply(database, WITHOUT_INDEX);
    const stranger = await connect(database, server.connection);
    await stranger.query('BEGIN; DELETE FROM t WHERE n = 0');
    const job = JSON.stringify({ spec: specFor(database), files: FILES });
    const env = { ...process.env, WINDLASS_LAB_POSTGRES_URL: server.connection.url };
    const worker = spawn(process.execPath, [CHILD, job], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    await until(() => isActive(database, 'CREATE INDEX CONCURRENTLY%'));
    const exited = once(worker, 'exit');
    worker.kill('SIGKILL');
    await exited;
    await stranger.query('COMMIT');
    await stranger.end();
    await apply(database);
    await expect(finalState(database)).resolves.toEqual(undisturbed);
  });
});

describe('a connection that is cut without a word', () => {
  test.each([
    ['while a file runs', 'CREATE TABLE half', WITHOUT_INDEX],
    ['and takes the answer to the last COMMIT with it', 'DELETE FROM windlass.journal', FILES],
  ])('%s: is noticed, and the retry ends where an undisturbed run does', async (_, phrase, files) => {
    const database = await fresh();
    const silent = await wire(server.connection, phrase, 'silent');
    try {
      await expect(apply(database, files, silent.connection)).rejects.toMatchObject({ type: 'TargetUnreachable' });
      await until(
        async () =>
          (
            await rows(
              'postgres',
              `SELECT FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
            )
          ).length === 0,
      );
    } finally {
      await silent.close();
    }
    await apply(database);
    await expect(finalState(database)).resolves.toEqual(undisturbed);
  });
});
