import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Fence } from '../../src/domain/step-engine.ts';
import type { Json } from '../../src/domain/json.ts';
import { postgresMigrate, type PostgresMigrateSpec } from '../../src/domain/kinds/postgres-migrate.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { readCatalog } from '../../src/postgres/migrate/catalog.ts';
import { withSession } from '../../src/postgres/session.ts';
import { contextOf } from '../postgres/support/context.ts';
import { connect, dropAll, freshDatabase, labConnection, rowsOf, until } from '../postgres/support/lab.ts';
import type { MigrateJob } from '../postgres/support/migrate-process.ts';
import { wire } from '../postgres/support/wire.ts';

const engine = postgresMigrateEngine(labConnection());
const { signal } = new AbortController();
const CHILD = fileURLToPath(new URL('../postgres/support/migrate-process.ts', import.meta.url));

/** Every statement but the sleep leaves a trace that would be there twice if a file ran twice. */
const FILES = {
  'db/V1__first.sql': 'CREATE TABLE trace (n int); INSERT INTO trace VALUES (1);',
  'db/V2__slow.sql': 'INSERT INTO trace VALUES (2); CREATE TABLE slow (); SELECT pg_sleep(1);',
  'db/V3__last.sql': 'INSERT INTO trace VALUES (3); CREATE INDEX trace_n ON trace (n);',
};

function specFor(database: string, more: Readonly<Record<string, unknown>> = {}): PostgresMigrateSpec {
  return postgresMigrate.parse({ database, source: { directory: 'db' }, ...more });
}

/** All that a migration leaves: the whole catalog, rows of the trace, and the ledger without times. */
async function finalState(database: string): Promise<unknown> {
  const options = { database, application: 'test', signal };
  return {
    catalog: (await withSession(labConnection(), options, readCatalog)).lines,
    trace: await rowsOf(database, 'SELECT n FROM trace ORDER BY n'),
    ledger: await rowsOf(database, 'SELECT version, file, sha256, bundle, run, token FROM windlass.ledger ORDER BY 1'),
  };
}

/** What a run leaves that nothing disturbs; made once. */
const undisturbed = (() => {
  let state: Promise<unknown> | undefined;
  const run = async (): Promise<unknown> => {
    const database = await freshDatabase();
    await engine.apply(specFor(database), contextOf({ files: FILES }));
    return finalState(database);
  };
  return () => (state ??= run());
})();

async function backendsOf(database: string, query: string): Promise<number> {
  const [row] = await rowsOf<{ n: number }>(
    'postgres',
    `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = $1 AND application_name LIKE 'windlass/%' AND query LIKE $2`,
    [database, query],
  );
  return row?.n ?? 0;
}

afterAll(dropAll);

describe('a worker killed with -9', () => {
  test.each([
    ['before anything ran', 'V1__first.sql'],
    ['between two files', 'V2__slow.sql'],
    ['near the end', 'V3__last.sql'],
  ])('%s: another completes it, and no file runs twice', async (_, file) => {
    const database = await freshDatabase();
    const worker = start({ spec: specFor(database), files: FILES });
    await worker.told((state) => state.file === file);
    await worker.kill();
    await engine.apply(specFor(database), contextOf({ files: FILES }));
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test('while a statement runs: another completes it, and no file runs twice', async () => {
    const database = await freshDatabase();
    const worker = start({ spec: specFor(database), files: FILES });
    await until(async () => (await backendsOf(database, '%pg_sleep%')) > 0);
    await worker.kill();
    await expect(rowsOf(database, 'SELECT version FROM windlass.ledger')).resolves.toEqual([{ version: '1' }]);
    await engine.apply(specFor(database), contextOf({ files: FILES }));
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test('does not keep its lock for as long as its statement would run', async () => {
    const database = await freshDatabase();
    const files = { 'db/V1__slow.sql': 'CREATE TABLE a (); SELECT pg_sleep(3600);' };
    const worker = start({ spec: specFor(database), files });
    await until(async () => (await backendsOf(database, '%pg_sleep%')) > 0);
    await worker.kill();
    const quick = { 'db/V1__quick.sql': 'CREATE TABLE a ();' };
    await engine.apply(specFor(database), contextOf({ files: quick }));
    await expect(rowsOf(database, 'SELECT file FROM windlass.ledger')).resolves.toEqual([{ file: 'V1__quick.sql' }]);
  });
});

/** A worker in a process of its own. */
function start(job: MigrateJob): { told(is: (state: Progress) => boolean): Promise<void>; kill(): Promise<void> } {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  return {
    async told(is) {
      for await (const line of createInterface({ input: child.stdout })) {
        if (is(JSON.parse(line) as Progress)) return;
      }
      throw new Error('the worker ended without telling it');
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

interface Progress {
  readonly file?: string;
  readonly done?: boolean;
}

describe('the answer to COMMIT that never comes', () => {
  test('is found in the ledger by the retry, and the file does not run again', async () => {
    const database = await freshDatabase();
    const cut = await wire(labConnection(), 'INSERT INTO windlass.ledger');
    const late = await wire(labConnection(), 'COMMIT; RESET');
    try {
      const before = postgresMigrateEngine(cut.connection).apply(specFor(database), contextOf({ files: FILES }));
      await expect(before).rejects.toMatchObject({ type: 'TargetUnreachable' });
      await expect(rowsOf(database, `SELECT to_regclass('trace') AS t`)).resolves.toEqual([{ t: null }]);
      const during = postgresMigrateEngine(late.connection).apply(specFor(database), contextOf({ files: FILES }));
      await expect(during).rejects.toMatchObject({ type: 'TargetUnreachable' });
      await expect(rowsOf(database, 'SELECT version FROM windlass.ledger')).resolves.toEqual([{ version: '1' }]);
    } finally {
      await cut.close();
      await late.close();
    }
    const { changes } = await engine.apply(specFor(database), contextOf({ files: FILES }));
    expect(changes.map(({ action }) => action)).toEqual(['unchanged', 'create', 'create']);
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });
});

describe('two migrators at once', () => {
  test('in processes of their own run each file once between them', async () => {
    const database = await freshDatabase();
    const workers = [1, 2].map(() => start({ spec: specFor(database), files: FILES }));
    await Promise.all(workers.map((worker) => worker.told(({ done }) => done === true)));
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test('run each file once between them', async () => {
    const database = await freshDatabase();
    const runs = await Promise.all([1, 2, 3].map(() => engine.apply(specFor(database), contextOf({ files: FILES }))));
    const made = runs.flatMap(({ changes }) => changes.filter(({ action }) => action === 'create'));
    expect(made).toHaveLength(3);
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test('who waits tells who holds the lock', async () => {
    const database = await freshDatabase();
    const stranger = await connect(database);
    await stranger.query('SELECT pg_advisory_lock(2003398244, 1)');
    const told: Json[] = [];
    const applying = engine.apply(
      specFor(database),
      contextOf({ files: FILES, progress: (state) => told.push(state) }),
    );
    await until(() => told.length > 0);
    expect(told[0]).toEqual({
      waiting: 'migration lock',
      holder: expect.stringMatching(/^pid \d+, user postgres, stranger$/),
    });
    await expect(rowsOf(database, `SELECT to_regclass('windlass.ledger') AS t`)).resolves.toEqual([{ t: null }]);
    await stranger.query('SELECT pg_advisory_unlock(2003398244, 1)');
    await stranger.end();
    await expect(applying).resolves.toMatchObject({ changes: { length: 3 } });
    await expect(finalState(database)).resolves.toEqual(await undisturbed());
  });

  test('who waits for the lock stops when told to', async () => {
    const database = await freshDatabase();
    const stranger = await connect(database);
    await stranger.query('SELECT pg_advisory_lock(2003398244, 1)');
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const context = contextOf({
      files: FILES,
      signal: stop.signal,
      progress: () => {
        stop.abort(reason);
      },
    });
    await expect(engine.apply(specFor(database), context)).rejects.toBe(reason);
    await stranger.end();
  });
});

describe('the fencing token', () => {
  const fence = (token: number, deadline = Date.now() + 60_000): Fence => ({ lock: 'lock/test/db', token, deadline });

  test('a lower one than the database has seen is refused, a higher one is remembered', async () => {
    const database = await freshDatabase();
    const [one, two] = [{ 'db/V1__a.sql': 'CREATE TABLE a ();' }, { 'db/V2__b.sql': 'CREATE TABLE b ();' }];
    await engine.apply(specFor(database), contextOf({ files: one, fence: fence(5) }));
    const files = { ...one, ...two };
    await expect(engine.apply(specFor(database), contextOf({ files, fence: fence(4) }))).rejects.toMatchObject({
      type: 'FenceLost',
      options: { object: 'db/V2__b.sql', facts: { token: 4, seen: 5 } },
    });
    await expect(rowsOf(database, `SELECT to_regclass('b') AS t`)).resolves.toEqual([{ t: null }]);
    await engine.apply(specFor(database), contextOf({ files, fence: fence(9) }));
    await expect(rowsOf(database, 'SELECT * FROM windlass.fence')).resolves.toEqual([
      { lock: 'lock/test/db', token: '9' },
    ]);
  });

  test('the row is locked: a higher token waits until the transaction of the lower one ends', async () => {
    const database = await freshDatabase();
    const files = { 'db/V1__a.sql': 'SELECT pg_sleep(3600);' };
    const stop = new AbortController();
    await engine.apply(specFor(database), contextOf({ files: { 'db/V0__z.sql': 'SELECT 1;' }, fence: fence(1) }));
    const slow = engine.apply(
      specFor(database),
      contextOf({ files: { 'db/V0__z.sql': 'SELECT 1;', ...files }, fence: fence(1), signal: stop.signal }),
    );
    await until(async () => (await backendsOf(database, '%pg_sleep%')) > 0);
    const taken = rowsOf(database, `UPDATE windlass.fence SET token = 2 RETURNING token`);
    await until(async () => {
      const waiting = await rowsOf(
        'postgres',
        `SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
        [database],
      );
      return waiting.length > 0;
    });
    stop.abort(new Error('enough'));
    await expect(slow).rejects.toThrow('enough');
    await expect(taken).resolves.toEqual([{ token: '2' }]);
  });

  test('whose time is over runs nothing', async () => {
    const database = await freshDatabase();
    const context = contextOf({ files: FILES, fence: fence(1, Date.now() - 1) });
    await expect(engine.apply(specFor(database), context)).rejects.toMatchObject({ type: 'FenceLost' });
    await expect(rowsOf(database, `SELECT to_regclass('trace') AS t`)).resolves.toEqual([{ t: null }]);
  });
});

describe('a statement that runs too long', () => {
  test('is cancelled on the server when the step is, and nothing of its file stays', async () => {
    const database = await freshDatabase();
    const stop = new AbortController();
    const reason = new Error('cancelled by a person');
    const files = { 'db/V1__slow.sql': 'CREATE TABLE slow (); SELECT pg_sleep(3600);' };
    const applying = engine.apply(specFor(database), contextOf({ files, signal: stop.signal }));
    const rejected = expect(applying).rejects.toBe(reason);
    await until(async () => (await backendsOf(database, '%pg_sleep%')) > 0);
    stop.abort(reason);
    await rejected;
    await until(async () => (await backendsOf(database, '%')) === 0);
    await expect(rowsOf(database, `SELECT to_regclass('slow') AS t`)).resolves.toEqual([{ t: null }]);
  });

  test('because others hold a lock ends after lockTimeout as TargetBusy, with its place', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE held ()');
    const stranger = await connect(database);
    await stranger.query('BEGIN; LOCK TABLE held');
    const files = { 'db/V1__x.sql': 'CREATE TABLE other ();\nALTER TABLE held ADD COLUMN a int;' };
    const spec = specFor(database, { lockTimeout: '100ms' });
    await expect(engine.apply(spec, contextOf({ files }))).rejects.toMatchObject({
      type: 'TargetBusy',
      options: { object: 'db/V1__x.sql:2:1', facts: { sqlstate: '55P03' } },
    });
    await expect(rowsOf(database, `SELECT to_regclass('other') AS t`)).resolves.toEqual([{ t: null }]);
    await stranger.end();
    await engine.apply(spec, contextOf({ files }));
    const quiet = await freshDatabase();
    await rowsOf(quiet, 'CREATE TABLE held ()');
    await engine.apply(specFor(quiet, { lockTimeout: '100ms' }), contextOf({ files }));
    const catalogOf = async (name: string): Promise<readonly string[]> =>
      (await withSession(labConnection(), { database: name, application: 'test', signal }, readCatalog)).lines;
    await expect(catalogOf(database)).resolves.toEqual(await catalogOf(quiet));
  });

  test('and is ended by an administrator is TargetUnreachable, to be tried again', async () => {
    const database = await freshDatabase();
    const files = { 'db/V1__slow.sql': 'CREATE TABLE slow (); SELECT pg_sleep(3600);' };
    const applying = engine.apply(specFor(database), contextOf({ files }));
    const rejected = expect(applying).rejects.toMatchObject({ type: 'TargetUnreachable' });
    await until(async () => (await backendsOf(database, '%pg_sleep%')) > 0);
    await rowsOf(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE '%pg_sleep%'`,
      [database],
    );
    await rejected;
    await expect(rowsOf(database, `SELECT to_regclass('slow') AS t`)).resolves.toEqual([{ t: null }]);
  });
});
