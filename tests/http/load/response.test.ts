import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ResponseReader, type Ended } from '../../../src/http/load/response.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n`;

/** What a reader says of bytes that come in these pieces, and of the end of the connection. */
function read(answer: string, cuts: readonly number[] = [], method: 'GET' | 'HEAD' = 'GET'): readonly Ended[] {
  const reader = new ResponseReader(method);
  const bytes = Buffer.from(answer, 'latin1');
  const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
  const ended = at.slice(1).flatMap((to, index) => reader.push(bytes.subarray(at[index], to)) ?? []);
  return [...ended, ...[reader.end() ?? []].flat()];
}

describe('the end of an answer', () => {
  test.each<[string, string, Ended]>([
    ['by its length', `${OK}Content-Length: 5\r\n\r\nhello`, { status: 200, reusable: true }],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, reusable: true }],
    ['by its last chunk', CHUNKED, { status: 200, reusable: true }],
    ['by the end of the connection', `${OK}\r\nhello`, { status: 200, reusable: false }],
    ['where it closes', `${OK}connection: Close\r\ncontent-length: 0\r\n\r\n`, { status: 200, reusable: false }],
    ['of HTTP/1.0', 'HTTP/1.0 500 No\r\nContent-Length: 2\r\n\r\nno', { status: 500, reusable: false }],
    [
      'after what comes before it',
      `HTTP/1.1 103 Early\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\n!`,
      { status: 200, reusable: true },
    ],
  ])('is told %s, however it is cut', (_name, answer, expected) => {
    expect(read(answer)).toEqual([expected]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: answer.length })), (cuts) => {
        expect(read(answer, cuts)).toEqual([expected]);
      }),
    );
  });

  test('follows the head at once for HEAD, and leaves a connection that says more unused', () => {
    expect(read(`${OK}Content-Length: 500\r\n\r\n`, [], 'HEAD')).toEqual([{ status: 200, reusable: true }]);
    expect(read(`${OK}Content-Length: 2\r\n\r\nhello`)).toEqual([{ status: 200, reusable: false }]);
  });

  test.each(['SSH-2.0-OpenSSH\r\n\r\n', `${OK}Content-Length: many\r\n\r\n`, `${CHUNKED.slice(0, 57)}zz\r\n`])(
    'of what is no HTTP is an error: %j',
    (answer) => {
      expect(() => read(answer)).toThrow();
    },
  );
});
