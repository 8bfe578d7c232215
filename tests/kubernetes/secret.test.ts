import { describe, expect, test } from '@jest/globals';
import { kubernetesSecret, type KubernetesSecretSpec } from '../../src/domain/kinds/kubernetes-secret.ts';
import { ROTATED, valuesOf } from '../../src/kubernetes/secret/values.ts';

const base = { name: 'login', namespace: 'data' };
const specOf = (more: object) => kubernetesSecret.parse({ ...base, ...more }) as KubernetesSecretSpec;
const none = () => Promise.reject(new Error('nothing is to be resolved'));
const text = (value: string | undefined) => Buffer.from(value ?? '', 'base64').toString();

describe('the values of a Secret', () => {
  test.each([
    ['alphanumeric', /^[A-Za-z0-9]{64}$/],
    ['hex', /^[0-9a-f]{64}$/],
    ['digits', /^[0-9]{64}$/],
    ['symbols', /^[!-~]{64}$/],
  ])('are generated of %s, never the same twice', async (alphabet, pattern) => {
    const spec = specOf({ generate: { a: { length: 64, alphabet }, b: { length: 64, alphabet } } });
    const { data } = await valuesOf(spec, null, none);
    expect(text(data.a)).toMatch(pattern);
    expect(data.a).not.toBe(data.b);
  });

  test('are kept while the token of their rotation stays', async () => {
    const spec = specOf({ generate: { a: { rotate: 'monday' } } });
    const live = (rotated?: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', ...(rotated === undefined ? {} : { annotations: { [ROTATED]: rotated } }) },
      data: { a: 'a2VwdA==' },
    });
    expect((await valuesOf(spec, live('{"a":"monday"}'), none)).work).toEqual([{ key: 'a', line: null, loses: false }]);
    for (const other of [undefined, '{"a":"sunday"}', 'not JSON', '[]']) {
      const { work, annotations } = await valuesOf(spec, live(other), none);
      expect(work).toMatchObject([{ key: 'a', loses: true }]);
      expect(annotations).toEqual({ [ROTATED]: '{"a":"monday"}' });
    }
  });
});

describe('placeholders', () => {
  const live = (data: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, data: { ...data } });
  const placeholder = Buffer.from('CHANGE_ME').toString('base64');

  test('are no values: one is made up in their place, and nothing is lost', async () => {
    const spec = specOf({ generate: { a: {}, b: {} }, placeholders: ['CHANGE_ME'] });
    const { data, work, placeholders } = await valuesOf(spec, live({ a: placeholder, b: 'a2VwdA==' }), none);
    expect(text(data.a)).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(data.b).toBe('a2VwdA==');
    expect(work).toMatchObject([{ line: expect.stringContaining('generated'), loses: false }, { line: null }]);
    expect([...placeholders]).toEqual(['a']);
  });

  test('are values where nobody has said that they are none', async () => {
    const { data } = await valuesOf(specOf({ generate: { a: {} } }), live({ a: placeholder }), none);
    expect(data.a).toBe(placeholder);
  });
});

test('a Secret needs a key, and each key one origin', () => {
  const accepts = (more: object) => kubernetesSecret.safeParse({ ...base, ...more }).success;
  expect(accepts({ data: { a: { fromEnv: 'A' } }, generate: { b: {} } })).toBe(true);
  expect(accepts({})).toBe(false);
  expect(accepts({ data: { a: { fromEnv: 'A' } }, generate: { a: {} } })).toBe(false);
  expect(accepts({ data: { a: 'written down' } })).toBe(false);
  expect(accepts({ generate: { 'a/b': {} } })).toBe(false);
});
