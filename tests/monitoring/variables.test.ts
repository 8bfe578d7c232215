import { describe, expect, test } from '@jest/globals';
import type { Variable } from '../../src/monitoring/read/board.ts';
import { builtIn, filtered, sourceOf, standsFor, substituted, type StandsFor } from '../../src/monitoring/variables.ts';

const variable = (fields: Partial<Variable>): Variable => ({
  ...{ line: 1, name: 'v', type: 'query', query: '', regex: '', many: false, current: [], elsewhere: null },
  ...fields,
});
const one = (...values: string[]): StandsFor => ({ values, many: false });
const many = (...values: string[]): StandsFor => ({ values, many: true });

describe('a variable', () => {
  test.each([
    ['query', 'label_values(up, job)', { from: 'label', label: 'job', of: 'up' }],
    ['query', 'label_values(up{job=~"a,b"}, instance)', { from: 'label', label: 'instance', of: 'up{job=~"a,b"}' }],
    ['query', 'label_values(namespace)', { from: 'label', label: 'namespace', of: null }],
    ['query', 'metrics(pg_.*)', { from: 'names', pattern: 'pg_.*' }],
    ['query', 'query_result(topk(3, up))', { from: 'result', expr: 'topk(3, up)' }],
    ['interval', '1m,auto,1h', { from: 'text', values: ['1m', '1h'] }],
    ['interval', 'auto', { from: 'text', values: ['1m'] }],
    ['custom', 'Production : prod, staging', { from: 'text', values: ['prod', 'staging'] }],
    ['constant', 'eu', { from: 'text', values: ['eu'] }],
    ['datasource', 'prometheus', { from: 'nothing' }],
  ])('of type %s has its values by what it is: %s', (type, query, source) => {
    expect(sourceOf(variable({ type, query }))).toEqual(source);
  });

  test('of a type that nobody knows, or of another data source, stands for nothing', () => {
    expect(sourceOf(variable({ type: 'oracle' }))).toMatchObject({ from: 'unknown' });
    expect(sourceOf(variable({ elsewhere: 'loki' }))).toMatchObject({ from: 'unknown' });
  });

  test('takes of its answers what its regex takes', () => {
    expect(filtered(variable({ regex: '/^prod-(.*)/' }), ['prod-a', 'test-b', 'prod-a'])).toEqual(['a']);
    expect(filtered(variable({ regex: '/.*"(?<value>[^"]+)".*/' }), ['up{job="x"} 1 0'])).toEqual(['x']);
    expect(filtered(variable({}), ['a'])).toEqual(['a']);
  });

  test('is as it was saved, where the server knows that value', () => {
    expect(standsFor(variable({ current: ['b', 'gone'] }), ['a', 'b'])).toEqual(one('b', 'a'));
    expect(standsFor(variable({ many: true }), ['a', 'b'])).toEqual(many('a', 'b'));
  });
});

describe('a query', () => {
  test('has every value of a variable that may have several, and nothing else', () => {
    const values = new Map([['ns', many('a.b', 'c')]]);
    expect(substituted('up{ns=~"$ns"}', values, 0)).toBe('up{ns=~"(a\\\\.b|c)"}');
    expect(substituted('up{ns=~"${ns:pipe}"} + [[ns:csv]]', values, 0)).toBe('up{ns=~"a.b|c"} + a.b,c');
  });

  test('has one value at a time of the others', () => {
    const values = new Map([['job', one('a', 'b')]]);
    expect([0, 1, 2].map((at) => substituted('up{job="$job"}', values, at))).toEqual([
      'up{job="a"}',
      'up{job="b"}',
      'up{job="b"}',
    ]);
  });

  test('has durations for what Grafana fills in by itself, wide enough for two scrapes', () => {
    const values = builtIn({ range: '6h', title: 'T' }, 30, 1_000_000_000_000);
    expect(substituted('rate(x[$__rate_interval]) offset ${__range}', values, 0)).toBe('rate(x[120s]) offset 21600s');
  });
});
