import { randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy, type ScheduleDescription, type ScheduleOptions } from '@temporalio/client';
import { identityOf, once, signed, type Actor } from './client-actor.ts';
import { SEARCH_ATTRIBUTES, WORKFLOWS, type DrillInput } from './contract/messages.ts';
import type { Firing } from './domain/drill/schedule.ts';
import type { DrillMode } from './domain/drill/verdict.ts';
import type { StandingWarrant } from './domain/drill/warrant.ts';
import { short } from './domain/gate.ts';
import { drillWorkflowId, stepPath } from './domain/names.ts';

/** Names one drill of one rollout in one environment. */
export interface DrillRef {
  readonly environment: string;
  readonly rollout: string;
  readonly phase: string;
  readonly step: string;
}

/** A schedule as Temporal has it. Times are ISO 8601 in UTC. */
export interface DrillSchedule extends DrillRef {
  readonly id: string;
  readonly mode: DrillMode;
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
  ref: DrillRef & { readonly bundle: string },
  firing: Firing,
  { catchUpMs, taskQueue, until }: ScheduleTerms,
  actor: Actor,
): ScheduleOptions {
  const { environment, rollout, phase, step, bundle } = ref;
  const of = { environment, rollout, phase, step, bundle, mode: firing.mode };
  const id = drillWorkflowId(environment, rollout, phase, step, firing.mode);
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
      workflowType: WORKFLOWS.drill,
      workflowId: id,
      taskQueue,
      args: [signedInput('drill schedule', of, actor, standing)],
      memo: { ...memo },
      ...shown(of),
    },
    // A firing that finds a run open is left out, and counted; a run that failed keeps none of the next from coming.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchUpMs, pauseOnFailure: false },
  };
}

/** What a run of a drill is of. */
type Of = DrillRef & { readonly bundle: string; readonly mode: DrillMode };

/**
 * A drill that is started once counts once; what a schedule is signed with stands for its firings.
 *
 * @param standing of schedules.
 */
export function signedInput(
  kind: 'drill' | 'drill schedule',
  of: Of,
  actor: Actor,
  standing?: StandingWarrant,
): DrillInput {
  const counts = standing === undefined ? once(actor) : { standing };
  const message = { ...of, startedBy: identityOf(actor), ...counts };
  return signed({ kind, environment: of.environment, rollout: of.rollout }, message, actor);
}

/** What the Web UI and searches show of a run from its beginning. */
export function shown({ environment, rollout, phase, step, bundle, mode }: Of) {
  return {
    staticSummary: `${mode} ${stepPath(phase, step)} of ${rollout} in ${environment}, bundle ${short(bundle)}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.rollout, value: rollout },
      { key: SEARCH_ATTRIBUTES.environment, value: environment },
      { key: SEARCH_ATTRIBUTES.phase, value: phase },
      { key: SEARCH_ATTRIBUTES.bundle, value: bundle },
      { key: SEARCH_ATTRIBUTES.state, value: 'running' },
    ],
  };
}

/** What Temporal tells of a schedule, but for the times of its next firings. */
export function scheduleOfDescription({
  scheduleId,
  action,
  state,
  info,
}: ScheduleDescription): Omit<DrillSchedule, 'upcoming'> {
  const [input] = action.args as unknown as [DrillInput];
  const { environment, rollout, phase, step, bundle, mode, standing, signature } = input;
  return {
    id: scheduleId,
    environment,
    rollout,
    phase,
    step,
    mode,
    bundle,
    when: (action.memo as Memo | undefined)?.when ?? '',
    paused: state.paused,
    note: state.note ?? '',
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
