import { describe, expect, test } from '@jest/globals';
import { notText, TextCheck, type NotText } from '../../src/domain/text-check.ts';

function inChunks(bytes: Buffer, size: number): NotText | null {
  const check = new TextCheck();
  for (let at = 0; at < bytes.length; at += size) {
    const wrong = check.push(bytes.subarray(at, at + size));
    if (wrong !== null) return wrong;
  }
  return check.end();
}

describe('bytes', () => {
  test.each<[string, Buffer, number, number]>([
    ['of Latin-1', Buffer.from("größe\nSELECT 'Andr\xe9');\n", 'latin1'), 1, 3],
    [
      'of Latin-1 behind characters of many bytes',
      Buffer.concat([Buffer.from("\uFEFFgröße 🏗\n'🏗 Andr"), Buffer.from([0xe9, 0x27])]),
      2,
      8,
    ],
    ['in the first line behind a byte order mark', Buffer.concat([Buffer.from('\uFEFFab'), Buffer.from([0xff])]), 1, 3],
    ['of a character that is cut off', Buffer.from('a\nb🏗').subarray(0, 6), 2, 2],
    ['of a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 1, 2],
    ['that are longer than they must be', Buffer.from([0x0a, 0xc0, 0xaf]), 2, 1],
    ['of UTF-16', Buffer.from('\uFEFFselect', 'utf16le'), 1, 1],
  ])('%s are no text, and have a place, however they come', (_, bytes, line, column) => {
    expect(notText(bytes)).toMatchObject({ at: { line, column } });
    for (const size of [1, 2, 3, 5, 8]) expect(inChunks(bytes, size)?.at).toEqual({ line, column });
  });

  test('of UTF-8 are text, however they come', () => {
    const bytes = Buffer.from('\uFEFFgröße 🏗\n\u0800\uFFFD\u{10FFFF}'.repeat(50));
    for (const size of [1, 2, 3, 5, 8, 1_000]) expect(inChunks(bytes, size)).toBeNull();
  });
});
