import { ofType } from './entries.ts';
import type { Decision } from './gate.ts';
import type { Opening } from './opening.ts';
import type { RecordEntry } from './record-entry.ts';

/**
 * The newest opening of the gate of a step; null where none is on record, as in runs of before.
 *
 * @param entries of one run.
 */
export function newestOpening(entries: readonly RecordEntry[], phase: string, step: string): Opening | null {
  const openings = ofType(entries, 'gate').filter(({ scope }) => scope.phase === phase && scope.step === step);
  return openings.reduce<Opening | null>(
    (newest, { body }) => (newest !== null && newest.opening >= body.opening ? newest : body),
    null,
  );
}

/** Whether a decision is over this opening, and waives what it says, where it approves. */
export function isOver({ verdict, opening, changeDigest, waives }: Decision, over: Opening): boolean {
  const isSame = opening === over.opening && changeDigest === over.changeDigest;
  return isSame && (verdict !== 'approve' || (waives ?? null) === over.waives);
}
