import type { Finding } from '../evidence.ts';
import type { Json } from '../json.ts';
import type { DrillVerdict } from './verdict.ts';

const PROVEN = /^Backup (\S+) is proven by a restore$/;

/** The claim of a drill's evidence; whether it holds is the verdict. */
export function provenClaim(backup: string): string {
  return `Backup ${backup} is proven by a restore`;
}

/**
 * The verdict that the evidence of a drill comes to; null when none of the findings is that of a restore. Reads of what
 * was observed: `faults` (texts), `restoreSeconds`, and `ageSeconds` (of what was restored, when it was proven).
 */
export function drillFacts(findings: readonly Finding[]): DrillVerdict | null {
  const proof = findings.find(({ claim }) => PROVEN.test(claim));
  const backup = PROVEN.exec(proof?.claim ?? '')?.[1];
  if (proof === undefined || backup === undefined) return null;
  const observed = fields(proof.observed);
  const age = seconds(observed['ageSeconds']);
  const { faults } = observed;
  return {
    verdict: proof.holds ? 'proven' : 'refuted',
    backup,
    backedUpAt: age === null ? null : new Date(Date.parse(proof.time) - age * 1_000).toISOString(),
    faults: Array.isArray(faults) ? faults.filter((fault) => typeof fault === 'string') : [],
    missed: findings.filter((finding) => finding !== proof && !finding.holds).map(({ claim }) => claim),
    rtoSeconds: seconds(observed['restoreSeconds']),
    rpoSeconds: age,
    failure: null,
  };
}

function fields(value: Json | undefined): { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json })
    : {};
}

function seconds(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
