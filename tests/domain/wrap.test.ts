import { describe, expect, test } from '@jest/globals';
import { columns } from '../../src/domain/columns.ts';
import { clipped, wrapped } from '../../src/domain/wrap.ts';

describe('a line that is too long', () => {
  test('is broken at blanks, and goes on indented', () => {
    expect(wrapped('create    Deployment shop/a-name-of-some-length (STAND-IN)', 32)).toEqual([
      'create    Deployment',
      '    shop/a-name-of-some-length',
      '    (STAND-IN)',
    ]);
  });

  test('loses nothing, whatever it is made of', () => {
    for (const line of ['x'.repeat(500), 'ab '.repeat(200).trim(), '😀'.repeat(100), `a ${'y'.repeat(99)} b`]) {
      const lines = wrapped(line, 24);
      expect(lines.every(({ length }) => length <= 24)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
      expect(lines.every((one) => one.isWellFormed())).toBe(true);
    }
  });

  test('is cut between characters, with a mark', () => {
    expect(clipped('platform', 8)).toBe('platform');
    expect(clipped('platforms', 8)).toBe('platfor…');
    expect(clipped('ab😀cd', 4)).toBe('ab…');
  });
});

describe('columns that must fit', () => {
  const rows = [
    ['a-rather-long-name', 'kubernetes.apply', 'done', '12 created, 3 unchanged'],
    ['short', 'probe', 'unchanged', ''],
  ];

  test('are left as they are where there is room', () => {
    expect(columns(rows, { width: 100, givesWay: [3, 1] })).toEqual(columns(rows));
  });

  test('give way in their order, and go at last', () => {
    expect(columns(rows, { width: 60, givesWay: [3, 1] })[0]).toBe(
      'a-rather-long-name  kubernetes.apply  done       12 created…',
    );
    expect(columns(rows, { width: 36, givesWay: [3, 1] })).toEqual([
      'a-rather-long-name  done',
      'short               unchanged',
    ]);
  });

  test('are not widened by a row of one cell, which is cut too', () => {
    const line = 'a line of its own that is long';
    expect(columns([['a', 'b'], [line], ['cc', 'd']], { width: 12, givesWay: [0] })).toEqual([
      'a   b',
      'a line of i…',
      'cc  d',
    ]);
  });
});
