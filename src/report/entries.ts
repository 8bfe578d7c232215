import { stepPath } from '../domain/names.ts';
import type { RecordScope } from '../domain/record-entry.ts';

/** Phase and step of an entry; null when it is about the rollout as a whole. */
export function stepOf({ phase, step }: RecordScope): string | null {
  if (phase === null) return null;
  return step === null ? phase : stepPath(phase, step);
}
