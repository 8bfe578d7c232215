import { joinedWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { OverLimit, type Limit } from '../domain/limit.ts';
import type { BlobStore } from '../store/blob-store.ts';

/** Failures of the store as a whole: they say nothing of one blob. */
const OF_THE_STORE: ReadonlySet<string> = new Set(['TargetUnreachable', 'Throttled', 'TargetBusy', 'NotFound']);

/** The bytes of one blob, or what is wrong with it. */
export type ReadBlob =
  | { readonly content: Buffer }
  | { readonly damage: 'gone' | 'too large' }
  | { readonly damage: 'unreadable'; readonly failure: WindlassFailure };

/**
 * Reads a blob that somebody may have put there to do harm: never more of it than its limit.
 *
 * @throws WindlassFailure when the store does not answer at all.
 */
export async function readBlob(store: BlobStore, key: string, limit: Limit): Promise<ReadBlob> {
  try {
    const stream = await store.stream(key);
    if (stream === null) return { damage: 'gone' };
    return { content: await joinedWithin(stream, limit, 'The blob', key) };
  } catch (error) {
    if (error instanceof OverLimit) return { damage: 'too large' };
    if (!(error instanceof WindlassFailure) || OF_THE_STORE.has(error.type)) throw error;
    return { damage: 'unreadable', failure: error };
  }
}
