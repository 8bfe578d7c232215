import { durationMs } from '../duration.ts';
import type { Proof } from './verdict.ts';

/** Whether the newest backup that a drill has proven is young enough. */
export interface Freshness {
  readonly newest: Proof | null;
  /** How old it may be, as a duration such as `24h`. */
  readonly limit: string;
  readonly stale: boolean;
  /** Whether this very staleness is on record already, so that it is told once. */
  readonly known: boolean;
  /** What of the record does not read, so that there may be a newer proof; absent where all of it reads. */
  readonly doubt?: string;
}

/** The first of these proofs, if its backup is younger than the limit. Proofs come youngest first. */
export function youngEnough(proofs: readonly Proof[], limit: string, now: number): Proof | null {
  const [newest] = proofs;
  return newest !== undefined && now - Date.parse(newest.at) < durationMs(limit) ? newest : null;
}

/** A newest proof in words, with what makes it uncertain. */
export function freshnessWords({ newest, doubt }: Pick<Freshness, 'newest' | 'doubt'>): string {
  return doubt === undefined ? proofWords(newest) : `${proofWords(newest)}; ${doubt}`;
}

/** A proof in words: `platform-drill-3f of 2026-01-01T02:00:00.000Z, by backup/drill`. */
export function proofWords(proof: Proof | null): string {
  return proof === null ? 'none was ever proven' : `newest: ${proof.backup} of ${proof.at}, by ${proof.drill}`;
}
