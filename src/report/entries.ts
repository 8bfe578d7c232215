import { stepPath } from '../domain/names.ts';
import type { RecordBody, RecordEntry, RecordScope } from '../domain/record-entry.ts';

/** An entry of one type. */
export type EntryOf<T extends RecordBody['type']> = RecordEntry & { readonly body: Extract<RecordBody, { type: T }> };

/** Entries of one type, in their order. */
export function ofType<T extends RecordBody['type']>(entries: readonly RecordEntry[], type: T): readonly EntryOf<T>[] {
  return entries.filter((entry): entry is EntryOf<T> => entry.body.type === type);
}

/** Phase and step of an entry; null when it is about the rollout as a whole. */
export function stepOf({ phase, step }: RecordScope): string | null {
  if (phase === null) return null;
  return step === null ? phase : stepPath(phase, step);
}
