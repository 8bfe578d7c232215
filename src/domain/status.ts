import type { PlanSummary } from './change.ts';
import type { FailureSummary } from './failure.ts';
import type { MeasureStatus } from './measured.ts';
import type { OpenGate } from './gate.ts';

export type StepState =
  | 'pending'
  | 'planning'
  | 'gate'
  | 'lock'
  | 'applying'
  | 'verifying'
  | 'done'
  | 'unchanged'
  | 'skipped'
  | 'skipped by hand'
  | 'parked'
  | 'cancelled'
  | 'aborted';

/** States in which a step's dependants may begin. */
export const SATISFIED: ReadonlySet<StepState> = new Set(['done', 'unchanged', 'skipped', 'skipped by hand']);

export interface StepStatus {
  readonly name: string;
  readonly kind: string;
  readonly state: StepState;
  readonly plan: PlanSummary | null;
  readonly gate: OpenGate | null;
  readonly failure: FailureSummary | null;
  /** Who approved, rejected or skipped last, with the comment. */
  readonly decidedBy: string | null;
  /** ISO 8601 in UTC; null before the step began or ended. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** How often its gate has opened, and how often it was parked, in this run; absent for never, and where it was not counted. */
  readonly openings?: number;
  readonly parkings?: number;
}

export type PhaseState = 'pending' | 'running' | 'blocked' | 'done' | 'cancelled' | 'aborted';

export interface PhaseStatus {
  readonly name: string;
  readonly state: PhaseState;
  readonly steps: readonly StepStatus[];
  /**
   * First run of the phase's workflow, by which it can be asked: it tells its rollout only what is decided upon. Absent before the
   * phase has begun, and in rollouts of before, whose phases tell every change.
   */
  readonly run?: string;
  /** Why it cannot begin though its turn has come: a sentence; absent where nothing is in its way. */
  readonly heldUp?: string;
}

/** The last two are Temporal's doing: whoever ends a run so gives its workflow no word, and the record no verdict. */
const ROLLOUT_STATES = [
  ...(['running', 'blocked', 'paused', 'done', 'cancelled', 'aborted'] as const),
  ...(['failed', 'terminated', 'timed out'] as const),
];
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/** Whether a text is one of them: search attributes hold what anybody wrote. */
export function isRolloutState(text: string): text is RolloutState {
  return ROLLOUT_STATES.some((state) => state === text);
}

export interface Paused {
  readonly by: string;
  readonly comment: string;
  readonly since: string;
}

/** The answer of the rollout workflow's `status` query, and the shape behind `status --json`. */
export interface RolloutStatus {
  readonly rollout: string;
  readonly environment: string;
  readonly bundle: string;
  readonly workflowId: string;
  readonly run: string;
  readonly startedBy: string;
  readonly state: RolloutState;
  /** Why the rollout failed as a whole; null while and where it did not. */
  readonly failure: FailureSummary | null;
  readonly phases: readonly PhaseStatus[];
  /** How often the run was paused until now; absent for never. */
  readonly pauses?: number;
  /** Who has paused it, and since when, ISO 8601 in UTC; absent while it is not paused. */
  readonly paused?: Paused;
  /** What the rollout measures; absent where nothing. */
  readonly measures?: readonly MeasureStatus[];
  /** How many messages to the rollout were dropped, since they were of no form that it takes, or too many; absent where none was. */
  readonly dropped?: number;
  /** How many signals came in the name of phases that did not send them; absent where none was found. */
  readonly forged?: number;
  /** How many denials of decisions and commands are in no record, since there were too many; absent where none. */
  readonly unrecorded?: number;
  /** Temporal's own word for the execution (`RUNNING`, `TERMINATED`), as the client has seen it; absent elsewhere. */
  readonly execution?: string;
}

/** The state of a phase that follows from its steps. */
export function phaseState(steps: readonly StepStatus[]): PhaseState {
  if (steps.every((step) => step.state === 'pending')) return 'pending';
  if (steps.some((step) => step.state === 'aborted')) return 'aborted';
  if (steps.some((step) => step.state === 'cancelled')) return 'cancelled';
  if (steps.every((step) => SATISFIED.has(step.state))) return 'done';
  const busy = steps.some((step) => ['planning', 'lock', 'applying', 'verifying'].includes(step.state));
  const blocked = steps.some((step) => step.state === 'gate' || step.state === 'parked');
  return blocked && !busy ? 'blocked' : 'running';
}

/** Phases that have begun and not ended, as far as a rollout knows, and that can be asked. */
export function askable({ phases }: RolloutStatus): readonly (PhaseStatus & { readonly run: string })[] {
  return phases.flatMap((phase) =>
    phase.run !== undefined && (phase.state === 'running' || phase.state === 'blocked')
      ? [{ ...phase, run: phase.run }]
      : [],
  );
}

/** States of a rollout that has not ended. */
export const GOING_ON: ReadonlySet<RolloutState> = new Set(['running', 'blocked', 'paused']);

/** A state that follows from phases, where the rollout may be paused: one that has ended has ended. */
export function stateIfPaused(state: RolloutState, paused: Paused | undefined): RolloutState {
  return paused !== undefined && GOING_ON.has(state) ? 'paused' : state;
}

/** A rollout as it knows itself, with what some of its phases say of themselves. */
export function withPhases(known: RolloutStatus, asked: readonly PhaseStatus[]): RolloutStatus {
  const own = new Map(asked.map((phase) => [phase.name, phase]));
  const phases = known.phases.map((phase): PhaseStatus => {
    const { steps } = own.get(phase.name) ?? phase;
    const state = own.has(phase.name) ? phaseState(steps) : phase.state;
    return { ...phase, state: state === 'pending' ? phase.state : state, steps };
  });
  const isGoingOn = GOING_ON.has(known.state);
  return { ...known, phases, state: isGoingOn ? stateIfPaused(rolloutState(phases), known.paused) : known.state };
}

/** The state of a rollout that follows from its phases. */
export function rolloutState(phases: readonly PhaseStatus[]): RolloutState {
  const states = phases.map((phase) => phase.state);
  if (states.includes('aborted')) return 'aborted';
  if (states.includes('cancelled')) return 'cancelled';
  if (phases.length > 0 && states.every((state) => state === 'done')) return 'done';
  return states.includes('blocked') && !states.includes('running') ? 'blocked' : 'running';
}
