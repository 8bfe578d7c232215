import { randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy, type ScheduleDescription, type ScheduleOptions } from '@temporalio/client';
import { identityOf, once, signed, type Actor } from './client-actor.ts';
import {
  SEARCH_ATTRIBUTES,
  WORKFLOWS,
  type Attests,
  type DriftInput,
  type DrillInput,
  type ReadinessInput,
} from './contract/messages.ts';
import { z } from 'zod';
import type { Firing } from './domain/drill/schedule.ts';
import type { DrillMode } from './domain/drill/verdict.ts';
import { isLook, LOOKS, type LookMode, type RunMode } from './domain/run-mode.ts';
import type { StandingWarrant } from './domain/drill/warrant.ts';
import { short } from './domain/gate.ts';
import { drillWorkflowId, lookWorkflowId, stepPath } from './domain/names.ts';

/** Names one drill of one rollout in one environment. */
export interface DrillRef {
  readonly environment: string;
  readonly rollout: string;
  readonly phase: string;
  readonly step: string;
}

/** Names a rollout by a bundle that is in the store: what looks are of. */
export interface BundleRef {
  readonly environment: string;
  readonly rollout: string;
  /** Digest. */
  readonly bundle: string;
}

/** A schedule as Temporal has it. Times are ISO 8601 in UTC. */
export interface WindlassSchedule {
  readonly id: string;
  readonly environment: string;
  readonly rollout: string;
  /** Of the drill; null for looks, which are of no step. */
  readonly phase: string | null;
  readonly step: string | null;
  readonly mode: RunMode;
  /** When it fires, as it was asked for. */
  readonly when: string;
  readonly bundle: string;
  readonly paused: boolean;
  /** Why it is paused, or what was said when it was resumed. */
  readonly note: string;
  readonly next: string | null;
  /** When it fires next, as Temporal tells, without jitter: five times, fewer where there are no more. */
  readonly upcoming: readonly string[];
  readonly last: string | null;
  readonly running: number;
  /** Runs that were started, firings that found one running, and firings that nobody was there for. */
  readonly taken: number;
  readonly skipped: number;
  readonly missed: number;
  /** What its maker has signed it with, or said without a signature; null for one that was made before there was any. */
  readonly warrant: { readonly id: string; readonly until: string } | null;
  /** Whether it is signed: what is triggered by hand is then signed for itself. */
  readonly signed: boolean;
}

/** How a schedule is made up, and until when it may go on. */
interface ScheduleTerms {
  readonly catchUpMs: number;
  readonly taskQueue: string;
  /** ISO 8601 in UTC. */
  readonly until: string;
}

/** What a schedule's runs remember of it: Temporal gives cron expressions back in another form. */
interface Memo {
  readonly when: string;
}

/** A schedule as Temporal takes it. */
export function scheduleOptions(
  of: Of,
  firing: Firing,
  { catchUpMs, taskQueue, until }: ScheduleTerms,
  actor: Actor,
): ScheduleOptions {
  const id = idOf(of);
  const memo: Memo = { when: firing.when };
  const standing: StandingWarrant = {
    id: randomUUID(),
    cronExpressions: firing.cronExpressions,
    everyMs: firing.everyMs,
    jitterMs: firing.jitterMs,
    catchUpMs,
    timeZone: 'UTC',
    notBefore: new Date().toISOString(),
    notAfter: until,
  };
  return {
    scheduleId: id,
    spec: {
      cronExpressions: [...firing.cronExpressions],
      intervals: firing.everyMs === null ? [] : [{ every: firing.everyMs }],
      jitter: firing.jitterMs,
    },
    action: {
      type: 'startWorkflow',
      workflowType: workflowOf(of),
      workflowId: id,
      taskQueue,
      args: [signedInput(of, actor, { standing })],
      memo: { ...memo },
      ...shown(of),
    },
    // A firing that finds a run open is left out, and counted; a run that failed keeps none of the next from coming.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchUpMs, pauseOnFailure: false },
  };
}

/** What a run is of: a drill, what comes with it, or a look. */
export type Of =
  (DrillRef & { readonly bundle: string; readonly mode: DrillMode }) | (BundleRef & { readonly mode: LookMode });

/** Type of its workflow. */
export function workflowOf({ mode }: Of): string {
  return isLook(mode) ? WORKFLOWS[mode] : WORKFLOWS.drill;
}

function isLookOf(of: Of): of is BundleRef & { readonly mode: LookMode } {
  return isLook(of.mode);
}

/** Id of the workflow, and of its schedule. */
export function idOf(of: Of): string {
  return isLookOf(of)
    ? lookWorkflowId(of.mode, of.environment, of.rollout)
    : drillWorkflowId(of.environment, of.rollout, of.phase, of.step, of.mode);
}

/**
 * A run that is started once counts once; what a schedule is signed with stands for its firings.
 *
 * @param standing of schedules.
 * @param attests what whoever starts it says to a manual check.
 */
export function signedInput<T extends Of>(
  of: T,
  actor: Actor,
  { standing, attests }: { readonly standing?: StandingWarrant; readonly attests?: Attests } = {},
): T['mode'] extends 'readiness' ? ReadinessInput : T['mode'] extends 'drift' ? DriftInput : DrillInput {
  const what = isLook(of.mode) ? of.mode : 'drill';
  const kind = standing === undefined ? what : (`${what} schedule` as const);
  const counts = standing === undefined ? once(actor) : { standing };
  const said = attests === undefined ? {} : { attests };
  const message = { ...of, ...said, startedBy: identityOf(actor), ...counts };
  // Which of them it is hangs on the mode.
  return signed({ kind, environment: of.environment, rollout: of.rollout }, message, actor) as never;
}

/** What the Web UI and searches show of a run from its beginning. */
export function shown(of: Of) {
  const { environment, rollout, bundle, mode } = of;
  const what = isLookOf(of) ? mode : `${mode} ${stepPath(of.phase, of.step)}`;
  return {
    staticSummary: `${what} of ${rollout} in ${environment}, bundle ${short(bundle)}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.rollout, value: rollout },
      { key: SEARCH_ATTRIBUTES.environment, value: environment },
      ...(isLookOf(of) ? [] : [{ key: SEARCH_ATTRIBUTES.phase, value: of.phase }]),
      { key: SEARCH_ATTRIBUTES.bundle, value: bundle },
      { key: SEARCH_ATTRIBUTES.state, value: 'running' },
    ],
  };
}

/** What is read of the input that a schedule starts its runs with: whoever reaches Temporal can make schedules with any other. */
const inputSchema = z.object({
  environment: z.string(),
  rollout: z.string(),
  bundle: z.string(),
  mode: z.enum(['drill', 'witness', 'freshness', ...LOOKS]),
  phase: z.string().nullable().default(null),
  step: z.string().nullable().default(null),
  standing: z.object({ id: z.string(), notAfter: z.string() }).optional(),
  signature: z.string(),
});

/** What the id of a schedule says where nothing else reads. */
function byId(id: string): z.output<typeof inputSchema> {
  const [mode, environment = '', rollout = '', phase = null, step = null] = id.split('/');
  const known = inputSchema.shape.mode.safeParse(mode);
  return { environment, rollout, phase, step, bundle: '', mode: known.success ? known.data : 'drill', signature: '' };
}

/** What Temporal tells of a schedule, but for the times of its next firings. */
export function scheduleOfDescription({
  scheduleId,
  action,
  state,
  info,
}: ScheduleDescription): Omit<WindlassSchedule, 'upcoming'> {
  const known = inputSchema.safeParse(action.args?.[0]);
  const { standing, signature, ...of } = known.success ? known.data : byId(scheduleId);
  return {
    id: scheduleId,
    ...of,
    when: (action.memo as Memo | undefined)?.when ?? '',
    paused: state.paused,
    note: known.success ? (state.note ?? '') : 'not made by Windlass: what it starts runs with does not read',
    next: info.nextActionTimes[0]?.toISOString() ?? null,
    last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
    running: info.runningActions.length,
    taken: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
    warrant: standing === undefined ? null : { id: standing.id, until: standing.notAfter },
    signed: signature !== '',
  };
}
