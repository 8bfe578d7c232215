import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { openBundle, saveBundle } from '../../src/bundle/store.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { storeContract } from '../store/contract.ts';

const connection = {
  endpoint: process.env['WINDLASS_LAB_S3_ENDPOINT'] ?? '',
  region: 'us-east-1',
  accessKey: process.env['WINDLASS_LAB_S3_ACCESS_KEY'] ?? '',
  secretKey: process.env['WINDLASS_LAB_S3_SECRET_KEY'] ?? '',
  pathStyle: true,
};
const bucket = `store-${randomBytes(4).toString('hex')}`;
const client = s3Client(connection);

beforeAll(() => client.makeBucket(bucket));
afterAll(async () => {
  const keys: string[] = [];
  for await (const item of client.listObjectsV2(bucket, '', true) as AsyncIterable<{ name: string }>)
    keys.push(item.name);
  await client.removeObjects(bucket, keys);
  await client.removeBucket(bucket);
});

let count = 0;
const fresh = () => openStore(`s3://${bucket}/run-${String((count += 1))}`, connection);

describe('a store in a bucket of the lab', () => {
  storeContract(() => Promise.resolve(fresh()));

  test('lists more keys than one page of the server holds', async () => {
    const store = fresh();
    const keys = Array.from({ length: 1_100 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
    for (let at = 0; at < keys.length; at += 50)
      await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from(key))));
    expect(await store.list('many/')).toEqual(keys);
  });

  test('keeps bundles, checked when read, and records, an id once', async () => {
    const store = fresh();
    const loaded = await loadRollout(join(import.meta.dirname, '../../examples/minimal'), 'lab');
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    await saveBundle(store, loaded);
    const opened = await openBundle(store, loaded.digest);
    expect(opened.bundle).toEqual(loaded.bundle);
    for (const [path, text] of loaded.files) expect(await opened.files.read(path)).toBe(text);

    const record = openRecord(store);
    const scope = {
      environment: 'lab',
      rollout: 'minimal',
      run: 'run-1',
      bundle: loaded.digest,
      phase: null,
      step: null,
    };
    const body = { type: 'start', by: 'alice', signature: '' } as const;
    const times = Array.from({ length: 6 }, (_, index) => `2026-01-01T00:00:0${String(index)}.000Z`);
    await Promise.all(times.map((time) => record.append({ id: 'start', time, scope, body })));
    expect(await record.read(scope)).toMatchObject({ entries: [{ id: 'start' }], damaged: [] });
    expect(await record.runs(scope)).toHaveLength(1);
  });

  test('a bucket that does not exist is named', async () => {
    const store = openStore(`s3://${bucket}-absent`, connection);
    await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ type: 'NotFound' });
    await expect(store.list('a')).rejects.toThrow(`${bucket}-absent`);
  });

  test('a wrong secret key is access denied', async () => {
    const store = openStore(`s3://${bucket}`, { ...connection, secretKey: 'not-the-secret-key' });
    await expect(store.get('a')).rejects.toMatchObject({ type: 'AccessDenied' });
  });
});
