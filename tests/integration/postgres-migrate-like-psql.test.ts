import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, freshDatabase, labConnection, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';

const engine = postgresMigrateEngine(labConnection());
/** WINDLASS_PROPERTY_RUNS for more. */
const RUNS = Number(process.env['WINDLASS_PROPERTY_RUNS'] ?? 12);
const SEED = Number(process.env['WINDLASS_PROPERTY_SEED'] ?? 20261128);

const BASE = `
  CREATE SCHEMA a; CREATE SCHEMA b;
  CREATE TABLE a.t AS SELECT n, 'a' AS v FROM generate_series(1, 5) n;
  CREATE TABLE b.t AS SELECT n, 'b' AS v FROM generate_series(1, 5) n;
  CREATE TABLE public.t AS SELECT n, 'p' AS v FROM generate_series(1, 5) n;
  CREATE PROCEDURE public.batches() LANGUAGE plpgsql AS $$
  BEGIN FOR i IN 1..3 LOOP UPDATE t SET v = v || 'c' WHERE n = i; COMMIT; END LOOP; END $$;`;

/** Statements whose meaning hangs on what came before them in their session or transaction. */
function statements(role: string): fc.Arbitrary<string> {
  const schema = fc.constantFrom('a', 'b', 'public');
  const n = fc.integer({ min: 1, max: 5 });
  const name = fc.constantFrom('x', 'y', 'z');
  return fc.oneof(
    { weight: 4, arbitrary: schema.map((one) => `SET search_path TO ${one}`) },
    schema.map((one) => `SET LOCAL search_path TO ${one}`),
    schema.map((one) => `SELECT set_config('search_path', '${one}', false)`),
    schema.map((one) => `DO $$ BEGIN PERFORM set_config('search_path', '${one}', false); END $$`),
    fc.constant('RESET search_path'),
    fc.constant('RESET ALL'),
    fc.constantFrom(
      `SET ROLE ${role}`,
      'RESET ROLE',
      `SET SESSION AUTHORIZATION ${role}`,
      'RESET SESSION AUTHORIZATION',
    ),
    { weight: 4, arbitrary: n.map((one) => `DELETE FROM t WHERE n = ${one}`) },
    { weight: 3, arbitrary: n.map((one) => `UPDATE t SET v = v || current_schema() WHERE n = ${one}`) },
    { weight: 2, arbitrary: name.map((one) => `CREATE TABLE IF NOT EXISTS made_${one} (n int)`) },
    name.map((one) => `CREATE TEMP TABLE temp_${one} AS SELECT n FROM t`),
    name.map((one) => `INSERT INTO made_${one} SELECT n FROM temp_${one}`),
    name.map((one) => `PREPARE p_${one} AS INSERT INTO t VALUES (9, '${one}')`),
    name.map((one) => `EXECUTE p_${one}`),
    name.map((one) => `CREATE INDEX CONCURRENTLY IF NOT EXISTS i_${one} ON t (n)`),
    fc.constantFrom('VACUUM t', 'CALL public.batches()', 'DO $$ BEGIN UPDATE t SET v = v || 1; COMMIT; END $$'),
    fc.constantFrom(
      'BEGIN',
      'COMMIT',
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
      'SAVEPOINT s',
      'ROLLBACK TO s',
      'LOCK TABLE t',
    ),
    fc.constantFrom('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'SET TRANSACTION READ ONLY'),
    fc.constant(`INSERT INTO t SELECT 7, current_setting('transaction_isolation')`),
    fc.constantFrom(
      'DECLARE c CURSOR WITH HOLD FOR SELECT n FROM t',
      'DECLARE c CURSOR FOR SELECT n FROM t',
      'FETCH c',
      'CLOSE c',
    ),
    fc.constantFrom(
      `SET app.who = 'me'`,
      `INSERT INTO t SELECT 8, coalesce(current_setting('app.who', true), 'nobody')`,
    ),
    fc.constantFrom(
      'SELECT pg_advisory_lock(1)',
      'LISTEN news',
      'SET CONSTRAINTS ALL DEFERRED',
      'DISCARD TEMP',
      'DEALLOCATE ALL',
    ),
    fc.constant('COPY t (n, v) FROM stdin;\n6\tcopied\n\\.\n'),
  );
}

/** What people could see afterwards: tables, owners, indexes and rows. */
async function stateOf(database: string): Promise<unknown> {
  const tables = await rowsOf<{ name: string; owner: string; indexes: unknown }>(
    database,
    `SELECT schemaname || '.' || tablename AS name, tableowner AS owner,
            (SELECT array_agg(indexname::text ORDER BY indexname) FROM pg_indexes i WHERE i.schemaname = t.schemaname AND i.tablename = t.tablename) AS indexes
       FROM pg_tables t WHERE schemaname IN ('a', 'b', 'public') ORDER BY 1`,
  );
  const rows: unknown[] = [];
  for (const { name } of tables) rows.push(await rowsOf(database, `SELECT * FROM ${name} AS r ORDER BY r::text`));
  return { tables, rows };
}

function psql(database: string, sql: string, inOne: boolean): boolean {
  const home = mkdtempSync(join(tmpdir(), 'windlass-like-psql-'));
  try {
    const path = join(home, 'file.sql');
    writeFileSync(path, sql);
    const url = labConnection().url.replace(/\/[^/]*$/, `/${database}`);
    const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', ...(inOne ? ['-1'] : []), '-f', path, url];
    return spawnSync('psql', args).status === 0;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function copyOf(template: string): Promise<string> {
  const name = willDrop('DATABASE', uniqueName('like'));
  await rowsOf('postgres', `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return name;
}

afterAll(dropAll);

describe('a random file', () => {
  test.each([
    ['in one transaction', '', true],
    ['without a transaction', '-- windlass: no-transaction\n', false],
  ])(
    '%s leaves what psql leaves, or is refused before anything is touched',
    async (_, head, inOne) => {
      const role = willDrop('ROLE', uniqueName('like'));
      await rowsOf('postgres', `CREATE ROLE ${role}`);
      const template = await freshDatabase();
      await rowsOf(template, BASE);
      await rowsOf(template, `GRANT ALL ON SCHEMA a, b, public TO ${role}; GRANT ALL ON a.t, b.t, public.t TO ${role}`);
      const file = fc
        .array(statements(role), { minLength: 1, maxLength: 9 })
        .map((all) => `${head}${all.join(';\n')};\n`);
      let ran = 0;
      let refused = 0;
      const property = fc.asyncProperty(file, async (sql) => {
        const ours = await copyOf(template);
        const spec = postgresMigrate.parse({ database: ours, source: { directory: 'db' } });
        const before = await stateOf(ours);
        const failed = await engine.apply(spec, contextOf({ files: { 'db/V1__x.sql': sql } })).then(
          () => null,
          (error: unknown) => error,
        );
        if (failed instanceof WindlassFailure && failed.type === 'InvalidRollout') {
          expect(await stateOf(ours)).toEqual(before);
          refused += 1;
          return;
        }
        const theirs = await copyOf(template);
        const through = psql(theirs, sql, inOne);
        expect({ through: failed === null, state: await stateOf(ours) }).toEqual({
          through,
          state: await stateOf(theirs),
        });
        ran += 1;
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
      expect(ran).toBeGreaterThan(0);
      if (RUNS > 100) process.stdout.write(`${ran} ran as under psql, ${refused} were refused\n`);
    },
    300_000 + 10_000 * RUNS,
  );
});
