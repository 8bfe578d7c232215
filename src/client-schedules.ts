import { ScheduleOverlapPolicy, type ScheduleDescription, type ScheduleOptions } from '@temporalio/client';
import { identityOf, once, signed, type Actor } from './client-actor.ts';
import { SEARCH_ATTRIBUTES, WORKFLOWS, type DrillInput } from './contract/messages.ts';
import type { Firing } from './domain/drill/schedule.ts';
import type { DrillMode } from './domain/drill/verdict.ts';
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
}

/** What a schedule's runs remember of it: Temporal gives cron expressions back in another form. */
interface Memo {
  readonly when: string;
}

/** A schedule as Temporal takes it. */
export function scheduleOptions(
  ref: DrillRef & { readonly bundle: string },
  firing: Firing,
  { catchUpMs, taskQueue }: { readonly catchUpMs: number; readonly taskQueue: string },
  actor: Actor,
): ScheduleOptions {
  const { environment, rollout, phase, step, bundle } = ref;
  const of = { environment, rollout, phase, step, bundle, mode: firing.mode };
  const id = drillWorkflowId(environment, rollout, phase, step, firing.mode);
  const memo: Memo = { when: firing.when };
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
      args: [signedInput('drill schedule', of, actor)],
      memo: { ...memo },
      ...shown(of),
    },
    // A firing that finds a run open is left out, and counted; a run that failed keeps none of the next from coming.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchUpMs, pauseOnFailure: false },
  };
}

/** What a run of a drill is of. */
type Of = DrillRef & { readonly bundle: string; readonly mode: DrillMode };

/** What a schedule signs stands for all of its firings; a drill that is started once counts once. */
export function signedInput(kind: 'drill' | 'drill schedule', of: Of, actor: Actor): DrillInput {
  const message = { ...of, startedBy: identityOf(actor), ...(kind === 'drill' ? once(actor) : {}) };
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
  const { environment, rollout, phase, step, bundle, mode } = (action.args as unknown as [DrillInput])[0];
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
  };
}
