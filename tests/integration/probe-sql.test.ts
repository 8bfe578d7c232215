import { afterAll, describe, expect, test } from '@jest/globals';
import { probe } from '../../src/domain/kinds/probe.ts';
import { sqlProbeEngine, type SqlProbeSpec } from '../../src/postgres/probe.ts';
import { contextOf } from '../postgres/support/context.ts';
import {
  connect,
  dropAll,
  freshDatabase,
  labAs,
  labConnection,
  rowsOf,
  uniqueName,
  until,
} from '../postgres/support/lab.ts';

const engine = sqlProbeEngine(labConnection());

function spec(
  query: string,
  equals: string | number | boolean,
  more: Readonly<Record<string, unknown>> = {},
): SqlProbeSpec {
  return probe.parse({ protocol: 'sql', database: 'postgres', query, equals, within: '1s', ...more }) as SqlProbeSpec;
}

afterAll(dropAll);

describe('an SQL probe', () => {
  test.each([
    ['SELECT 3', 3],
    ['SELECT 3::bigint', 3],
    ['SELECT 3.0::numeric', 3],
    ["SELECT '3'", '3'],
    ['SELECT true', true],
    ['SELECT 1 > 2', false],
    ["SELECT 'ready' UNION ALL SELECT 'not' ORDER BY 1 DESC", 'ready'],
  ])('%s gives %p', async (query, equals) => {
    // Answered at once by a server that is not busy; a busy one may take its time.
    const patient = spec(query, equals, { within: '1m' });
    await expect(engine.verify(patient, contextOf())).resolves.toMatchObject([{ holds: true }]);
  });

  test('says what was seen last where it is not the expected', async () => {
    const misses = [
      ['SELECT 4', 3, 'gave 4;'],
      ['SELECT NULL', 3, 'gave NULL;'],
      ["SELECT ''", 0, 'gave another text of 0 characters;'],
      ['SELECT WHERE false', 3, 'gave no row;'],
      ["SELECT 's3' || 'cret'", 'other', 'gave another text of 6 characters;'],
      ['SELECT * FROM nowhere', 3, 'SQLSTATE 42P01'],
    ] as const;
    const failures = await Promise.all(
      misses.map(([query, equals]) =>
        engine.verify(spec(query, equals, { within: '5s' }), contextOf()).catch((error: unknown) => error),
      ),
    );
    expect(failures).toMatchObject(
      misses.map(([, , seen]) => ({ type: 'ProbeFailed', message: expect.stringContaining(seen) })),
    );
    expect(failures.map(String).join()).not.toContain('s3cret');
  });

  test('waits until the answer is the expected one', async () => {
    const database = await freshDatabase();
    await rowsOf(database, 'CREATE TABLE jobs (done bool)');
    let asked = 0;
    const context = contextOf({
      progress: () => {
        asked += 1;
        if (asked === 2) void rowsOf(database, 'INSERT INTO jobs VALUES (true)');
      },
    });
    const waiting = spec('SELECT count(*) FROM jobs WHERE done', 1, { database, within: '5m' });
    await expect(engine.verify(waiting, context)).resolves.toMatchObject([{ holds: true }]);
    expect(asked).toBeGreaterThanOrEqual(2);
  });

  test.each(['INSERT INTO t VALUES (1) RETURNING 1', 'SELECT 1; COMMIT; CREATE TABLE made ()', "SELECT nextval('s')"])(
    'can change nothing: %s',
    async (query) => {
      const database = await freshDatabase();
      await rowsOf(database, 'CREATE TABLE t (a int); CREATE SEQUENCE s');
      await expect(engine.verify(spec(query, 1, { database }), contextOf())).rejects.toMatchObject({
        type: 'ProbeFailed',
      });
      await expect(
        rowsOf(
          database,
          `SELECT (SELECT count(*)::int FROM t) AS rows, to_regclass('made') AS made, (SELECT is_called FROM s)`,
        ),
      ).resolves.toEqual([{ rows: 0, made: null, is_called: false }]);
    },
  );

  test('a query that does not end is cancelled on the server when the probe is', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const step = uniqueName('asks');
    const asking = engine.verify(
      spec('SELECT pg_sleep(3600)', 1, { within: '1h' }),
      contextOf({ signal: stop.signal, step }),
    );
    const rejected = expect(asking).rejects.toBe(reason);
    const client = await connect('postgres');
    const running = async (): Promise<number> => {
      const answer = await client.query('SELECT FROM pg_stat_activity WHERE application_name LIKE $1', [`%${step}%`]);
      return answer.rowCount ?? 0;
    };
    await until(async () => (await running()) > 0);
    stop.abort(reason);
    await rejected;
    await until(async () => (await running()) === 0);
    await client.end();
  });

  test('a wrong password is what was seen, and is not shown', async () => {
    const failure = await sqlProbeEngine(labAs({ password: 'wr0ng' }))
      .verify(spec('SELECT 1', 1, { within: '5s' }), contextOf())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'ProbeFailed', message: expect.stringContaining('28P01') });
    expect(`${String(failure)}${JSON.stringify(failure)}`).not.toContain('wr0ng');
  });
});
