import { cronEarlier } from '../cron/earlier.ts';
import { readVeleroCron } from '../cron/problems.ts';
import type { Bundle } from '../bundle.ts';
import { durationMs, formatDuration } from '../duration.ts';
import { WindlassFailure } from '../failure.ts';
import { stepPath } from '../names.ts';
import type { StepOf } from '../step.ts';
import type { RunMode } from '../run-mode.ts';

/** When drills are due, as people ask for it; one of `cron` and `every` is there. Durations as `5m`. */
export interface DrillTimes {
  /** In UTC, as Temporal reads it. */
  readonly cron?: string;
  readonly every?: string;
  /** Each firing is late by up to this, at random. */
  readonly jitter?: string;
  /** How late what was missed while Temporal was away is still made up for. */
  readonly catchUp: string;
  /** How long before each backup of a Velero schedule its witness comes. */
  readonly lead: string;
}

/** When one schedule fires, as Temporal takes it. */
export interface Firing {
  readonly mode: RunMode;
  /** As text for people and for `schedule list`. */
  readonly when: string;
  readonly cronExpressions: readonly string[];
  /** Milliseconds; null when cron expressions say when. */
  readonly everyMs: number | null;
  readonly jitterMs: number;
}

/** A look at how fresh proofs are is taken this often within the limit, but not less often than hourly. */
const LOOKS = 4;
const HOUR_MS = 3_600_000;

export interface DrillStep {
  readonly phase: string;
  readonly step: StepOf<'velero.drill'>;
}

/** Every step of a bundle that drills. */
export function drillSteps(bundle: Bundle): readonly DrillStep[] {
  return bundle.phases.flatMap((phase) =>
    phase.steps.flatMap((step) => (step.kind === 'velero.drill' ? [{ phase: phase.name, step }] : [])),
  );
}

/**
 * The schedules of one drill: itself, a look at how fresh its proof is, and for a drill of a Velero schedule's backups a
 * witness ahead of each of them.
 *
 * @throws WindlassFailure `WrongUsage` for times that Velero's schedule does not tell.
 */
export function firingsOf(bundle: Bundle, drill: DrillStep, times: DrillTimes): readonly Firing[] {
  const limit = durationMs(bundle.interlock?.provenWithin ?? drill.step.with.maxAge);
  const lookMs = Math.max(60_000, Math.min(HOUR_MS, limit / LOOKS));
  return [
    ownFiring('drill', times),
    { mode: 'freshness', when: `every ${formatDuration(lookMs)}`, cronExpressions: [], everyMs: lookMs, jitterMs: 0 },
    ...witness(bundle, drill, times.lead),
  ];
}

/** When a schedule fires that has the times as they were asked for. */
export function ownFiring(
  mode: RunMode,
  { cron, every, jitter }: Pick<DrillTimes, 'cron' | 'every' | 'jitter'>,
): Firing {
  const jitterMs = jitter === undefined ? 0 : durationMs(jitter);
  if (every !== undefined)
    return { mode, when: `every ${every}`, cronExpressions: [], everyMs: durationMs(every), jitterMs };
  return { mode, when: cron ?? '', cronExpressions: [cron ?? ''], everyMs: null, jitterMs };
}

function witness(bundle: Bundle, { phase, step }: DrillStep, lead: string): readonly Firing[] {
  const name = scheduleOf(step.with);
  if (name === null) return [];
  const schedule = bundle.phases
    .flatMap(({ steps }) => steps)
    .find((other) => other.kind === 'velero.schedule' && other.with.name === name);
  const { schedule: cron = '', veleroVersion } = schedule?.kind === 'velero.schedule' ? schedule.with : {};
  const reading = readVeleroCron(cron, veleroVersion);
  const cronExpressions = typeof reading === 'string' ? null : cronEarlier(reading, durationMs(lead) / 60_000);
  if (cronExpressions === null)
    throw new WindlassFailure('WrongUsage', `When the schedule ${name} makes its backups cannot be told.`, {
      object: stepPath(phase, step.name),
      next:
        typeof reading === 'string' && schedule !== undefined
          ? `Correct its velero.schedule step: the expression ${reading}.`
          : 'Let a velero.schedule step of this rollout declare it, with five fields or a shorthand such as @daily.',
    });
  return [{ mode: 'witness', when: `${lead} before ${cron}`, cronExpressions, everyMs: null, jitterMs: 0 }];
}

/**
 * The Velero schedule whose backups a step drills; null for one that makes its own.
 *
 * @internal exported for its tests
 */
export function scheduleOf(spec: object): string | null {
  const of = (spec as { readonly of?: unknown }).of;
  if (typeof of !== 'object' || of === null || !('schedule' in of)) return null;
  return typeof of.schedule === 'string' ? of.schedule : null;
}
