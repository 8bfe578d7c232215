import { WindlassFailure } from '../domain/failure.ts';
import type { BlobStore } from '../store/blob-store.ts';

/** Failures of the store as a whole: they say nothing of one blob. */
const OF_THE_STORE: ReadonlySet<string> = new Set(['TargetUnreachable', 'Throttled', 'TargetBusy', 'NotFound']);

/** The bytes of one blob, or what is wrong with it. */
export type ReadBlob =
  | { readonly content: Buffer }
  | { readonly damage: 'gone' | 'too large' }
  | { readonly damage: 'unreadable'; readonly failure: WindlassFailure };

/**
 * Reads a blob that somebody may have put there to do harm: never more of it than `most` bytes.
 *
 * @throws WindlassFailure when the store does not answer at all.
 */
export async function readBlob(store: BlobStore, key: string, most: number): Promise<ReadBlob> {
  try {
    const stream = await store.stream(key);
    if (stream === null) return { damage: 'gone' };
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of stream) {
      size += piece.length;
      if (size > most) return { damage: 'too large' };
      pieces.push(piece);
    }
    return { content: Buffer.concat(pieces) };
  } catch (error) {
    if (!(error instanceof WindlassFailure) || OF_THE_STORE.has(error.type)) throw error;
    return { damage: 'unreadable', failure: error };
  }
}
