import { WindlassFailure } from '../domain/failure.ts';
import { OverLimit, type Limit } from '../domain/limit.ts';

/** Where bundles and the record are kept: blobs by key, written once and never changed. */
export interface BlobStore {
  /**
   * Writes a blob, durably before it answers. The same content under the same key again is fine.
   *
   * @throws WindlassFailure `StoreConflict` when other content is there already; it stays as it is.
   */
  put(key: string, body: Buffer): Promise<void>;
  /**
   * Null when there is no such blob.
   *
   * @param limit how much of it is read, that of a bundle unless said otherwise: somebody else may have written it.
   * @throws WindlassFailure `LimitExceeded`
   */
  get(key: string, limit?: Limit): Promise<Buffer | null>;
  /**
   * Writes the bytes of a file without holding them. For keys that name their content: what is there already stays as it
   * is, unread.
   */
  putFile(key: string, path: string): Promise<void>;
  /** The bytes of a blob as they come, which may end in a WindlassFailure of the store; null when there is no such blob. */
  stream(key: string): Promise<AsyncIterable<Buffer> | null>;
  /**
   * Keys that begin with `prefix`, sorted by code unit.
   *
   * @param unlisted told of each folder whose keys cannot be listed, with the reason; without it one fails the whole.
   */
  list(prefix: string, unlisted?: (folder: string, failure: WindlassFailure) => void): Promise<readonly string[]>;
}

/** Keys fit file systems and S3 alike: names of letters, digits, `.`, `_`, `-`, joined by slashes, none hidden. */
const KEY_PATTERN = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

export function isKey(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/** @throws RangeError for a text that is not a key: keys are made by code, so this is a defect of the caller. */
export function assertKey(text: string): void {
  if (!isKey(text)) throw new RangeError(`"${text}" is not a key of a store`);
}

/** @throws RangeError for a text that no key can begin with. */
export function assertPrefix(text: string): void {
  if (text !== '') assertKey(text.replace(/\/$/, ''));
}

/**
 * Whether a key holds these very bytes, of which no more is read than they have; null when it holds none.
 *
 * @throws what `get` throws, `LimitExceeded` apart.
 */
export async function holds(store: Pick<BlobStore, 'get'>, key: string, body: Buffer): Promise<boolean | null> {
  const limit = { most: body.length, of: 'bytes', what: 'a blob', why: 'as many as were written', next: 'Nothing.' };
  try {
    return (await store.get(key, limit))?.equals(body) ?? null;
  } catch (error) {
    if (error instanceof OverLimit) return false;
    throw error;
  }
}

/** The refusal of `put` when the key holds other content. */
export function storeConflict(place: string, key: string): WindlassFailure {
  return new WindlassFailure('StoreConflict', `${place} already holds other content under ${key}.`, {
    object: key,
    next: 'Nothing was overwritten. If the stored content was damaged, move it aside and try again.',
  });
}
