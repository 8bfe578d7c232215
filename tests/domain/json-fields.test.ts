import { describe, expect, test } from '@jest/globals';
import { jsonIn, readNumber, readTexts } from '../../src/domain/json-fields.ts';

describe('JSON whose shape somebody else vouches for', () => {
  test('is read to the very numbers, and is undefined where the text is no JSON', () => {
    expect(jsonIn('{"a":[9007199254740993]}')).toEqual({ a: [9007199254740993n] });
    expect(jsonIn('null')).toBeNull();
    expect(jsonIn('')).toBeUndefined();
    expect(jsonIn('{"a":')).toBeUndefined();
  });

  test('gives the texts of a list and leaves out what is none', () => {
    expect(readTexts({ a: { b: ['x', 1, null, 'y'] } }, 'a', 'b')).toEqual(['x', 'y']);
    expect(readTexts({ a: 'x' }, 'a')).toEqual([]);
  });

  test('gives a number, or what is asked for in its place', () => {
    expect(readNumber({ a: { b: 0 } }, ['a', 'b'], null)).toBe(0);
    expect(readNumber({ a: { b: '1' } }, ['a', 'b'], null)).toBeNull();
  });
});
