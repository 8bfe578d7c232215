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

  test('values of rows and parameters stay out of it', () => {
    const secret = 'correct horse';
    const failures = [
      serverError('22P02', `invalid input syntax for type integer: "${secret}"`),
      serverError('23505', 'duplicate key value violates unique constraint "u"', { detail: `Key (a)=(${secret})` }),
      serverError('42601', 'syntax error', {
        where: `COPY t, line 1: "${secret}"`,
        internalQuery: secret,
        hint: secret,
      }),
    ].map((error) => JSON.stringify(sqlFailure(error, PLACE).summary()));
    expect(failures.join()).not.toContain(secret);
  });

  test('the name of a role that SET ROLE does not find is kept', () => {
    expect(sqlFailure(serverError('22023', 'role "app" does not exist'), PLACE).message).toContain('role "app"');
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
