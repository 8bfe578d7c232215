import type { ListedObject } from '../domain/bucket-reader.ts';
import { asNotFound } from './absent.ts';
import type { BucketHandle } from './ask.ts';
import { exchange } from './exchange.ts';
import { childrenOf, parseXml, textOf, type XmlElement } from './xml.ts';

/** The objects below a prefix, page by page. @throws WindlassFailure `NotFound` without the bucket. */
export async function* listObjects(handle: BucketHandle, prefix: string): AsyncGenerator<ListedObject> {
  let token = '';
  do {
    const page = await readPage(handle, prefix, token);
    for (const entry of childrenOf(page, 'Contents')) {
      yield { key: textOf(entry, 'Key'), size: Number(textOf(entry, 'Size')) };
    }
    token = textOf(page, 'IsTruncated') === 'true' ? textOf(page, 'NextContinuationToken') : '';
  } while (token !== '');
}

async function readPage(handle: BucketHandle, prefix: string, token: string): Promise<XmlElement> {
  const { bucket } = handle;
  const after = token === '' ? '' : `continuation-token=${encodeURIComponent(token)}&`;
  const query = `${after}list-type=2&prefix=${encodeURIComponent(prefix)}`;
  try {
    return await handle.ask(`listing ${prefix}`, async (client) => {
      const { body } = await exchange(client, { method: 'GET', bucket, query });
      return parseXml(body.toString('utf8'), 'ListBucketResult');
    });
  } catch (error) {
    throw asNotFound(error, `bucket ${bucket}`);
  }
}
