import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import type { DrillPart } from '../../src/domain/drill-part.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { bucketWriter } from '../../src/objectstore/writer.ts';
import { bucketsPart } from '../../src/velero/drill/buckets-part.ts';
import { engineContext, labStore, removeWhole } from '../objectstore/support.ts';
import { freshName } from '../support/settings.ts';

const store = labStore();
const bucket = freshName();
const { signal } = new AbortController();
let part: DrillPart;

beforeAll(async () => {
  const client = s3Client(store);
  await client.makeBucket(bucket, store.region);
  await client.setBucketVersioning(bucket, { Status: 'Enabled' });
  const spec = veleroDrill.parse({
    ...{ name: 'drill', objectStore: 'objects', includedNamespaces: ['data'] },
    buckets: [{ target: 'objects', bucket }],
  });
  const access = { reader: bucketReader(store), writer: bucketWriter(store) };
  part = bucketsPart(
    { api: { list: () => Promise.resolve([]) }, buckets: () => Promise.resolve(access) },
    { spec, keys: { step: '0123456789ab', run: 'ba9876543210' }, context: engineContext() },
  )!;
});
afterAll(() => removeWhole(store, bucket));

async function versions(): Promise<number> {
  const found = await s3Client(store).listObjects(bucket, '', true, { IncludeVersion: true }).toArray();
  return found.length;
}

test('no version of a sentinel stays, though an attempt was lost before it could write down what it planted', async () => {
  await part.plant('lost');
  const state = await part.plant('written down');
  expect(await versions()).toBe(2);
  await part.withdraw(state, signal, []);
  expect(await versions()).toBe(0);
});

test('no version of a sentinel stays that was never written down, and where there is none no mark of a deletion is left', async () => {
  await part.plant('lost');
  await part.withdraw(null, signal, []);
  await part.withdraw(null, signal, []);
  expect(await versions()).toBe(0);
});

test('the sentinel of a backup that is drilled yet stays, when one that the same run planted is let go of', async () => {
  const old = await part.plant('old');
  await part.plant('lost');
  const young = await part.plant('young');
  await part.withdraw(old, signal, [young]);
  expect(await versions()).toBe(1);
  expect(await (await part.restore(young, 'backup'))()).toMatchObject({ faults: [], facts: { broughtBack: [bucket] } });
  // A later witness of this run that came to nothing, before and after it had written down what it planted.
  await part.withdraw(null, signal, [young]);
  await part.withdraw(await part.plant('in vain'), signal, [young]);
  expect(await (await part.restore(young, 'backup'))()).toMatchObject({ faults: [] });
  await part.withdraw(young, signal, []);
  expect(await versions()).toBe(0);
});
