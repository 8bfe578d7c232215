import type { BucketHandle } from './ask.ts';
import { exchange } from './exchange.ts';
import { codeBehind } from './failure.ts';
import { childrenOf, parseXml, textOf, type XmlElement } from './xml.ts';

/** What servers without such a list answer, and those that do not show it to this user. */
const UNLISTED: ReadonlySet<string> = new Set(['NotImplemented', 'MethodNotAllowed', 'AccessDenied']);

/** The last of a page, where the next one goes on. */
interface Marker {
  readonly key: string;
  readonly id: string;
}

/**
 * Every version of one object with the marks of its deletion; null when this server or user has no list of them.
 *
 * @throws WindlassFailure as `BucketHandle.ask` does.
 */
export function versionsOf(handle: BucketHandle, key: string): Promise<readonly string[] | null> {
  return idsOf(handle, key, {
    what: 'versions',
    root: 'ListVersionsResult',
    of: ['Version', 'DeleteMarker'],
    id: 'VersionId',
    marker: 'version-id-marker',
    next: 'NextVersionIdMarker',
  });
}

/** The uploads of one object that were begun and not completed; null and throws as `versionsOf`. */
export function uploadsOf(handle: BucketHandle, key: string): Promise<readonly string[] | null> {
  return idsOf(handle, key, {
    what: 'uploads',
    root: 'ListMultipartUploadsResult',
    of: ['Upload'],
    id: 'UploadId',
    marker: 'upload-id-marker',
    next: 'NextUploadIdMarker',
  });
}

interface Listing {
  readonly what: 'versions' | 'uploads';
  readonly root: string;
  readonly of: readonly string[];
  readonly id: string;
  readonly marker: string;
  readonly next: string;
}

async function idsOf(handle: BucketHandle, key: string, listing: Listing): Promise<readonly string[] | null> {
  const ids: string[] = [];
  let after: Marker | null = null;
  try {
    do {
      const page = await readPage(handle, key, listing, after);
      const found = listing.of.flatMap((name) => childrenOf(page, name));
      ids.push(...found.filter((each) => textOf(each, 'Key') === key).map((each) => textOf(each, listing.id)));
      after = nextOf(page, key, listing);
    } while (after !== null);
  } catch (error) {
    if (UNLISTED.has(codeBehind(error) ?? '')) return null;
    throw error;
  }
  return ids;
}

/** Null at the end: keys come in order, so that those that only begin with this one come after it. */
function nextOf(page: XmlElement, key: string, { next }: Listing): Marker | null {
  if (textOf(page, 'IsTruncated') !== 'true' || textOf(page, 'NextKeyMarker') !== key) return null;
  return { key, id: textOf(page, next) };
}

function readPage(
  handle: BucketHandle,
  key: string,
  { what, root, marker }: Listing,
  after: Marker | null,
): Promise<XmlElement> {
  const { bucket } = handle;
  const from =
    after === null ? '' : `&key-marker=${encodeURIComponent(after.key)}&${marker}=${encodeURIComponent(after.id)}`;
  const query = `${what}&prefix=${encodeURIComponent(key)}${from}`;
  return handle.ask(`listing the ${what} of ${key}`, async (client) => {
    const { body } = await exchange(client, { method: 'GET', bucket, query });
    return parseXml(body.toString('utf8'), root);
  });
}
