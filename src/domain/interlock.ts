import { proofWords, youngEnough } from './drill/freshness.ts';
import type { Proof } from './drill/verdict.ts';

/** What must be proven before a rollout may destroy data. */
export interface Interlock {
  /** How old the youngest proven backup may be, as a duration such as `24h`. */
  readonly provenWithin: string;
  /** Drills (`PHASE/STEP`) that must each have proven one; absent means that any of the rollout's will do. */
  readonly drills?: readonly string[] | undefined;
}

/**
 * What is missing before data may be destroyed, in words that a person waives by approving; null when all is proven.
 *
 * @param proofs backups that drills of this rollout and environment have proven, the youngest first.
 * @param now milliseconds since the epoch.
 */
export function missingProof(interlock: Interlock, proofs: readonly Proof[], now: number): string | null {
  const { provenWithin, drills } = interlock;
  const lacking = (whose: string, of: readonly Proof[]): readonly string[] =>
    youngEnough(of, provenWithin, now) !== null
      ? []
      : [`no backup${whose} proven within ${provenWithin} (${proofWords(of[0] ?? null)})`];
  const missing =
    drills === undefined
      ? lacking('', proofs)
      : drills.flatMap((drill) =>
          lacking(
            ` of ${drill}`,
            proofs.filter((proof) => proof.drill === drill),
          ),
        );
  return missing.length === 0 ? null : missing.join('; ');
}
