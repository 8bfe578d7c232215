import type { CheckResult } from './check.ts';
import { reaches } from './levels.ts';
import { checkPath, type Score, type Scorecard } from './scorecard.ts';
import { scoreText } from './words.ts';

/** What came of checks since they were looked at before: AREA/CHECK of those that are so now and were not then. */
export interface ReadinessChanges {
  readonly passing: readonly string[];
  readonly failing: readonly string[];
  readonly stale: readonly string[];
  readonly unobserved: readonly string[];
}

/** What changed from one scorecard to the next, in the order of the checks. */
export function changesBetween(before: Scorecard, now: Scorecard): ReadinessChanges {
  const then = new Map(resultsOf(before));
  const newly = (result: CheckResult) =>
    resultsOf(now).flatMap(([check, is]) => (is === result && then.get(check) !== result ? [check] : []));
  return {
    ...{ passing: newly('pass'), failing: newly('fail') },
    ...{ stale: newly('stale'), unobserved: newly('unobserved') },
  };
}

function resultsOf({ areas }: Scorecard): readonly (readonly [string, CheckResult])[] {
  return areas.flatMap(({ name, checks }) =>
    checks.map(({ name: check, result }) => [checkPath(name, check), result] as const),
  );
}

/** How the readiness fell, in a sentence; null where neither its score nor its level is lower. */
export function fellWords(before: Scorecard, now: Scorecard): string | null {
  if (!isLower(now, before)) return null;
  const { failing, stale, unobserved } = changesBetween(before, now);
  const why = Object.entries({ failing, stale, unobserved }).flatMap(([what, checks]) =>
    checks.length === 0 ? [] : [`newly ${what}: ${named(checks)}`],
  );
  return [`the readiness fell from ${scoreText(before)} to ${scoreText(now)}`, ...why].join('; ');
}

function isLower(now: Score, before: Score): boolean {
  return (
    (now.score ?? 0) < (before.score ?? 0) ||
    (before.level !== null && !reaches(now.level, before.level)) ||
    // What is unknown now was known.
    (now.score === null && before.score !== null)
  );
}

/** How many are named. */
const NAMED = 10;

function named(checks: readonly string[]): string {
  const more = checks.length - NAMED;
  return `${checks.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
