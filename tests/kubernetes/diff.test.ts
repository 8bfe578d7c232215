import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { differenceLine, differences } from '../../src/kubernetes/plan/diff.ts';

describe('the lines of a difference', () => {
  const lines = (before: KubernetesObject, after: KubernetesObject) =>
    differences(before, after, { statusApart: true }).map((difference) => differenceLine(before, difference));

  test('name items of lists by their names and count the rest', () => {
    const before = thing({ containers: [{ name: 'web', image: 'a:1', args: ['x', 'y'] }], replicas: 2 });
    const after = thing({ containers: [{ name: 'web', image: 'a:2', args: ['x', 'z'] }], replicas: 3 });
    expect(lines(before, after)).toEqual([
      'spec.containers[web].args[1]: "y" -> "z"',
      'spec.containers[web].image: "a:1" -> "a:2"',
      'spec.replicas: 2 -> 3',
    ]);
  });

  test('tell fields that come and go', () => {
    expect(lines(thing({ a: 1 }), thing({ b: [] }))).toEqual(['spec.a: 1 -> (absent)', 'spec.b: (absent) -> []']);
  });

  test('quote keys that are no words', () => {
    expect(lines(thing({ 'a.b/c': 1 }), thing({ 'a.b/c': 2 }))).toEqual(['spec["a.b/c"]: 1 -> 2']);
  });

  test('never show what is in a Secret, nor its annotations', () => {
    const secret = (value: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', annotations: { note: value }, labels: { app: 'web' } },
      data: { password: value },
      type: 'Opaque',
    });
    const text = lines(secret('aHVudGVyMg=='), secret('bW9yZQ==')).join('\n');
    expect(text).toBe('data.password: *** -> ***\nmetadata.annotations.note: *** -> ***');
  });

  test('hide values behind names that look like secrets, in environments, data and whole containers', () => {
    const pod = (value: string) => ({ containers: [{ name: 'web', env: [{ name: 'DB_PASSWORD', value }] }] });
    expect(lines(thing(pod('one')), thing(pod('two')))).toEqual([
      'spec.containers[web].env[DB_PASSWORD].value: *** -> ***',
    ]);
    const whole = lines(thing({}), thing(pod('hunter2'))).join('\n');
    expect(whole).toContain('"name":"DB_PASSWORD"');
    expect(whole).not.toContain('hunter2');
    expect(lines(thing({ apiToken: 'a' }), thing({ apiToken: 'b' }))).toEqual(['spec.apiToken: *** -> ***']);
  });

  test('show references to Secrets, which hold nothing', () => {
    expect(lines(thing({ secretName: 'a' }), thing({ secretName: 'b' }))).toEqual(['spec.secretName: "a" -> "b"']);
  });

  test('cut long values short', () => {
    const [line = ''] = lines(thing({ text: 'a'.repeat(1_000) }), thing({ text: '' }));
    expect(line.length).toBeLessThan(130);
  });
});

function thing(spec: Json, meta: { readonly [key: string]: Json } = {}, status: Json = {}): KubernetesObject {
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one', ...meta }, spec, status };
}
