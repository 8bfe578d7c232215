import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { scratchDatabase, sentinelSchema } from '../../src/postgres/dump/names.ts';
import { dumpSettings } from '../../src/postgres/dump/settings.ts';
import { labStore, removeWhole } from '../objectstore/support.ts';
import { databaseDrill, drilled, keysOf, leftovers } from '../postgres/support/database-drill.ts';
import {
  connect,
  dropAll,
  freshDatabase,
  labAs,
  rowsOf,
  uniqueName,
  until,
  willDrop,
} from '../postgres/support/lab.ts';
import { freshName } from '../support/settings.ts';

const CHILD = fileURLToPath(new URL('../postgres/support/dump-process.ts', import.meta.url));
const store = labStore();
const bucket = freshName();

beforeAll(async () => {
  await s3Client(store).makeBucket(bucket, store.region);
  // What is only hidden counts as left.
  await s3Client(store).setBucketVersioning(bucket, { Status: 'Enabled' });
});
afterAll(async () => {
  await dropAll();
  await removeWhole(store, bucket);
});

/** A database with one table of 1000 rows. */
async function small(): Promise<string> {
  const database = await freshDatabase();
  await rowsOf(database, 'CREATE TABLE t AS SELECT n, md5(n::text) AS text FROM generate_series(1, 1000) AS n');
  return database;
}

/** Versions of dumps of this database, and marks that one was deleted. */
async function dumps(database: string): Promise<string[]> {
  const client = s3Client(store);
  const found = await client.listObjects(bucket, 'backups/', true, { IncludeVersion: true }).toArray();
  return (found as { name: string }[]).map(({ name }) => name).filter((name) => name.includes(database));
}

/** Holds a lock that pg_dump waits for, as somebody does who is changing the table. */
async function locked(database: string): Promise<{ waitedFor(): Promise<void>; release(): Promise<void> }> {
  const holder = await connect(database);
  await holder.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
  return {
    waitedFor: () =>
      until(async () => {
        const waiting = await rowsOf(
          'postgres',
          `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock'`,
          [database],
        );
        return waiting.length > 0;
      }),
    release: () => holder.end(),
  };
}

describe('before anything is touched', () => {
  test('tools older than the server are refused, by stand-ins that only tell a version', async () => {
    const database = await small();
    const named = mkdtempSync(join(tmpdir(), 'windlass-tools-'));
    for (const name of ['pg_dump', 'pg_restore']) {
      writeFileSync(join(named, name), `#!/bin/sh\necho '${name} (PostgreSQL) 9.6.24'\n`);
      chmodSync(join(named, name), 0o755);
    }
    try {
      const settings = dumpSettings({ WINDLASS_PG_BIN: named });
      await expect(drilled(databaseDrill({ database, bucket, settings }))).rejects.toMatchObject({
        type: 'ToolMissing',
        options: { facts: { found: ['9.6.24'] } },
      });
    } finally {
      rmSync(named, { recursive: true });
    }
    expect(await leftovers(database)).toEqual([]);
    expect(await dumps(database)).toEqual([]);
  });

  test('every right that the user lacks is told', async () => {
    const database = await small();
    const user = willDrop('ROLE', uniqueName('drill_user'));
    await rowsOf('postgres', `CREATE ROLE ${user} LOGIN PASSWORD 'weak'`);
    const connection = labAs({ user, password: 'weak' });
    await expect(drilled(databaseDrill({ database, bucket, connection }))).rejects.toMatchObject({
      type: 'AccessDenied',
      options: {
        facts: {
          lacks: [
            `CREATE on database ${database}, for the schema of the sentinel`,
            'CREATEDB, for the database that is restored into',
            'SELECT on public.t',
          ],
        },
      },
    });
  });
});

test('a user who is no superuser drills a database with the rights that were told', async () => {
  const database = await small();
  const user = willDrop('ROLE', uniqueName('drill_user'));
  await rowsOf('postgres', `CREATE ROLE ${user} LOGIN CREATEDB PASSWORD 'p@ss:w/rd%'`);
  await rowsOf(database, `GRANT CREATE ON DATABASE ${database} TO ${user}; GRANT SELECT ON t TO ${user}`);
  const connection = labAs({ user, password: 'p@ss:w/rd%' });
  expect((await drilled(databaseDrill({ database, bucket, connection }))).faults).toEqual([]);
  expect(await leftovers(database)).toEqual([]);
});

describe('what a drill did not make', () => {
  test('is never touched: a database of the name of its own', async () => {
    const database = await small();
    const foreign = willDrop('DATABASE', scratchDatabase(keysOf(database), 0));
    await rowsOf('postgres', `CREATE DATABASE ${foreign}`);
    await rowsOf(foreign, 'CREATE TABLE precious ()');
    await expect(drilled(databaseDrill({ database, bucket }))).rejects.toMatchObject({
      type: 'TargetBusy',
      options: { object: `database ${foreign}`, retryable: false },
    });
    await drilled(databaseDrill({ database, bucket, run: 'later' }));
    expect(await rowsOf(foreign, "SELECT to_regclass('precious')::text AS t")).toEqual([{ t: 'precious' }]);
    expect(await leftovers(database)).toEqual([foreign]);
  });

  test('is never touched: a schema of the name of its own', async () => {
    const database = await small();
    const foreign = sentinelSchema(keysOf(database));
    await rowsOf(database, `CREATE SCHEMA ${foreign}; CREATE TABLE ${foreign}.sentinel ()`);
    await expect(drilled(databaseDrill({ database, bucket }))).rejects.toMatchObject({
      type: 'TargetBusy',
      options: { object: `schema ${foreign}` },
    });
    expect(await leftovers(database)).toEqual([foreign]);
  });

  test('a database that was never finished, and that nobody can have entered, is made again', async () => {
    const database = await small();
    const unfinished = scratchDatabase(keysOf(database), 0);
    await rowsOf('postgres', `CREATE DATABASE ${unfinished} ALLOW_CONNECTIONS false CONNECTION LIMIT 0`);
    expect((await drilled(databaseDrill({ database, bucket }))).faults).toEqual([]);
    expect(await leftovers(database)).toEqual([]);
  });
});

test('a cancelled drill stops pg_dump and leaves nothing', async () => {
  const database = await small();
  const lock = await locked(database);
  const controller = new AbortController();
  const reason = new Error('cancelled');
  const drill = drilled(databaseDrill({ database, bucket, context: { signal: controller.signal } }));
  const refused = expect(drill).rejects.toBe(reason);
  await lock.waitedFor();
  controller.abort(reason);
  await refused;
  await lock.release();
  expect(await leftovers(database)).toEqual([]);
  expect(await dumps(database)).toEqual([]);
});

describe('a worker killed with -9', () => {
  test.each([
    ['once the sentinel is planted', (line: Line) => line.state !== undefined],
    ['while it dumps', (line: Line) => line.stage === 'dump'],
    ['once the dump is there', (line: Line) => line.stage === 'inspect dump'],
    ['while it restores', (line: Line) => line.stage === 'restore dump'],
    ['while it compares', (line: Line) => line.stage === 'compare database'],
  ])('%s: the next run proves the database, and nothing is left', async (_words, when) => {
    const database = await small();
    const worker = start(database);
    await worker.told(when);
    await worker.kill();
    expect((await drilled(databaseDrill({ database, bucket, run: 'next' }))).faults).toEqual([]);
    expect(await leftovers(database)).toEqual([]);
    expect(await dumps(database)).toEqual([]);
  });

  test('once the dump is there, before it is written down: its retry dumps again, and leaves nothing', async () => {
    const database = await small();
    const worker = start(database);
    await worker.told((line) => line.stage === 'inspect dump');
    await worker.kill();
    expect((await drilled(databaseDrill({ database, bucket, run: 'killed' }))).faults).toEqual([]);
    expect(await leftovers(database)).toEqual([]);
    expect(await dumps(database)).toEqual([]);
  });

  test('while pg_dump waits for a lock: its retry goes on, and nothing is left', async () => {
    const database = await small();
    const lock = await locked(database);
    const worker = start(database);
    await lock.waitedFor();
    await worker.kill();
    await lock.release();
    expect((await drilled(databaseDrill({ database, bucket, run: 'killed' }))).faults).toEqual([]);
    expect(await leftovers(database)).toEqual([]);
    expect(await dumps(database)).toEqual([]);
  });
});

test('a dump beside a backup that another one came to replace goes, too', async () => {
  const database = await small();
  const part = databaseDrill({ database, bucket });
  const { signal } = new AbortController();
  const state = await part.plant('nonce');
  await part.record(state, 'first');
  const recorded = await part.record(state, 'second');
  expect(await dumps(database)).toEqual([`backups/second/${database}.dump`]);
  await part.withdraw(recorded, signal, []);
  expect(await dumps(database)).toEqual([]);
});

interface Line {
  readonly stage?: string;
  readonly state?: Json;
}

function start(database: string): { told(is: (line: Line) => boolean): Promise<void>; kill(): Promise<void> } {
  const child = spawn(process.execPath, [CHILD, database, bucket, 'killed'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Not Jest's own, which are for virtual modules.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const exited = once(child, 'exit');
  return {
    async told(is) {
      for await (const line of createInterface({ input: child.stdout })) {
        if (is(JSON.parse(line) as Line)) return;
      }
      throw new Error('the worker ended without telling it');
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
