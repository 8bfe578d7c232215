import type { PhaseState, RolloutState, StepState } from '../../domain/status.ts';

type State = StepState | PhaseState | RolloutState;

const WORDS: Readonly<Partial<Record<State, string>>> = {
  gate: 'waits for approval',
  lock: 'waits for its target',
};

type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim';

/** A state in words. */
export function stateWords(state: State): string {
  return WORDS[state] ?? state;
}

export function stateColour(state: State): Colour {
  switch (state) {
    case 'done':
    case 'unchanged':
      return 'green';
    case 'gate':
    case 'blocked':
    case 'paused':
    case 'skipped by hand':
      return 'yellow';
    case 'parked':
    case 'cancelled':
    case 'aborted':
    case 'failed':
    case 'terminated':
    case 'timed out':
      return 'red';
    case 'pending':
    case 'skipped':
      return 'dim';
    case 'planning':
    case 'lock':
    case 'applying':
    case 'verifying':
    case 'running':
      return 'cyan';
  }
}
