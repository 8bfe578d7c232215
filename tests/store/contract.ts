import { expect, test } from '@jest/globals';
import type { BlobStore } from '../../src/store/blob-store.ts';

/** What every store promises, whatever is behind it. `fresh` gives an empty one. */
export function storeContract(fresh: () => Promise<BlobStore>): void {
  test('a blob is read back byte for byte', async () => {
    const store = await fresh();
    const body = Buffer.from([0, 255, 13, 10, 0, 128]);
    await store.put('blobs/abc', body);
    expect(await store.get('blobs/abc')).toEqual(body);
  });

  test('an empty blob is a blob', async () => {
    const store = await fresh();
    await store.put('blobs/empty', Buffer.alloc(0));
    expect(await store.get('blobs/empty')).toEqual(Buffer.alloc(0));
  });

  test('what was never written is null', async () => {
    const store = await fresh();
    expect(await store.get('blobs/none')).toBeNull();
  });

  test('the same content may be written again', async () => {
    const store = await fresh();
    await store.put('blobs/abc', Buffer.from('one'));
    await store.put('blobs/abc', Buffer.from('one'));
    expect(await store.list('')).toEqual(['blobs/abc']);
  });

  test('other content under the same key is refused and what was there stays', async () => {
    const store = await fresh();
    await store.put('blobs/abc', Buffer.from('one'));
    await expect(store.put('blobs/abc', Buffer.from('two'))).rejects.toMatchObject({
      type: 'StoreConflict',
      options: { object: 'blobs/abc' },
    });
    expect((await store.get('blobs/abc'))?.toString()).toBe('one');
  });

  test('of many writers of one key exactly the content of one stays, and only its writers are told it is there', async () => {
    const store = await fresh();
    const contents = Array.from({ length: 12 }, (_, index) => `writer ${String(index % 4)}`);
    const outcomes = await Promise.allSettled(contents.map((text) => store.put('blobs/raced', Buffer.from(text))));
    const winner = (await store.get('blobs/raced'))?.toString();
    const told = contents.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(told).toEqual([winner, winner, winner]);
  });

  test('keys are listed by prefix, sorted by code unit', async () => {
    const store = await fresh();
    for (const key of ['record/b/2', 'record/b/10', 'record/bc/1', 'record/B/1', 'other/1'])
      await store.put(key, Buffer.from(key));
    expect(await store.list('record/b/')).toEqual(['record/b/10', 'record/b/2']);
    expect(await store.list('record/b')).toEqual(['record/b/10', 'record/b/2', 'record/bc/1']);
    expect(await store.list('')).toEqual(['other/1', 'record/B/1', 'record/b/10', 'record/b/2', 'record/bc/1']);
    expect(await store.list('nothing/')).toEqual([]);
  });

  test.each(['../escape', '/absolute', 'a//b', 'a/../b', '.hidden', 'a b', ''])(
    'the text "%s" is no key',
    async (text) => {
      const store = await fresh();
      await expect(store.put(text, Buffer.from('x'))).rejects.toThrow('is not a key');
      await expect(store.get(text)).rejects.toThrow('is not a key');
    },
  );
}
