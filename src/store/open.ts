import { fileURLToPath } from 'node:url';
import { WindlassFailure } from '../domain/failure.ts';
import { s3Client, type S3Connection } from '../objectstore/client.ts';
import { isKey, type BlobStore } from './blob-store.ts';
import { DirectoryStore } from './directory.ts';
import { S3Store } from './s3.ts';

/** How the S3 server of a store is reached; path style unless said otherwise. */
export type StoreS3 = Omit<S3Connection, 'pathStyle'> & Partial<Pick<S3Connection, 'pathStyle'>>;

/**
 * Opens a store. Makes no request yet; a directory is made with the first blob, a bucket never.
 *
 * @param url `file:///directory` or `s3://bucket` or `s3://bucket/prefix`.
 * @param s3 address and credentials, needed for `s3:`.
 * @throws WindlassFailure `ReferenceUnresolved` for any other URL, or when `s3` is missing.
 */
export function openStore(url: string, s3: StoreS3 | null = null): BlobStore {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'file:' && parsed.host === '' && parsed.pathname.length > 1)
    return new DirectoryStore(fileURLToPath(parsed).replace(/\/+$/, ''));
  if (parsed?.protocol !== 's3:' || parsed.host === '' || parsed.username !== '' || parsed.search !== '')
    throw refused('is not the URL of a store', 'Write file:///directory or s3://bucket/prefix, without credentials.');
  if (s3 === null)
    throw refused('is in S3, but its server is not known', 'Set its endpoint, access key and secret key.');
  const connection = { pathStyle: true, ...s3 };
  return new S3Store(s3Client(connection), parsed.host, prefixOf(parsed), connection);
}

/** The path of an `s3:` URL as a prefix of keys: empty, or ending with a slash. */
function prefixOf(url: URL): string {
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  if (path !== '' && !isKey(path))
    throw refused('has a prefix that is not made of letters, digits, . _ - and /', 'Choose another prefix.');
  return path === '' ? '' : `${path}/`;
}

/** The URL itself is not repeated: what people paste there may hold a password. */
function refused(what: string, next: string): WindlassFailure {
  return new WindlassFailure('ReferenceUnresolved', `The store ${what}.`, { object: 'store URL', next });
}
