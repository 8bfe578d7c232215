import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { WindlassFailure } from './domain/failure.ts';
import {
  GOING_ON,
  phaseState,
  SATISFIED,
  type PhaseStatus,
  type RolloutState,
  type RolloutStatus,
  type StepStatus,
} from './domain/status.ts';

/** How Temporal ended an execution without its workflow having a word in it; null for every other way. */
function endedFromOutside(execution: WorkflowExecutionStatusName): RolloutState | null {
  switch (execution) {
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed out';
    case 'CANCELLED':
      return 'cancelled';
    case 'FAILED':
      return 'failed';
    default:
      return null;
  }
}

/** The state of a rollout whose workflow told `told` last, given what Temporal says of the execution. */
export function stateAsItEnded(told: RolloutState, execution: WorkflowExecutionStatusName): RolloutState {
  // Phases are cancelled with a run that is terminated, and may have said so before anybody asks how the run itself ended.
  const byPhases = told === 'cancelled' && (execution === 'TERMINATED' || execution === 'TIMED_OUT');
  return GOING_ON.has(told) || byPhases ? (endedFromOutside(execution) ?? told) : told;
}

/**
 * How a rollout stands, given what its workflow told last and what Temporal says of the execution: one that was terminated
 * waits for nobody, whatever it waited for. Its phases are cancelled with it.
 */
export function asItEnded(told: RolloutStatus, execution: WorkflowExecutionStatusName): RolloutStatus {
  const state = stateAsItEnded(told.state, execution);
  if (state === told.state) return { ...told, execution };
  const phases = told.phases.map(({ name, steps }): PhaseStatus => {
    const ended = steps.map(ofEnded);
    return { name, state: phaseState(ended), steps: ended };
  });
  return { ...told, state, phases, execution };
}

function ofEnded(step: StepStatus): StepStatus {
  const settled = SATISFIED.has(step.state) || ['pending', 'cancelled', 'aborted'].includes(step.state);
  return { ...step, gate: null, state: settled ? step.state : 'cancelled' };
}

const WORDS: Readonly<Partial<Record<WorkflowExecutionStatusName, string>>> = {
  COMPLETED: 'is done',
  FAILED: 'has failed or was aborted',
  CANCELLED: 'was cancelled',
  TERMINATED: 'was terminated',
  TIMED_OUT: 'ran out of its time',
};

/** What a message comes to whose run has ended; null while the run goes on. */
export function endedDenial(execution: WorkflowExecutionStatusName, object: string): WindlassFailure | null {
  const how = WORDS[execution];
  if (how === undefined) return null;
  return new WindlassFailure('DecisionDenied', `The newest run has ended: it ${how}.`, {
    object,
    next: 'There is nothing left to decide or to cancel; `windlass start` begins a new run, which goes on from what was reached.',
    facts: { execution },
  });
}
