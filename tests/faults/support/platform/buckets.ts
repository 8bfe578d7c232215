import type { Json } from '../../../../src/domain/json.ts';
import { bucketReader } from '../../../../src/objectstore/reader.ts';
import { s3Client } from '../../../../src/objectstore/client.ts';
import { labStore } from '../../../objectstore/support.ts';
import type { Variables } from '../../../support/settings.ts';
import type { Neutral } from './neutral.ts';

/** Every bucket of a lab's object store, with its rules and the keys in it, by name. */
export async function bucketsOf(env: Variables, neutral: Neutral): Promise<ReadonlyMap<string, Json>> {
  const store = labStore(env);
  const client = s3Client(store);
  const reader = bucketReader(store);
  const found = new Map<string, Json>();
  for (const { name } of await client.listBuckets()) {
    const keys: string[] = [];
    for await (const { key } of reader.list(name, '')) keys.push(neutral.text(key));
    const uploads: string[] = [];
    for await (const { key } of client.listIncompleteUploads(name, '', true)) uploads.push(neutral.text(String(key)));
    found.set(`bucket ${name}`, {
      versioning: (await client.getBucketVersioning(name)) as unknown as Json,
      lifecycle: (await client.getBucketLifecycle(name).catch(() => null)) as unknown as Json,
      keys: keys.toSorted(),
      uploads: uploads.toSorted(),
    });
  }
  return found;
}
