import { afterAll, describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import { probe } from '../../src/domain/kinds/probe.ts';
import { postgresMigrateEngine } from '../../src/postgres/migrate/migrate-engine.ts';
import { sqlProbeEngine, type SqlProbeSpec } from '../../src/postgres/probe.ts';
import { contextOf } from '../postgres/support/context.ts';
import { dropAll, freshDatabase, labConnection, rowsOf } from '../postgres/support/lab.ts';

/** A value of a row that is nowhere in the rollout. */
const CANARY = 'canary4111';

const SETUP = `
  CREATE TABLE card (id int PRIMARY KEY, number text NOT NULL, alias text);
  INSERT INTO card VALUES (1, '${CANARY}', '${CANARY}'), (2, '${CANARY}', '${CANARY}');
  CREATE FUNCTION run(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; END $$;
  CREATE FUNCTION number_of(i int) RETURNS text LANGUAGE sql AS 'SELECT number FROM card WHERE id = i';
  CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE '% is taken', NEW.number USING ERRCODE = 'undefined_table', CONSTRAINT = NEW.number; END $$`;

const code = (body: string): string => `DO $$ DECLARE v text := number_of(1); BEGIN ${body} END $$;`;

/** What a migration, or whatever it calls, may come upon; with the SQLSTATE that the server gives it. */
const FAILING: Readonly<Record<string, string>> = {
  'RAISE, P0001': code(`RAISE 'the number % is wrong', v;`),
  'RAISE with the SQLSTATE and the words of another error, 42P01': code(
    `RAISE 'relation "%" does not exist', v USING ERRCODE = '42P01', TABLE = v, COLUMN = v, SCHEMA = v, DATATYPE = v;`,
  ),
  'a trigger that raises, 42P01':
    'CREATE TRIGGER t BEFORE UPDATE ON card FOR EACH ROW EXECUTE FUNCTION fails(); UPDATE card SET alias = number;',
  'ASSERT, P0004': code(`ASSERT false, v;`),
  'dynamic SQL that does not parse, 42601': code(`PERFORM run('SELECT 1 ' || v || ' x y');`),
  'dynamic SQL with an unknown table, 42P01': code(`PERFORM run('SELECT * FROM ' || v);`),
  'dynamic SQL with an unknown column, 42703': code(`PERFORM run('SELECT ' || v || ' FROM card');`),
  'an unknown type, 42704': code(`PERFORM v::regtype;`),
  'an unknown configuration, 42704': code(`PERFORM v::regconfig;`),
  'an unknown function, 42883': code(`PERFORM run('SELECT ' || v || '()');`),
  'an unknown role, 22023': code(`PERFORM set_config('role', v, true);`),
  'a setting of another form, 22023': code(`PERFORM set_config('work_mem', v, true);`),
  'an unknown setting, 42704': code(`PERFORM current_setting(v);`),
  'a file that is not there, 58P01': code(`PERFORM pg_read_file(v);`),
  'a cast that fails, 22P02': 'ALTER TABLE card ALTER COLUMN number TYPE int USING number::int;',
  'a date, 22007': code('PERFORM v::date;'),
  'JSON, 22P02': code('PERFORM v::json;'),
  'a duplicate key, 23505': 'CREATE UNIQUE INDEX one ON card (number);',
  'a row that is there already, 23505': 'INSERT INTO card SELECT 1, number FROM card;',
  'a check, 23514': `ALTER TABLE card ADD CONSTRAINT short CHECK (length(number) < 3);`,
  'no value, 23502': 'UPDATE card SET number = NULL;',
  'a foreign key, 23503':
    'CREATE TABLE known (number text PRIMARY KEY); ALTER TABLE card ADD FOREIGN KEY (number) REFERENCES known;',
  'more than fits, 22001': 'ALTER TABLE card ALTER COLUMN number TYPE varchar(3);',
};

afterAll(dropAll);

describe('no value of a row leaves the worker when it meets', () => {
  const engine = postgresMigrateEngine(labConnection());
  const spec = (database: string) => postgresMigrate.parse({ database, source: { directory: 'db' } });
  let database: string | null = null;
  const shared = async () => {
    if (database !== null) return database;
    database = await freshDatabase();
    await rowsOf(database, SETUP);
    return database;
  };

  test.each(Object.entries(FAILING))('%s', async (name, sql) => {
    const of = spec(await shared());
    const told: unknown[] = [];
    const context = {
      ...contextOf({ files: { 'db/V1__x.sql': sql } }),
      progress: (state: unknown) => told.push(state),
    };
    // In the plan it fails on a copy of the catalog, at most, and is told as a note.
    told.push(await engine.plan(of, context).catch(summaryOf));
    const failure = await engine.apply(of, context).then(() => null, summaryOf);
    told.push(failure);
    const sqlstate = name.slice(-5);
    expect(failure).toMatchObject({ facts: { sqlstate }, object: expect.stringMatching(/db\/V1__x\.sql/) });
    expect(failure).toHaveProperty('message', expect.stringContaining(`(SQLSTATE ${sqlstate})`));
    expect(JSON.stringify(told)).not.toContain(CANARY);
  });

  test('any of it in a probe or an expectation', async () => {
    const name = await shared();
    const query = `SELECT number::int FROM card`;
    const sql = sqlProbeEngine(labConnection());
    const asked = probe.parse({ protocol: 'sql', database: name, query, equals: 1, within: '5s' }) as SqlProbeSpec;
    const failure = await sql.verify(asked, contextOf()).then(() => null, summaryOf);
    expect(failure).toMatchObject({ type: 'ProbeFailed', message: expect.stringContaining('22P02') });
    const expecting = postgresMigrate.parse({
      database: name,
      source: { directory: 'db' },
      expect: { queries: [{ query, equals: 1 }] },
    });
    const context = contextOf({ files: { 'db/V1__fine.sql': 'SELECT 1;' } });
    await engine.apply(expecting, context);
    const findings = await engine.verify(expecting, context);
    expect(JSON.stringify([failure, findings])).not.toContain(CANARY);
    expect(JSON.stringify(findings)).toContain('22P02');
  });
});

function summaryOf(error: unknown): unknown {
  if (!(error instanceof WindlassFailure)) throw error;
  return error.summary();
}
