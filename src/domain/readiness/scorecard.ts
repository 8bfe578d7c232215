import type { EvidenceHow } from '../evidence.ts';
import { standingOf, type CheckStanding } from './check.ts';
import { exemptionsAt, type StandingExemption } from './exemption.ts';
import { LEVELS, type Level, type Standing } from './levels.ts';
import type { Observed } from './observation.ts';
import type { AreaShape, CheckShape, ReadinessShape } from './shape.ts';

/** What something comes to. */
export interface Score extends Standing {
  /** Checks that must pass and do not, which cap it: names, and for the whole AREA/CHECK. */
  readonly capped: readonly string[];
}

/** How an area stands. */
export interface AreaStanding extends Score {
  readonly name: string;
  readonly title: string;
  readonly weight: number;
  /** Whether any of its checks applies here; it counts for nothing where none does. */
  readonly applies: boolean;
  /** Sums over the checks that apply; `apart` passes as well, and rests on what is not real, where that earns nothing. */
  readonly points: { readonly all: number; readonly earned: number; readonly apart: number };
  /** By what is real alone. */
  readonly real: Score;
  readonly checks: readonly CheckStanding[];
}

/** How ready something is, check by check. */
export interface Scorecard extends Score {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Whether what was simulated, or rests on a stand-in, earns points: the policy of the worker says so. */
  readonly simulated: 'counts' | 'apart';
  /** By what is real alone. */
  readonly real: Score;
  /** What an area and the whole come to at most while a check that must pass does not. */
  readonly cap: number;
  readonly areas: readonly AreaStanding[];
  /** All that there are, ended ones too. */
  readonly exemptions: readonly StandingExemption[];
}

/** Whether a pass by such evidence earns points. */
type Counts = (how: EvidenceHow) => boolean;

const isReal: Counts = (how) => how === 'real';
const always: Counts = () => true;

/** `AREA/CHECK` */
export function checkPath(area: string, check: string): string {
  return `${area}/${check}`;
}

/**
 * The scorecard of a moment. Pure: the same evidence gives the same card, in whatever order it comes.
 *
 * @param observed what the record says on a check, given its AREA/CHECK.
 * @param at milliseconds since the epoch.
 */
export function scorecard(
  { areas: shapes, cap, exemptions: granted }: ReadinessShape,
  observed: (check: CheckShape, path: string) => Observed,
  { at, simulated }: { readonly at: number; readonly simulated: Scorecard['simulated'] },
): Scorecard {
  const exemptions = exemptionsAt(granted, at);
  const areas = shapes.map((area) => {
    const checks = area.checks.map((check) => {
      const path = checkPath(area.name, check.name);
      return standingOf(
        check,
        observed(check, path),
        at,
        exemptions.find(({ check: of, holds }) => holds && of === path) ?? null,
      );
    });
    return areaStanding(area, checks, cap, simulated === 'counts' ? always : isReal);
  });
  return {
    at: new Date(at).toISOString(),
    simulated,
    ...wholeOf(areas, cap),
    real: wholeOf(
      areas.map(({ real, ...area }) => ({ ...area, ...real })),
      cap,
    ),
    cap,
    areas,
    exemptions,
  };
}

function areaStanding(
  { name, title, weight }: AreaShape,
  checks: readonly CheckStanding[],
  cap: number,
  counts: Counts,
): AreaStanding {
  const applying = checks.filter(({ result }) => result !== 'not applicable');
  const sum = (of: readonly CheckStanding[]) => of.reduce((points, check) => points + check.points, 0);
  const passing = applying.filter(({ result }) => result === 'pass');
  return {
    ...{ name, title, weight, applies: applying.length > 0 },
    points: {
      all: sum(applying),
      earned: sum(passing.filter((check) => earns(check, counts))),
      apart: sum(passing.filter((check) => !earns(check, counts))),
    },
    ...scoreOf(applying, cap, counts),
    real: scoreOf(applying, cap, isReal),
    checks,
  };
}

/** @param checks those that apply. */
function scoreOf(checks: readonly CheckStanding[], cap: number, counts: Counts): Score {
  const capped = checks.filter((check) => check.must && !isMet(check, counts)).map(({ name }) => name);
  if (!checks.some(isObserved)) return { score: null, level: null, capped };
  const [all, earned] = [checks, checks.filter((check) => earns(check, counts))].map((some) =>
    some.reduce((points, check) => points + check.points, 0),
  ) as [number, number];
  const score = rounded((earned * 100) / all);
  if (capped.length > 0) return { score: Math.min(score, cap), level: null, capped };
  // Nothing that was earned is no level, though a level may ask for nothing here.
  if (earned === 0) return { score, level: null, capped };
  const open = checks.filter((check) => !isMet(check, counts));
  return { score, level: LEVELS.findLast((level) => !open.some((check) => isAskedFor(check, level))) ?? null, capped };
}

/** Whether a level asks for a check: for those of its own, and of the levels before it. */
function isAskedFor(check: CheckStanding, level: Level): boolean {
  return LEVELS.indexOf(check.level) <= LEVELS.indexOf(level);
}

function earns({ result, evidence }: CheckStanding, counts: Counts): boolean {
  return result === 'pass' && evidence !== null && counts(evidence.how);
}

function isMet(check: CheckStanding, counts: Counts): boolean {
  return check.excused || earns(check, counts);
}

/** An exemption is no observation. */
function isObserved({ result, instead = 'unobserved' }: CheckStanding): boolean {
  return result === 'exempt' ? instead !== 'unobserved' : result !== 'unobserved';
}

/** An area of which nothing is known earns nothing: it is no reason to leave it out. */
function wholeOf(areas: readonly Omit<AreaStanding, 'real'>[], cap: number): Score {
  const applying = areas.filter(({ applies }) => applies);
  const capped = applying.flatMap(({ name, capped: of }) => of.map((check) => checkPath(name, check)));
  if (applying.every(({ score }) => score === null)) return { score: null, level: null, capped };
  const weights = applying.reduce((sum, { weight }) => sum + weight, 0);
  const score = rounded(applying.reduce((sum, { weight, score: of }) => sum + weight * (of ?? 0), 0) / weights);
  if (capped.length > 0) return { score: Math.min(score, cap), level: null, capped };
  const lowest = Math.min(...applying.map(({ level }) => (level === null ? -1 : LEVELS.indexOf(level))));
  return { score, level: LEVELS[lowest] ?? null, capped };
}

/** Down, so that nothing is claimed that was not reached; but not by what binary fractions lack. */
function rounded(score: number): number {
  return Math.floor(score * 10 + 1e-6) / 10;
}
