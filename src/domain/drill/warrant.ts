import { temporalFiresAt } from '../cron/earlier.ts';

/**
 * What a schedule is signed with, once, by whoever makes it: which firings it stands for. Everybody who reads a history
 * can copy it, so it stands for nothing but the firings of that schedule, each for one run.
 */
export interface StandingWarrant {
  /** Made up for this schedule; policies revoke it by this. */
  readonly id: string;
  readonly cronExpressions: readonly string[];
  /** Milliseconds between firings, counted from 1970 as Temporal does; null where cron expressions say when. */
  readonly everyMs: number | null;
  /** Each firing is late by up to this. */
  readonly jitterMs: number;
  /** How late what was missed is still made up for. */
  readonly catchUpMs: number;
  readonly timeZone: 'UTC';
  /** ISO 8601 in UTC: when it was signed, and when it ends. */
  readonly notBefore: string;
  readonly notAfter: string;
}

/** What a policy says of warrants. */
export interface WarrantRules {
  /** Milliseconds. */
  readonly longestMs: number;
  /** Ids. */
  readonly revoked: readonly string[];
}

/** How far the clocks of whoever signs, of workers and of Temporal may be apart, and how long Temporal may take to start a run. */
const SKEW_MS = 5 * 60_000;

/** Why a warrant does not hold at a time, in milliseconds since the epoch; null when it does. */
export function warrantDenial(
  warrant: StandingWarrant,
  { longestMs, revoked }: WarrantRules,
  now: number,
): string | null {
  const [from, until] = [Date.parse(warrant.notBefore), Date.parse(warrant.notAfter)];
  if (Number.isNaN(from) || Number.isNaN(until))
    return 'what its schedule was signed with does not say until when it holds';
  if (revoked.includes(warrant.id)) return `what its schedule was signed with (${warrant.id}) is revoked`;
  if (until <= now) return `what its schedule was signed with held until ${warrant.notAfter}`;
  if (from > now + SKEW_MS) return `what its schedule was signed with holds from ${warrant.notBefore} on`;
  if (until - from > longestMs)
    return `what its schedule was signed with holds for ${days(until - from)}, and the worker's policy takes ${days(longestMs)}`;
  return null;
}

/**
 * Why a run is no firing that a warrant stands for; null when it is one.
 *
 * @param nominal the time that Temporal fired it for, and when the run was started, both in milliseconds since the epoch.
 */
export function firingDenial(warrant: StandingWarrant, nominal: number, startedAt: number): string | null {
  const { cronExpressions, everyMs, jitterMs, catchUpMs } = warrant;
  const at = new Date(nominal).toISOString();
  const fires =
    (everyMs !== null && nominal % everyMs === 0) || cronExpressions.some((one) => temporalFiresAt(one, nominal));
  if (!fires) return `its schedule was signed for other times than ${at}`;
  if (nominal < Date.parse(warrant.notBefore) - SKEW_MS) return `its schedule was signed after ${at}`;
  if (startedAt < nominal - SKEW_MS) return `it was started before its time, ${at}`;
  if (startedAt > nominal + jitterMs + catchUpMs + SKEW_MS)
    return `it was started later than its schedule makes up for (${at})`;
  return null;
}

/** The time that a schedule has fired a run for, which Temporal puts behind the id; null for a run that no schedule has started. */
export function nominalTime(workflowId: string, scheduleId: string): number | null {
  if (!workflowId.startsWith(`${scheduleId}-`)) return null;
  const time = workflowId.slice(scheduleId.length + 1);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time) ? Date.parse(time) : null;
}

/** Names one firing of one schedule, whatever it was signed with: what is used once. */
export function firingName(scheduleId: string, nominal: number): string {
  return `${scheduleId}@${new Date(nominal).toISOString()}`;
}

function days(ms: number): string {
  return `${String(Math.round(ms / 86_400_000))} days`;
}
