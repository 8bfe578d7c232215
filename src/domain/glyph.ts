import type { PhaseState, RolloutState, StepState } from './status.ts';

/** One character each, all one column wide, so that tables stay straight. */
const GLYPHS: Readonly<Record<StepState | PhaseState | RolloutState, string>> = {
  pending: '·',
  planning: '…',
  gate: '◆',
  lock: '◌',
  applying: '▸',
  verifying: '▹',
  done: '✓',
  unchanged: '=',
  skipped: '-',
  'skipped by hand': '~',
  parked: '!',
  cancelled: '✗',
  aborted: '✗',
  running: '▸',
  blocked: '◆',
  paused: '‖',
  failed: '✗',
  terminated: '✗',
  'timed out': '✗',
};

export function glyph(state: StepState | PhaseState | RolloutState): string {
  return GLYPHS[state];
}
