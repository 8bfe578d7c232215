import { describe, expect, test } from '@jest/globals';
import { exporterOf, familiesOf } from '../../src/monitoring/exporters.ts';
import { metricsOf, parsePromql } from '../../src/monitoring/promql.ts';
import { standingOf } from '../../src/monitoring/standing.ts';

/** A server on which only these give series. */
const stands = (expr: string, ...given: string[]) =>
  standingOf(parsePromql(expr)!, (text) => Promise.resolve(given.includes(text)));

describe('an expression that gives no series', () => {
  test.each([
    ['up == 0', ['up']],
    ['absent(up)', ['up']],
    ['sum by (job) (up == 0)', ['up']],
    ['time() - max(a > 0)', ['a']],
    ['a and on (x) b', ['a', 'b']],
    ['a unless b', ['a', 'b']],
    [
      'rate(a[5m]) / rate(b[5m]) > 0.5',
      ['last_over_time(a[5m])', 'last_over_time(b[5m])', 'rate(a[5m])', 'rate(b[5m])', 'rate(a[5m]) / rate(b[5m])'],
    ],
    ['a > 1 or b > 1', ['a', 'b']],
  ])('rests where all that it is made of is there: %s', async (expr, given) => {
    expect(await stands(expr, ...given)).toEqual({ state: 'rest' });
  });

  test.each([
    ['upp == 0', [], ['upp']],
    ['sum(rate(a[5m])) / sum(b)', ['b'], ['a']],
    ['a > 1 or b > 1', ['a'], ['b']],
    ['(x{l="1"} offset 1h) * 2', [], ['x']],
  ])('lacks the selectors that choose nothing: %s', async (expr, given, metrics) => {
    const found = await stands(expr, ...given);
    expect(found.state === 'missing' && found.selectors.map(({ metric }) => metric)).toEqual(metrics);
  });

  test('is no number where a quotient is none, and rests where that is compared', async () => {
    expect(await stands('a / b', 'a', 'b', 'a * b')).toEqual({ state: 'NaN', text: 'a / b' });
    expect(await stands('a / b > 1', 'a', 'b', 'a * b')).toEqual({ state: 'rest' });
    expect(await stands('histogram_quantile(0.9, a)', 'a')).toEqual({
      state: 'NaN',
      text: 'histogram_quantile(0.9, a)',
    });
  });

  test('comes to nothing where its sides match nothing', async () => {
    expect(await stands('a * on (x) b > 5', 'a', 'b')).toEqual({ state: 'nothing', text: 'a * on (x) b' });
  });
});

describe('a metric', () => {
  test('is found wherever it stands in an expression', () => {
    expect(metricsOf(parsePromql('sum(rate(a[5m])) or vector(0) + {__name__="b"} - absent(c)')!)).toEqual([
      'a',
      'b',
      'c',
    ]);
    // Functions of VictoriaMetrics are none of the grammar's.
    const own = 'sum by (job) (increase_prometheus(a{l="f(x)"}[15m])) > 10 or sum by (job) (any_of(b))';
    expect(metricsOf(parsePromql(own)!)).toEqual(['a', 'b']);
    expect(parsePromql(own)).toMatchObject({ is: 'or', of: [{ is: 'filter', text: own.split(' or ')[0] }, {}] });
    expect(parsePromql('a default 5')).toBeNull();
  });

  test('has somebody who should emit it, and a family', () => {
    expect(exporterOf('nginx_ingress_controller_requests')).toBe('the nginx ingress controller');
    expect(exporterOf('whatever')).toBeNull();
    expect(familiesOf('pg_stat_x')).toEqual(['pg_stat_', 'pg_']);
  });
});
