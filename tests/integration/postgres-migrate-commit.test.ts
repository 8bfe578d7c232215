import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { readCatalog } from '../../src/postgres/migrate/catalog.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { withSession } from '../../src/postgres/session.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, freshDatabase, labConnection, rowsOf, until } from '../postgres/support/lab.ts';
import type { MigrateJob } from '../postgres/support/migrate-process.ts';
import { wire } from '../postgres/support/wire.ts';

const CHILD = fileURLToPath(new URL('../postgres/support/migrate-process.ts', import.meta.url));

/** The COMMIT of the second file takes as long as `hold` says so: its trigger runs within it. */
const FILES = {
  'db/V1__base.sql': `
    CREATE TABLE hold (on_ bool); INSERT INTO hold VALUES (false);
    CREATE TABLE trace (n int);
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN WHILE (SELECT on_ FROM hold) LOOP PERFORM pg_sleep(0.05); END LOOP; RETURN NULL; END $$;
    CREATE TABLE waiting (n int);
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON waiting DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION wait();
    -- What is put off runs before the COMMIT; what that puts off again runs in it.
    CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN SET CONSTRAINTS wait DEFERRED; INSERT INTO waiting VALUES (1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER put_off AFTER INSERT ON trace DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION put_off();`,
  'db/V2__file.sql': 'CREATE TABLE made (n int PRIMARY KEY); INSERT INTO trace VALUES (2);',
  'db/V3__last.sql': 'CREATE INDEX trace_n ON trace (n); INSERT INTO made VALUES (3);',
};
const BASE = { 'db/V1__base.sql': FILES['db/V1__base.sql'] };
const engine = postgresMigrateEngine(labConnection());

function specFor(database: string): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' } });
}

/** A database in which the first file ran, so that the next COMMIT is that of the second. */
async function based(): Promise<string> {
  const database = await freshDatabase();
  await engine.apply(specFor(database), contextOf({ files: BASE }));
  return database;
}

/** All that a migration leaves: the whole catalog, rows, and the ledger without times. */
async function finalState(database: string): Promise<unknown> {
  const options = { database, application: 'test', signal: new AbortController().signal };
  return {
    catalog: (await withSession(labConnection(), options, readCatalog)).lines,
    trace: await rowsOf(database, 'SELECT n FROM trace'),
    made: await rowsOf(database, 'SELECT n FROM made'),
    ledger: await rowsOf(database, 'SELECT version, file, sha256, kind FROM windlass.ledger ORDER BY 1'),
  };
}

async function undisturbed(): Promise<unknown> {
  const database = await based();
  await engine.apply(specFor(database), contextOf({ files: FILES }));
  return finalState(database);
}

/** A worker in a process of its own, by way of this URL. */
function start(database: string, url: string): { kill(): Promise<void> } {
  const job: MigrateJob = { spec: specFor(database), files: FILES };
  const env = { ...process.env, WINDLASS_LAB_POSTGRES_URL: url };
  const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = once(child, 'exit');
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function nobodyIn(database: string): Promise<void> {
  await until(async () => {
    const rows = await rowsOf(
      'postgres',
      `SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'windlass/%'`,
      [database],
    );
    return rows.length === 0;
  });
}

async function versions(database: string): Promise<readonly unknown[]> {
  const rows = await rowsOf<{ version: string }>(database, 'SELECT version FROM windlass.ledger ORDER BY 1');
  return rows.map(({ version }) => version);
}

afterAll(dropAll);

describe('a worker killed with -9', () => {
  test('before its COMMIT reaches the server: nothing of the file stays, and another completes it', async () => {
    const database = await based();
    const held = await wire(labConnection(), 'COMMIT; RESET', 'held');
    const worker = start(database, held.connection.url);
    await held.met;
    await worker.kill();
    await held.close();
    await nobodyIn(database);
    await expect(versions(database)).resolves.toEqual(['1']);
    await expect(rowsOf(database, `SELECT to_regclass('made') AS made`)).resolves.toEqual([{ made: null }]);
    await engine.apply(specFor(database), contextOf({ files: FILES }));
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test.each([
    ['which ends when the server notices', false],
    ['which goes through', true],
  ])('while the server carries out its COMMIT, %s: another ends where an undisturbed run does', async (_, through) => {
    const database = await based();
    await rowsOf(database, 'UPDATE hold SET on_ = true');
    const worker = start(database, labConnection().url);
    await until(async () => {
      const rows = await rowsOf(
        'postgres',
        `SELECT FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE 'COMMIT%'`,
        [database],
      );
      return rows.length > 0;
    });
    await worker.kill();
    if (through) await rowsOf(database, 'UPDATE hold SET on_ = false');
    await nobodyIn(database);
    await rowsOf(database, 'UPDATE hold SET on_ = false');
    await engine.apply(specFor(database), contextOf({ files: FILES }));
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test('after its COMMIT, before it heard of it: the file counts, and another goes on behind it', async () => {
    const database = await based();
    const silent = await wire(labConnection(), 'COMMIT; RESET', 'silent');
    const worker = start(database, silent.connection.url);
    await until(async () => (await versions(database)).length === 2);
    await worker.kill();
    await silent.close();
    await nobodyIn(database);
    const { changes } = await engine.apply(specFor(database), contextOf({ files: FILES }));
    expect(changes.map(({ action }) => action)).toEqual(['unchanged', 'unchanged', 'create']);
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });
});
