import { describe, expect, test } from '@jest/globals';
import { startOf } from '../../src/postgres/sql/position.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('places in a file', () => {
  test('lines and columns begin at 1 and count whole characters', () => {
    expect(startOf().in('V1.sql')).toBe('V1.sql:1:1');
    expect(startOf().after(bytes('ab\ncd')).in('V1.sql')).toBe('V1.sql:2:3');
    expect(startOf().after(bytes('größe 🏗')).in('V1.sql')).toBe('V1.sql:1:8');
    expect(startOf().after(bytes('a\nb')).after(bytes('c')).in('V1.sql')).toBe('V1.sql:2:3');
  });

  test('a character of a statement is counted as the server does', () => {
    const at = startOf().after(bytes('x\nselect 1; '));
    const sql = "select '🏗',\n wrong";
    expect(at.within(sql, 3).in('f')).toBe('f:2:14');
    expect(at.within(sql, Array.from(sql).indexOf('w')).in('f')).toBe('f:3:2');
  });
});
