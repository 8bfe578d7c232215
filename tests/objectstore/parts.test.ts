import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { inParts } from '../../src/objectstore/multipart.ts';

const MIB = 1024 * 1024;

/** A content of this many bytes, in chunks of uneven size. */
async function* chunks(size: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0, next = 1; sent < size; next = (next * 7) % (5 * MIB) || 1) {
    const chunk = Buffer.alloc(Math.min(next, size - sent), sent % 251);
    sent += chunk.length;
    yield chunk;
    await Promise.resolve();
  }
}

test.each([
  [0, []],
  [1, [1]],
  [16 * MIB, [16 * MIB]],
  [16 * MIB + 1, [16 * MIB, 1]],
  [40 * MIB, [16 * MIB, 16 * MIB, 8 * MIB]],
])('%i bytes in any chunks are parts of %j', async (size, sizes) => {
  const before = createHash('sha256');
  for await (const chunk of chunks(size)) before.update(chunk);
  const after = createHash('sha256');
  const seen: number[] = [];
  for await (const part of inParts(chunks(size))) {
    seen.push(part.length);
    after.update(part);
  }
  expect(seen).toEqual(sizes);
  expect(after.digest('hex')).toBe(before.digest('hex'));
});

test('bytes at hand are parts too', async () => {
  const seen: number[] = [];
  for await (const part of inParts(new Uint8Array(17 * MIB))) seen.push(part.length);
  expect(seen).toEqual([16 * MIB, MIB]);
});
