import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { LARGE_OBJECTS } from '../../src/postgres/dump/catalog.ts';
import { scratchDatabase, sentinelSchema } from '../../src/postgres/dump/names.ts';
import { labStore, removeWhole } from '../objectstore/support.ts';
import { databaseDrill, drilled, keysOf, leftovers, type Meddling } from '../postgres/support/database-drill.ts';
import { connect, dropAll, freshDatabase, labAs, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';
import { freshName } from '../support/settings.ts';

const SHOP = readFileSync(new URL('../postgres/support/shop.sql', import.meta.url), 'utf8');
const store = labStore();
const client = s3Client(store);
const bucket = freshName();
let template: string;

beforeAll(async () => {
  await client.makeBucket(bucket, store.region);
  template = await freshDatabase();
  await rowsOf(template, SHOP);
});

afterAll(async () => {
  await dropAll();
  await removeWhole(store, bucket);
});

/** A database of its own with something of everything. */
async function shop(): Promise<string> {
  const database = willDrop('DATABASE', uniqueName('windlass_test'));
  await rowsOf('postgres', `CREATE DATABASE ${database} TEMPLATE ${template}`);
  return database;
}

function keyOf(database: string): string {
  return `backups/backup/${database}.dump`;
}

async function dumpOf(database: string): Promise<Buffer> {
  return buffer(await client.getObject(bucket, keyOf(database)));
}

async function isThere(database: string): Promise<boolean> {
  return client.statObject(bucket, keyOf(database)).then(
    () => true,
    () => false,
  );
}

/** Changes the dump in the bucket. */
function rewriting(database: string, how: (dump: Buffer) => Buffer): Meddling {
  return {
    beforeRestore: async () => {
      const dump = await dumpOf(database);
      await client.putObject(bucket, keyOf(database), how(dump));
      return undefined;
    },
  };
}

/** Changes the dump, and the journal so that it speaks for the new one. */
function forging(database: string, how: (dump: Buffer) => Promise<Buffer> | Buffer): Meddling {
  return {
    beforeRestore: async (state) => {
      const forged = await how(await dumpOf(database));
      await client.putObject(bucket, keyOf(database), forged);
      const { dump, ...rest } = state as { readonly dump: { readonly [field: string]: Json } };
      const sha256 = createHash('sha256').update(forged).digest('hex');
      return { ...rest, dump: { ...dump, bytes: forged.length, sha256 } };
    },
  };
}

/** Changes what was restored, before it is compared. */
function inRestore(database: string, sql: string): Meddling {
  return { beforeCompare: () => rowsOf(scratchDatabase(keysOf(database), 0), sql) };
}

describe('a database of the lab', () => {
  test('with something of everything is proven, and nothing is left of the drill', async () => {
    const database = await shop();
    const { faults, facts } = await drilled(databaseDrill({ database, bucket }));
    expect(faults).toEqual([]);
    // 2000 customers, 500 orders, 2 children, 1 nothing, 3 odd ones, 1 cached, the sentinel, 2 pieces of the large object.
    expect(facts).toMatchObject({ rows: 2510, sequences: 3 });
    expect(await leftovers(database)).toEqual([]);
    expect(await isThere(database)).toBe(false);
  });

  test('of another encoding and locale is proven', async () => {
    const database = willDrop('DATABASE', uniqueName('windlass_test'));
    await rowsOf('postgres', `CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    await rowsOf(database, "CREATE TABLE t AS SELECT 'é' AS letter");
    expect((await drilled(databaseDrill({ database, bucket }))).faults).toEqual([]);
  });

  test('that is written to while it is dumped is proven', async () => {
    const database = await shop();
    const client = await connect(database);
    const done = new AbortController();
    const writer = (async () => {
      while (!done.signal.aborted) await client.query("INSERT INTO customers (name) VALUES ('meanwhile')");
    })();
    try {
      expect((await drilled(databaseDrill({ database, bucket }))).faults).toEqual([]);
    } finally {
      done.abort();
      await writer;
      await client.end();
    }
  });

  test('keeps its dump with the backup where that is asked for', async () => {
    const database = await shop();
    expect((await drilled(databaseDrill({ database, bucket, keep: true }))).faults).toEqual([]);
    expect(await leftovers(database)).toEqual([]);
    expect((await dumpOf(database)).subarray(0, 5).toString('latin1')).toBe('PGDMP');
  });
});

/** A database of these statements. */
async function databaseOf(sql: string, options = ''): Promise<string> {
  const database = willDrop('DATABASE', uniqueName('windlass_test'));
  await rowsOf('postgres', `CREATE DATABASE ${database} ${options}`);
  await rowsOf(database, sql);
  return database;
}

describe('a sound dump is proven, and what cannot be compared is said', () => {
  test('of a database with an invalid index, which pg_dump leaves out', async () => {
    const database = await databaseOf('CREATE TABLE t (id int, x int); INSERT INTO t VALUES (1, 1), (2, 1)');
    await expect(rowsOf(database, 'CREATE UNIQUE INDEX CONCURRENTLY t_x ON t (x)')).rejects.toThrow('unique');
    expect(await drilled(databaseDrill({ database, bucket }))).toMatchObject({
      faults: [],
      facts: { notCompared: ['index public.t_x: it is invalid, and pg_dump leaves it out'] },
    });
  });

  test('of a database whose settings decide what its generated columns hold, and which reads only by default', async () => {
    const database = willDrop('DATABASE', uniqueName('windlass_test'));
    await rowsOf('postgres', `CREATE DATABASE ${database}`);
    await rowsOf('postgres', `ALTER DATABASE ${database} SET timezone TO 'Asia/Tokyo'`);
    await rowsOf(
      database,
      `CREATE FUNCTION day_of(t timestamptz) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT to_char(t, 'YYYY-MM-DD') $$;
       CREATE TABLE visits (at timestamptz, day text GENERATED ALWAYS AS (day_of(at)) STORED);
       INSERT INTO visits VALUES ('2026-01-01 20:00:00+00')`,
    );
    await rowsOf('postgres', `ALTER DATABASE ${database} SET default_transaction_read_only TO on`);
    expect((await drilled(databaseDrill({ database, bucket }))).faults).toEqual([]);
    expect(await leftovers(database)).toEqual([]);
  });

  test('of a database whose event trigger audits, which then has nothing of the drill in its log', async () => {
    const database = await databaseOf(`
      CREATE TABLE ddl_log (id serial, tag text);
      CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.ddl_log (tag) VALUES (tg_tag); END $$;
      CREATE MATERIALIZED VIEW mv AS SELECT 1 AS x;
      CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl();
      CREATE EVENT TRIGGER log_drop ON sql_drop EXECUTE FUNCTION log_ddl()`);
    const logged = () => rowsOf(database, 'SELECT id, tag FROM ddl_log ORDER BY id');
    const before = await logged();
    const verdict = await drilled(databaseDrill({ database, bucket }), {
      beforeCompare: () => rowsOf(scratchDatabase(keysOf(database), 0), 'DROP EVENT TRIGGER log_drop'),
    });
    // Its triggers come back, too.
    expect(verdict.faults).toEqual([
      `database platform-db/${database}: event trigger log_drop is missing in the restore`,
    ]);
    expect(await logged()).toEqual(before);
  });

  test.each(['ALWAYS', 'REPLICA'])(
    'of a database whose event trigger fires %s, and sees nothing of the restore',
    async (when) => {
      const database = await databaseOf(`
      CREATE TABLE ddl_log (id serial, tag text);
      CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.ddl_log (tag) VALUES (tg_tag); END $$;
      CREATE MATERIALIZED VIEW mv AS SELECT 1 AS x;
      CREATE EVENT TRIGGER "log (1); all" ON ddl_command_end EXECUTE FUNCTION log_ddl();
      COMMENT ON EVENT TRIGGER "log (1); all" IS 'EVENT TRIGGER';
      ALTER EVENT TRIGGER "log (1); all" ENABLE ${when}`);
      const populated: unknown[] = [];
      const verdict = await drilled(databaseDrill({ database, bucket }), {
        beforeCompare: async () => {
          const seen = 'SELECT (SELECT evtenabled FROM pg_event_trigger) AS fires, (SELECT x FROM mv) AS x';
          populated.push(...(await rowsOf(scratchDatabase(keysOf(database), 0), seen)));
        },
      });
      expect(verdict.faults).toEqual([]);
      expect(verdict.facts).not.toHaveProperty('notCompared');
      expect(populated).toEqual([{ fires: when.charAt(0), x: 1 }]);
    },
  );

  test('of a database whose rows a restore shares out among hash partitions otherwise', async () => {
    const database = await databaseOf(`
      CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
      CREATE TABLE hp (m mood, k int) PARTITION BY HASH (m);
      CREATE TABLE hp0 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 0);
      CREATE TABLE hp1 PARTITION OF hp FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY RANGE (k);
      CREATE TABLE hp1a PARTITION OF hp1 DEFAULT;
      INSERT INTO hp SELECT (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood, i FROM generate_series(1, 100) i`);
    const drill = () => databaseDrill({ database, bucket });
    const proven = await drilled(drill());
    expect(proven).toMatchObject({ faults: [], facts: { rows: 101 } });
    expect(JSON.stringify(proven.facts)).toContain('rows in the partitions of public.hp: ');
    const { faults } = await drilled(drill(), inRestore(database, 'UPDATE hp SET k = k + 1000 WHERE k = 7'));
    expect(faults).toEqual([
      `database platform-db/${database}: the content of table public.hp differs (100 rows, checksum)`,
    ]);
  });

  test.each([
    ['SQL_ASCII', "SET client_encoding TO 'SQL_ASCII'; CREATE TABLE t AS SELECT E'caf\\xe9'::text AS name"],
    // Which is no character, and has no equivalent in UTF-8.
    ['WIN1252', "SET client_encoding TO 'WIN1252'; CREATE TABLE t AS SELECT E'\\x81'::text AS name"],
  ])('of a database in %s with bytes that are no UTF-8', async (encoding, sql) => {
    const database = await databaseOf(sql, `ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    expect((await drilled(databaseDrill({ database, bucket }))).faults).toEqual([]);
    const { faults } = await drilled(
      databaseDrill({ database, bucket }),
      inRestore(database, "UPDATE t SET name = 'x'"),
    );
    expect(faults).toEqual([
      `database platform-db/${database}: the content of table public.t differs (1 rows, checksum)`,
    ]);
  });

  test('of a database that the user of the target may not restore: that is no fault of the dump', async () => {
    const role = willDrop('ROLE', uniqueName('windlass_test'));
    await rowsOf('postgres', `CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'test'`);
    const database = await databaseOf(`
      GRANT USAGE ON SCHEMA public TO ${role};
      CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
      CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION log_ddl()`);
    await rowsOf(database, `GRANT CREATE ON DATABASE ${database} TO ${role}`);
    const failure = drilled(databaseDrill({ database, bucket, connection: labAs({ user: role, password: 'test' }) }));
    await expect(failure).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringContaining('permission denied to create event trigger') as unknown,
    });
    expect(await leftovers(database)).toEqual([]);
    await rowsOf(database, `DROP OWNED BY ${role}`);
  });

  test('of a database that the version before recorded', async () => {
    const database = await databaseOf(
      "CREATE TABLE t AS SELECT 'é'::text AS name",
      "ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    const { faults } = await drilled(databaseDrill({ database, bucket }), {
      beforeRestore: async (state) => {
        const { content, ...rest } = state as { readonly content: { readonly [field: string]: Json } };
        const old = Object.fromEntries(
          Object.entries(content).filter(([key]) => !['form', 'notCompared'].includes(key)),
        );
        const checksum = await rowsOf<{ sum: string }>(
          database,
          "SELECT sum(('x' || encode(substr(sha256(convert_to(ROW(t.name)::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint)::text AS sum FROM t",
        );
        const tables = old['tables'] as { readonly [name: string]: { readonly [field: string]: Json } };
        const t = { ...tables['public.t'], checksum: checksum[0]?.sum ?? '' };
        return { ...rest, content: { ...old, tables: { ...tables, 'public.t': t } } };
      },
    });
    expect(faults).toEqual([]);
  });

  test('of many large objects, of which one is open at a time', async () => {
    const database = await databaseOf('SELECT lo_from_bytea(0, i::text::bytea) FROM generate_series(1, 500) i');
    const session = await connect(database);
    try {
      await session.query('BEGIN');
      const { rows } = await session.query<{ rows: string }>(LARGE_OBJECTS);
      expect(rows[0]?.rows).toBe('500');
      // The first descriptor is free again.
      const oid = '(SELECT oid FROM pg_largeobject_metadata LIMIT 1)';
      expect((await session.query<{ fd: number }>(`SELECT lo_open(${oid}, 262144) AS fd`)).rows).toEqual([{ fd: 0 }]);
    } finally {
      await session.end();
    }
    expect((await drilled(databaseDrill({ database, bucket }))).faults).toEqual([]);
  });
});

describe('is never proven', () => {
  test('when its dump is truncated', async () => {
    const database = await shop();
    const { faults } = await drilled(
      databaseDrill({ database, bucket }),
      rewriting(database, (dump) => dump.subarray(0, dump.length - 1000)),
    );
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(`^the dump of database platform-db/${database} is truncated: it is \\d+ bytes, \\d+ were recorded$`),
      ),
    ]);
    expect(await leftovers(database)).toEqual([]);
  });

  test('when a byte of its dump is flipped', async () => {
    const database = await shop();
    const { faults } = await drilled(databaseDrill({ database, bucket }), rewriting(database, withFlippedByte));
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(
          `^the dump of database platform-db/${database} was altered: its SHA-256 is \\w{64}, \\w{64} was rec`,
        ),
      ),
    ]);
  });

  test('when its dump is gone', async () => {
    const database = await shop();
    const { faults } = await drilled(databaseDrill({ database, bucket }), {
      beforeRestore: () => client.removeObject(bucket, keyOf(database)).then(() => undefined),
    });
    expect(faults).toEqual([`the dump of database platform-db/${database} is not in the bucket any more`]);
  });

  test('when pg_restore cannot read its dump, though the journal was forged to match', async () => {
    const database = await shop();
    const { faults } = await drilled(
      databaseDrill({ database, bucket }),
      forging(database, (dump) => dump.subarray(0, dump.length / 2)),
    );
    expect(faults).toEqual([
      expect.stringContaining(`the dump of database platform-db/${database} cannot be restored: `),
    ]);
    expect(await leftovers(database)).toEqual([]);
  });

  test('when its dump is another one with less in it, though the journal was forged to match', async () => {
    const database = await shop();
    const other = await shop();
    await rowsOf(other, 'DROP TABLE cache; DROP INDEX orders_by_day; DELETE FROM customers WHERE id > 1990');
    // Without a drill of its own, a dump of the other database: kept by the drill of that one.
    await drilled(databaseDrill({ database: other, bucket, keep: true }));
    const { faults } = await drilled(
      databaseDrill({ database, bucket }),
      forging(database, () => dumpOf(other)),
    );
    const of = (words: string): string => `database platform-db/${database}: ${words}`;
    expect(faults).toEqual(
      expect.arrayContaining([
        of('the sentinel did not come back as it was planted'),
        of('table public.cache is missing in the restore'),
        of('table public.customers has 1990 rows in the restore, 2000 were recorded'),
        of('index public.orders_by_day is missing in the restore'),
      ]),
    );
  });

  test.each([
    [
      'a row that was changed',
      "UPDATE customers SET name = 'somebody' WHERE id = 7",
      'the content of table public.customers differs (2000 rows, checksum)',
    ],
    [
      'rows that changed places between tables',
      'UPDATE child SET a = 3 - a',
      'the content of table public.child differs (2 rows, checksum)',
    ],
    [
      'a missing row',
      'DELETE FROM orders_2025 WHERE id = 1',
      'table public.orders_2025 has 267 rows in the restore, 268 were recorded',
    ],
    ['another column', 'ALTER TABLE nothing ADD COLUMN n int', 'the columns of table public.nothing differ'],
    [
      'a table too many',
      'CREATE TABLE intruder ()',
      'table public.intruder is in the restore and was not in the original',
    ],
    [
      'a sequence that lags',
      "SELECT setval('customers_id_seq', 3)",
      'sequence public.customers_id_seq goes on with 4 in the restore, 2001 was recorded',
    ],
    [
      'a missing trigger',
      'DROP TRIGGER touched ON customers',
      'trigger touched on public.customers is missing in the restore',
    ],
    [
      'a changed large object',
      "SELECT lo_put(oid, 1500000, 'x') FROM pg_largeobject_metadata",
      'the content of table large objects differs (2 rows, checksum)',
    ],
    ['a missing sentinel', `DELETE FROM SENTINEL.sentinel`, 'the sentinel did not come back as it was planted'],
  ])('when the restore has %s', async (_words, sql, fault) => {
    const database = await shop();
    const own = sql.replace('SENTINEL', sentinelSchema(keysOf(database)));
    const { faults } = await drilled(databaseDrill({ database, bucket }), inRestore(database, own));
    expect(faults).toEqual([`database platform-db/${database}: ${fault}`]);
    expect(await leftovers(database)).toEqual([]);
  });
});

function withFlippedByte(dump: Buffer): Buffer {
  const flipped = Buffer.from(dump);
  const at = Math.floor(dump.length / 2);
  flipped[at] = ~flipped[at]! & 0xff;
  return flipped;
}
