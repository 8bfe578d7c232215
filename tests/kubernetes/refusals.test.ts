import { describe, expect, test } from '@jest/globals';
import type { FailureType } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import { shortMessage } from '../../src/kubernetes/client/message.ts';
import { refusal, type Asked } from '../../src/kubernetes/client/refusals.ts';
import { statusOf } from '../../src/kubernetes/client/status.ts';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Scenario {
  readonly code: number;
  readonly verb: Asked['verb'];
  readonly secret?: boolean;
  readonly body: Json;
  readonly type: FailureType;
  readonly retryable: boolean;
  readonly says: readonly string[];
  readonly hides?: readonly string[];
  readonly facts?: { readonly [key: string]: Json };
}

const file = new URL('../fixtures/kubernetes/refusals.yaml', import.meta.url);
const scenarios = parse(readFileSync(file, 'utf8')) as Record<string, Scenario>;

describe('what a refusal of the API server comes to', () => {
  test.each(Object.entries(scenarios))('%s', (_name, { code, verb, secret = false, body, ...expected }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const asked: Asked = { verb, object: 'Thing data/one', secret, address: '127.0.0.1:6443' };
    const summary = refusal(statusOf(code, text), asked).summary();
    expect(summary.type).toBe(expected.type);
    expect(summary.retryable).toBe(expected.retryable);
    expect(summary.object).toBe('Thing data/one');
    expect(summary.next).not.toBe('');
    expect(summary.facts).toMatchObject({ verb, status: code, ...expected.facts });
    for (const words of expected.says) expect(summary.message).toContain(words);
    for (const words of expected.hides ?? []) expect(JSON.stringify(summary)).not.toContain(words);
  });
});

describe('what is repeated of a message', () => {
  test('neither objects nor lists that it quotes, nor further lines', () => {
    const message =
      'Job.batch "x" is invalid: spec.template: Invalid value: {"env":[{"name":"P","value":"a}b"}]}: field is immutable\n- "P"';
    expect(shortMessage(message)).toBe(
      'Job.batch "x" is invalid: spec.template: Invalid value: (not shown): field is immutable',
    );
  });

  test('no value that it did not like, quoted or not, whole or cut off', () => {
    const values = ['"can\\"ary 4111"', 'canary4111', '"canary 4111'];
    const said = values.map((value) => shortMessage(`spec.a: Invalid value: ${value}: must be a number, or less`));
    expect(said.join('\n')).not.toMatch(/ary|4111/);
    expect(said[1]).toBe('spec.a: Invalid value: (not shown): must be a number, or less');
    expect(shortMessage('a: Unsupported value: "canary": supported values: "A", "B"')).toBe(
      'a: Unsupported value: (not shown): supported values: "A", "B"',
    );
  });

  test('the indexes of a path stay', () => {
    expect(shortMessage('spec.containers[0].image: Required value')).toBe('spec.containers[0].image: Required value');
  });

  test('no more than a few hundred characters', () => {
    expect(shortMessage('x'.repeat(5_000)).length).toBeLessThan(400);
  });
});
