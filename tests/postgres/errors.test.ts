import { DatabaseError } from 'pg';
import { describe, expect, test } from '@jest/globals';
import { clientConfig, serverName } from '../../src/postgres/connection.ts';
import { sqlFailure } from '../../src/postgres/errors.ts';

const PLACE = { server: 'db.example.com:5432', object: 'database orders' };

function serverError(code: string, message: string, more: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code, ...more });
}

describe('errors of the server', () => {
  test.each([
    ['28P01', 'AccessDenied', false],
    ['28000', 'AccessDenied', false],
    ['42501', 'AccessDenied', false],
    ['57P01', 'TargetUnreachable', true],
    ['57P02', 'TargetUnreachable', true],
    ['57P03', 'TargetUnreachable', true],
    ['08006', 'TargetUnreachable', true],
    ['55P03', 'TargetBusy', true],
    ['40P01', 'TargetBusy', true],
    ['53300', 'TargetBusy', true],
    ['53100', 'ServerError', true],
    ['57014', 'Interrupted', true],
    ['42601', 'SqlFailed', false],
    ['3D000', 'SqlFailed', false],
  ])('SQLSTATE %s is %s (retried: %s)', (code, type, retryable) => {
    const summary = sqlFailure(serverError(code, 'something'), PLACE).summary();
    expect(summary).toMatchObject({ type, retryable, object: 'database orders', facts: { sqlstate: code } });
    expect(summary.message).toContain('db.example.com:5432');
  });

  test('the place is the closer one when it is known', () => {
    const failure = sqlFailure(serverError('42601', 'syntax error at or near "x"', { position: '7' }), {
      ...PLACE,
      locate: (error) => `V1.sql:1:${error.position ?? '?'}`,
    });
    expect(failure.summary()).toMatchObject({ object: 'V1.sql:1:7' });
    expect(failure.message).toContain('syntax error at or near "x"');
  });

  const CANARY = 'canary4111';

  test.each([
    ['22P02', `invalid input syntax for type integer: "${CANARY}"`],
    ['23505', 'duplicate key value violates unique constraint "u"'],
    ['P0001', `the balance of ${CANARY} is wrong`],
    ['42601', `syntax error at or near "${CANARY}"`],
    ['22023', `invalid value for parameter "x": "${CANARY}"`],
    ['22023', `role "${CANARY}" does not exist`],
    ['42704', `type "${CANARY}" does not exist`],
    ['58P01', `could not open file "/data/${CANARY}" for reading: No such file or directory`],
    ['42P01', `relation "app.${CANARY}" does not exist`],
    ['42883', `function f(${CANARY}) does not exist`],
    ['XX000', CANARY],
    [CANARY, CANARY],
  ])('of SQLSTATE %s, no value leaves, in whatever field and whatever form it comes: %s', (code, message) => {
    const all = { detail: CANARY, hint: CANARY, where: `COPY t, line 1: "${CANARY}"`, internalQuery: CANARY };
    const named = { schema: CANARY, table: CANARY, column: CANARY, dataType: CANARY, constraint: CANARY };
    const error = serverError(code, message, { ...all, ...named, routine: 'exec_stmt_raise', file: CANARY });
    const statement = `SELECT f('${CANARY}', E'\\'${CANARY}', $$it's '${CANARY}'$$)`;
    const failure = sqlFailure(error, { ...PLACE, statement });
    expect(JSON.stringify(failure.summary())).not.toContain(CANARY);
    expect(failure.message).toMatch(/^PostgreSQL at db\.example\.com:5432: .+ \(SQLSTATE [0-9A-Z]{5}\)\.$/);
  });

  test('what is said in its place names the condition, the things and the line', () => {
    const where = 'PL/pgSQL function inline_code_block line 3 at RAISE';
    const raised = sqlFailure(serverError('P0001', CANARY, { where, routine: 'exec_stmt_raise' }), PLACE).summary();
    expect(raised.message).toBe(
      'PostgreSQL at db.example.com:5432: raised by code in the database at line 3 of the code that it calls (SQLSTATE P0001).',
    );
    expect(raised.next).toContain("The server's own words may hold data");
    const fields = { schema: 'app', table: 'people', column: 'card', constraint: 'card_positive' };
    const violated = serverError('23514', 'new words of a later version', { ...fields, routine: 'ExecConstraints' });
    expect(sqlFailure(violated, PLACE).summary()).toMatchObject({
      message:
        'PostgreSQL at db.example.com:5432: check violation in column card of table app.people by constraint card_positive (SQLSTATE 23514).',
      facts: { sqlstate: '23514', ...fields },
    });
  });

  test.each([
    ['42P01', 'relation "app.nope" does not exist', 'SELECT * FROM app.nope'],
    ['42703', 'column "nope" of relation "t" does not exist', 'ALTER TABLE t DROP COLUMN nope'],
    ['42601', 'syntax error at or near ")"', 'SELECT )'],
    ['42601', 'syntax error at or near "FORM"', 'SELECT 1 FORM t'],
    ['42501', 'must be owner of table held', 'DROP TABLE Held'],
    [
      '42501',
      'permission denied to create event trigger "log ddl"',
      'CREATE EVENT TRIGGER "log ddl" ON ddl_command_end',
    ],
    ['22023', 'role "app" does not exist', 'SET LOCAL ROLE "app"'],
    ['25001', 'CREATE INDEX CONCURRENTLY cannot run inside a transaction block', 'CREATE INDEX CONCURRENTLY ON t (a)'],
    ['57014', 'canceling statement due to statement timeout', 'SELECT pg_sleep(9)'],
    ['XX000', 'tuple concurrently updated', 'GRANT SELECT ON t TO a'],
  ])('words of the server that are names of the statement alone are kept: %s %s', (code, message, statement) => {
    expect(sqlFailure(serverError(code, message), { ...PLACE, statement }).message).toBe(
      `PostgreSQL at db.example.com:5432: ${message} (SQLSTATE ${code}).`,
    );
  });

  test('a name that is not in the statement is not shown, and the rest is', () => {
    const failure = sqlFailure(serverError('42P01', 'relation "found_in_a_row" does not exist'), {
      ...PLACE,
      statement: "DO $$ BEGIN EXECUTE 'SELECT * FROM ' || (SELECT name FROM names); END $$",
    });
    expect(failure.message).toContain('relation (name not shown) does not exist');
  });
});

describe('errors of the connection', () => {
  test.each([
    ['connect ECONNREFUSED 10.0.0.1', 'ECONNREFUSED', 'refused', true],
    ['Connection terminated unexpectedly', undefined, 'lost', true],
    ['timeout expired', undefined, 'does not answer', true],
    ['Client has encountered a connection error and is not queryable', undefined, 'lost', true],
    ['The server does not support SSL connections', undefined, 'secure', false],
  ])('"%s" is TargetUnreachable', (text, code, words, retryable) => {
    const summary = sqlFailure(Object.assign(new Error(text), { code }), PLACE).summary();
    expect(summary).toMatchObject({ type: 'TargetUnreachable', retryable });
    expect(summary.message).toContain(words);
  });

  test('a password that is asked for and not given is AccessDenied', () => {
    const error = new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string');
    expect(sqlFailure(error, PLACE).type).toBe('AccessDenied');
  });

  test('a defect of ours is not taken for the weather', () => {
    expect(sqlFailure(new TypeError('Query values must be an array'), PLACE).type).toBe('Internal');
  });
});

describe('the address', () => {
  const connection = { url: 'postgres://ada:s3cret@db.example.com:6432/postgres?sslmode=verify-full&lock_timeout=0' };

  test('leads to the database asked for, without settings that are ours', () => {
    const config = clientConfig(connection, 'orders/2026?#');
    expect(config).toMatchObject({ user: 'ada', host: 'db.example.com', port: 6432, database: 'orders/2026?#' });
    expect(config).not.toHaveProperty('lock_timeout');
    expect(clientConfig(connection)).toMatchObject({ database: 'postgres' });
  });

  test('is shown as host and port alone', () => {
    expect(serverName(connection)).toBe('db.example.com:6432');
    expect(serverName({ url: 'postgres://db/x' })).toBe('db:5432');
  });

  test.each(['', 'db.example.com', 'mysql://u:s3cret@h/db', 'postgres://u:s3cret@[bad/db'])(
    'is refused without being shown when it is none: %s',
    (url) => {
      expect(() => serverName({ url })).toThrow(expect.objectContaining({ type: 'ReferenceUnresolved' }));
      expect(() => serverName({ url })).not.toThrow(/s3cret/);
    },
  );
});
