import type { PhaseState, RolloutState, StepState } from '../../domain/status.ts';

type State = StepState | PhaseState | RolloutState;

/** One character each, all one column wide, so that tables stay straight. */
const GLYPHS: Readonly<Record<State, string>> = {
  pending: '·',
  planning: '…',
  gate: '◆',
  lock: '◌',
  applying: '▸',
  verifying: '▹',
  done: '✓',
  unchanged: '=',
  skipped: '-',
  parked: '!',
  cancelled: '✗',
  aborted: '✗',
  running: '▸',
  blocked: '◆',
  failed: '✗',
  terminated: '✗',
  'timed out': '✗',
};

const WORDS: Readonly<Partial<Record<State, string>>> = {
  gate: 'waits for approval',
  lock: 'waits for its target',
};

type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim';

export function glyph(state: State): string {
  return GLYPHS[state];
}

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
