import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { BucketReader } from '../../../src/domain/bucket-reader.ts';
import type { BucketWriter } from '../../../src/domain/bucket-writer.ts';
import { s3Client } from '../../../src/objectstore/client.ts';
import { bucketReader } from '../../../src/objectstore/reader.ts';
import { bucketWriter } from '../../../src/objectstore/writer.ts';
import type { Stage } from '../stage.ts';

const MIB = 1024 * 1024;

/** A content of this many bytes, made as it is taken; with its hash afterwards. */
function content(size: number): { chunks: AsyncGenerator<Uint8Array>; sha256: () => string } {
  const hash = createHash('sha256');
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0; left -= MIB) {
      const chunk = randomBytes(Math.min(MIB, left));
      hash.update(chunk);
      yield chunk;
      await Promise.resolve();
    }
  }
  return { chunks: chunks(), sha256: () => hash.digest('hex') };
}

/** What reading and writing of objects promises on every S3 server. */
export function contentContract(stage: () => Stage): void {
  let reader: BucketReader, writer: BucketWriter;
  let plain: string, versioned: string;

  beforeAll(async () => {
    const { store } = stage();
    reader = bucketReader(store);
    writer = bucketWriter(store);
    const client = s3Client(store);
    plain = stage().newBucket();
    versioned = stage().newBucket();
    for (const bucket of [plain, versioned]) await client.makeBucket(bucket, store.region);
    await client.setBucketVersioning(versioned, { Status: 'Enabled' });
  });

  async function sha256Of(bucket: string, key: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const piece of reader.stream(bucket, key)) hash.update(piece);
    return hash.digest('hex');
  }

  async function keysOf(bucket: string, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of reader.list(bucket, prefix)) keys.push(key);
    return keys;
  }

  /** Versions, marks of deletion and uploads of one object. MinIO lists the uploads of a whole key alone. */
  async function tracesOf(bucket: string, key: string): Promise<string[]> {
    const client = s3Client(stage().store);
    const traces: string[] = [];
    for await (const { name } of client.listObjects(bucket, key, true, { IncludeVersion: true }))
      if (name === key) traces.push('object');
    for await (const upload of client.listIncompleteUploads(bucket, key, true))
      if ((upload as { key: string }).key === key) traces.push('upload');
    return traces;
  }

  describe('an object', () => {
    test.each([
      ['empty', 0],
      ['of one piece', 3 * MIB],
      ['of several pieces', 16 * MIB],
      ['of several parts', 33 * MIB + 7],
    ])('%s that is written from a stream is streamed back byte by byte', async (_words, size) => {
      const { chunks, sha256 } = content(size);
      expect(await writer.put(plain, 'large/content', chunks)).toEqual({ versionId: null });
      expect(await sha256Of(plain, 'large/content')).toBe(sha256());
      const sizes: number[] = [];
      for await (const object of reader.list(plain, 'large/')) sizes.push(object.size);
      expect(sizes).toEqual([size]);
    });

    test('whose content fails in the middle leaves nothing, and the failure is that of the content', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        for (let sent = 0; sent < 40; sent += 1) yield Buffer.alloc(MIB);
        await Promise.resolve();
        throw new Error('the dump ended early');
      }
      await expect(writer.put(plain, 'broken', broken())).rejects.toThrow('the dump ended early');
      expect(await reader.read(plain, 'broken')).toBeNull();
      const { uploads } = await s3Client(stage().store).listIncompleteUploadsQuery(plain, 'broken', '', '', '');
      expect(uploads).toEqual([]);
    });

    test('that is removed is gone, and removing it again is no failure', async () => {
      await writer.put(plain, 'short', Buffer.from('content'));
      expect(Buffer.from((await reader.read(plain, 'short'))!).toString()).toBe('content');
      await writer.remove(plain, 'short');
      await writer.remove(plain, 'short');
      expect(await reader.read(plain, 'short')).toBeNull();
    });

    test('of no such key is not found, and neither is a bucket', async () => {
      const none = stage().newBucket();
      expect(await reader.read(none, 'key')).toBeNull();
      await writer.remove(none, 'key');
      await expect(sha256Of(plain, 'none')).rejects.toMatchObject({ type: 'NotFound' });
      await expect(keysOf(none, '')).rejects.toMatchObject({ type: 'NotFound' });
      await expect(writer.put(none, 'key', Buffer.from('x'))).rejects.toMatchObject({ type: 'NotFound' });
    });
  });

  describe('versions', () => {
    test('of an object are read by their ids, whatever became of it since', async () => {
      const first = await writer.put(versioned, 'sentinel', Buffer.from('one'));
      const second = await writer.put(versioned, 'sentinel', Buffer.from('two'));
      expect(first.versionId).not.toBe(second.versionId);
      await s3Client(stage().store).removeObject(versioned, 'sentinel');
      expect(await reader.read(versioned, 'sentinel')).toBeNull();
      for (const [{ versionId }, text] of [
        [first, 'one'],
        [second, 'two'],
      ] as const) {
        const found = await reader.readVersion(versioned, 'sentinel', versionId!);
        expect(Buffer.from(found!).toString()).toBe(text);
      }
      await s3Client(stage().store).removeObject(versioned, 'sentinel', { versionId: first.versionId! });
      expect(await reader.readVersion(versioned, 'sentinel', first.versionId!)).toBeNull();
      expect(await reader.readVersion(versioned, 'sentinel', second.versionId!)).not.toBeNull();
    });

    test('all go with the object, with marks of deletion and uploads that were never completed, and no other key does', async () => {
      const client = s3Client(stage().store);
      await writer.put(versioned, 'gone', Buffer.from('by an attempt that was lost'));
      const { versionId } = await writer.put(versioned, 'gone', Buffer.from('one'));
      await client.removeObject(versioned, 'gone');
      await writer.put(versioned, 'gone-not', Buffer.from('another'));
      await client.initiateNewMultipartUpload(versioned, 'gone', {});
      await client.initiateNewMultipartUpload(versioned, 'gone-not', {});
      expect(await tracesOf(versioned, 'gone')).toEqual(['object', 'object', 'object', 'upload']);
      await writer.remove(versioned, 'gone', { versionId: versionId! });
      await writer.remove(versioned, 'gone');
      expect(await tracesOf(versioned, 'gone')).toEqual([]);
      expect(await tracesOf(versioned, 'gone-not')).toEqual(['object', 'upload']);
    });

    test('of a large object have ids too, and one that is overwritten while it is read is read to its end', async () => {
      const { chunks, sha256 } = content(18 * MIB);
      expect((await writer.put(versioned, 'large', chunks)).versionId).not.toBeNull();
      const hash = createHash('sha256');
      for await (const piece of reader.stream(versioned, 'large')) {
        hash.update(piece);
        await writer.put(versioned, 'large', Buffer.from('overwritten'));
      }
      expect(hash.digest('hex')).toBe(sha256());
    });

    test('that are not kept make the reader say that the object was overwritten', async () => {
      await writer.put(plain, 'moving', content(18 * MIB).chunks);
      const reading = async () => {
        for await (const piece of reader.stream(plain, 'moving')) {
          expect(piece.length).toBeGreaterThan(0);
          await writer.put(plain, 'moving', content(18 * MIB).chunks);
        }
      };
      await expect(reading()).rejects.toMatchObject({ type: 'TargetBusy' });
    });
  });

  describe('a list', () => {
    test('goes on after the first page, holds every key once, and no key that begins otherwise', async () => {
      const wanted = Array.from({ length: 1_003 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
      for (let from = 0; from < wanted.length; from += 16) {
        await Promise.all(wanted.slice(from, from + 16).map((key) => writer.put(plain, key, Buffer.from(key))));
      }
      await writer.put(plain, 'manyother', Buffer.from('x'));
      expect(await keysOf(plain, 'many/')).toEqual(wanted);
    });

    test('gives keys as they were put, whatever they look like', async () => {
      const keys = ['odd/007', 'odd/1e5', 'odd/a b+c%20&<d>"é', 'odd/x=y?z#'];
      for (const key of keys) await writer.put(plain, key, Buffer.from(key));
      expect((await keysOf(plain, 'odd/')).sort()).toEqual([...keys].sort());
      for (const key of keys) expect(Buffer.from((await reader.read(plain, key))!).toString()).toBe(key);
      await writer.put(plain, '0123', Buffer.from('x'));
      expect(await keysOf(plain, '01')).toEqual(['0123']);
    });
  });

  test('an aborted signal ends reading and writing with its reason', async () => {
    const reason = new Error('the step was cancelled');
    const signal = AbortSignal.abort(reason);
    await expect(writer.put(plain, 'k', Buffer.from('x'), { signal })).rejects.toBe(reason);
    await expect(reader.stream(plain, 'k', { signal })[Symbol.asyncIterator]().next()).rejects.toBe(reason);
    await expect(reader.list(plain, '', { signal })[Symbol.asyncIterator]().next()).rejects.toBe(reason);
  });
}
