import { describe, expect, test } from '@jest/globals';
import { isOpen, reaches, statementLine } from '../../src/objectstore/settings/policy-statements.ts';
import { policy } from '../../src/objectstore/settings/policy.ts';

const arn = (keys: string) => `arn:aws:s3:::bucket/${keys}`;
const read = (more: object = {}) => ({
  ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: arn('public/*') },
  ...more,
});

test('one statement in the words of several servers is one line', () => {
  const line = 'Allow * s3:GetObject on bucket/public/*';
  for (const more of [
    {},
    { Principal: { AWS: '*' } },
    { Principal: { AWS: ['*'] }, Action: ['s3:GetObject'], Resource: [arn('public/*')], Condition: {}, Sid: '' },
  ]) {
    expect(statementLine(read(more))).toBe(line);
  }
});

test.each([
  [{ Principal: { AWS: ['b', 'a'] } }, 'Allow AWS a, AWS b s3:GetObject on bucket/public/*'],
  [{ Action: undefined, NotAction: 's3:PutObject' }, 'Allow * all but s3:PutObject on bucket/public/*'],
  [
    { Condition: { Bool: { 'aws:SecureTransport': true } }, Sid: 'tls' },
    'Allow * s3:GetObject on bucket/public/* if {"Bool":{"aws:SecureTransport":["true"]}} (tls)',
  ],
])('%j is the line %s', (more, line) => {
  expect(statementLine(JSON.parse(JSON.stringify(read(more))) as never)).toBe(line);
});

describe('a statement', () => {
  test.each([
    [read(), true],
    [read({ Principal: { AWS: ['*', 'arn:aws:iam::1:root'] } }), true],
    [read({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }), true],
    [read({ Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::1:root' } }), true],
    [read({ Principal: { AWS: 'arn:aws:iam::1:root' } }), false],
    [read({ Effect: 'Deny' }), false],
  ])('%j is open to anybody: %p', (statement, open) => {
    expect(isOpen(statement as never)).toBe(open);
  });

  test.each([
    [read({ Resource: arn('*') }), read(), true],
    [read({ Action: 's3:*' }), read({ Action: ['s3:GetObject', 's3:PutObject'] }), true],
    [read(), read({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), true],
    [read({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), read(), false],
    [read(), read({ Resource: arn('*') }), false],
    [read(), read({ Action: ['s3:GetObject', 's3:PutObject'] }), false],
    [read({ Resource: undefined, NotResource: arn('x') }), read(), false],
  ])('%j allows all that %j does: %p', (wide, narrow, all) => {
    expect(reaches(wide as never, narrow as never)).toBe(all);
  });
});

test('a policy that opens a new bucket to anybody is said to lose something, and one that closes it is not', () => {
  const of = (statement: object) => ({ Version: '2012-10-17', Statement: [statement] }) as never;
  expect(policy.loses?.(null, of(read()))).toHaveLength(1);
  expect(policy.loses?.(of(read()), of(read({ Effect: 'Deny' })))).toEqual([]);
  expect(policy.loses?.(of(read({ Resource: arn('*') })), of(read()))).toEqual([]);
});
