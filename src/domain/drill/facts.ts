import { ofKind, wordsOf, type RecordedFinding } from '../evidence.ts';
import type { DrillVerdict } from './verdict.ts';

/** The verdict that the evidence of a drill comes to; null when none of the findings is that of a restore. */
export function drillFacts(findings: readonly RecordedFinding[]): DrillVerdict | null {
  const [proof] = ofKind('drill-proof', findings);
  if (proof === undefined) return null;
  const { faults, restoreSeconds, ageSeconds } = proof.observed;
  return {
    verdict: proof.holds ? 'proven' : 'refuted',
    backup: proof.about.backup,
    backedUpAt: ageSeconds === null ? null : new Date(Date.parse(proof.time) - ageSeconds * 1_000).toISOString(),
    faults,
    missed: ofKind('objective', findings)
      .filter(({ holds }) => !holds)
      .map((finding) => wordsOf(finding).claim),
    rtoSeconds: restoreSeconds,
    rpoSeconds: ageSeconds,
    failure: null,
  };
}
