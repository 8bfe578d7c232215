import type { RecordBody, RecordEntry } from './record-entry.ts';

/** An entry of one type. */
export type EntryOf<T extends RecordBody['type']> = RecordEntry & { readonly body: Extract<RecordBody, { type: T }> };

/** Entries of one type, in their order. */
export function ofType<T extends RecordBody['type']>(entries: readonly RecordEntry[], type: T): readonly EntryOf<T>[] {
  return entries.filter((entry): entry is EntryOf<T> => entry.body.type === type);
}
