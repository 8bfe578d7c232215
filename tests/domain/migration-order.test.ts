import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { compareVersions } from '../../src/domain/migration-order.ts';

describe('the order of versions', () => {
  test.each([
    ['1.9', '1.10'],
    ['2', '10'],
    ['1', '1.0.1'],
    ['20240101120000', '20240101120001'],
    ['99999999999999999998', '99999999999999999999'],
  ])('%s comes before %s', (earlier, later) => {
    expect(compareVersions(earlier, later)).toBeLessThan(0);
    expect(compareVersions(later, earlier)).toBeGreaterThan(0);
  });

  test('takes missing parts for zero', () => {
    expect(compareVersions('1', '1.0')).toBe(0);
  });

  test('sorts any versions as their numbers do', () => {
    const version = fc.array(fc.nat({ max: 200 }), { minLength: 3, maxLength: 3 });
    const value = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 1_000 + part, 0);
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(a.join('.'), b.join('.')))).toBe(Math.sign(value(a) - value(b)));
      }),
    );
  });
});
