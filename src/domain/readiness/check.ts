import { compareTexts } from '../compare.ts';
import { formatDuration } from '../duration.ts';
import type { Exemption } from './file.ts';
import type { Level } from './levels.ts';
import type { Observation, Observed, Renewal } from './observation.ts';
import type { CheckShape } from './shape.ts';

/** What a check comes to. Only a pass earns its points. */
export type CheckResult = 'pass' | 'fail' | 'stale' | 'unobserved' | 'exempt' | 'not applicable';

/** How a check stands at a moment. */
export interface CheckStanding {
  readonly name: string;
  readonly title: string;
  readonly points: number;
  readonly level: Level;
  readonly must: boolean;
  /** What is looked at, for people. */
  readonly label: string;
  readonly result: CheckResult;
  /** Whether an exemption holds: then it neither caps nor keeps a level from being reached, and earns nothing by that. */
  readonly excused: boolean;
  /** What it would be without its exemption; absent elsewhere. */
  readonly instead?: Exclude<CheckResult, 'exempt' | 'not applicable'>;
  /** Why, in words. */
  readonly why: string;
  /** What it rests on; null where there is nothing. */
  readonly evidence: Observation | null;
  /** When a pass ends unless it is seen again, ISO 8601 in UTC; null for what is no pass. */
  readonly lapses: string | null;
  /** What the rollout says is to be done when it does not pass; null where it says nothing. */
  readonly mend: string | null;
  /** What makes evidence anew; null where nobody knows. */
  readonly renew: Renewal | null;
}

/**
 * How one check stands. Evidence counts while it is younger than the check asks, and while nothing that was recorded later says
 * otherwise or could not tell. What is real comes before what is not, and then what is youngest.
 *
 * @param at milliseconds since the epoch; what was seen or recorded later is passed over.
 * @param exemption that holds at that time; null where none does.
 */
export function standingOf(
  check: CheckShape,
  observed: Observed,
  at: number,
  exemption: Exemption | null,
): CheckStanding {
  const { name, title, points, level, must, mend } = check;
  const { label, renew } = observed;
  const common = { name, title, points, level, must, label, mend, renew, excused: exemption !== null };
  if (check.notApplicable !== null)
    return {
      ...common,
      excused: false,
      result: 'not applicable',
      why: check.notApplicable,
      evidence: null,
      lapses: null,
    };
  const judged = judge(check, observed, at);
  if (exemption === null || judged.result === 'pass') return { ...common, ...judged };
  const { reason, requestedBy, approvedBy, until } = exemption;
  const why = `${reason} (asked for by ${requestedBy}, granted by ${approvedBy}, until ${until}); else: ${judged.result}, ${judged.why}`;
  return { ...common, ...judged, result: 'exempt', instead: judged.result, why };
}

interface Judged extends Pick<CheckStanding, 'why' | 'evidence' | 'lapses'> {
  readonly result: Exclude<CheckResult, 'exempt' | 'not applicable'>;
}

function judge({ maxAgeMs }: CheckShape, { observations, lacking, doubt }: Observed, at: number): Judged {
  const seen = observations.filter(({ time, recorded }) => Date.parse(time) <= at && Date.parse(recorded) <= at);
  const against = latest(seen.filter(({ outcome }) => outcome !== 'holds'));
  const standing = seen.filter(
    ({ outcome, recorded }) =>
      outcome === 'holds' && (against === null || Date.parse(recorded) > Date.parse(against.recorded)),
  );
  const isYoung = ({ time }: Observation) => at - Date.parse(time) < maxAgeMs;
  const isSure = ({ recorded }: Observation) =>
    doubt === null || (doubt.until !== null && Date.parse(recorded) > Date.parse(doubt.until));
  const young = standing.filter(isYoung);
  const best = foremost(young.filter(isSure));
  if (best !== null)
    return { result: 'pass', why: best.why, evidence: best, lapses: iso(Date.parse(best.time) + maxAgeMs) };
  const unsure = foremost(young);
  if (unsure !== null) return { ...nothing(`${unsure.why}; but ${doubt?.why ?? ''}`), evidence: unsure };
  const old = foremost(standing);
  const last = old ?? against;
  if (last === null) return nothing(doubt === null ? lacking : `${lacking}; ${doubt.why}`);
  const { why, outcome } = last;
  if (!isYoung(last))
    return { result: 'stale', why: `${why}, but ${ageWords(last, at, maxAgeMs)}`, evidence: last, lapses: null };
  return outcome === 'unknown'
    ? { ...nothing(why), evidence: last }
    : { result: 'fail', why, evidence: last, lapses: null };
}

function nothing(why: string): Judged {
  return { result: 'unobserved', why, evidence: null, lapses: null };
}

function ageWords({ time }: Observation, at: number, maxAgeMs: number): string {
  return `that was ${span(at - Date.parse(time))} ago, and counts for ${span(maxAgeMs)}`;
}

const DAY_MS = 86_400_000;

/** From two days on in whole days. */
function span(ms: number): string {
  return ms < 2 * DAY_MS ? formatDuration(ms) : `${String(Math.floor(ms / DAY_MS))} days`;
}

/** What was recorded last; whatever the order that they come in. */
function latest(observations: readonly Observation[]): Observation | null {
  return observations.toSorted((a, b) => Date.parse(b.recorded) - Date.parse(a.recorded) || byName(a, b))[0] ?? null;
}

/** The best of several that hold. */
function foremost(observations: readonly Observation[]): Observation | null {
  const rank = ({ how }: Observation) => (how === 'real' ? 0 : 1);
  return (
    observations.toSorted((a, b) => rank(a) - rank(b) || Date.parse(b.time) - Date.parse(a.time) || byName(a, b))[0] ??
    null
  );
}

function byName(a: Observation, b: Observation): number {
  return compareTexts(`${a.run} ${a.entry} ${a.outcome} ${a.why}`, `${b.run} ${b.entry} ${b.outcome} ${b.why}`);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
