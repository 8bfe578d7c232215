import type { Action } from './operating.ts';

/**
 * Which pauses of a run were asked for, and which were ended, by their numbers from one on: it is paused while the newest has not ended. By
 * numbers a command counts once, whenever and however often it comes.
 */
export interface Pausing {
  readonly paused: number;
  readonly resumed: number;
}

export const NEVER_PAUSED: Pausing = { paused: 0, resumed: 0 };

export function isPaused({ paused, resumed }: Pausing): boolean {
  return paused > resumed;
}

/** Whether a command is about pausing, and of which it is one. */
export function pauseOf({ action, pausing }: PauseCommand): { readonly ends: boolean; readonly pause: number } | null {
  if (action !== 'pause' && action !== 'resume') return null;
  return { ends: action === 'resume', pause: pausing ?? 0 };
}

interface PauseCommand {
  readonly action: Action;
  readonly pausing?: number;
}

/** What is known once a command was taken up. */
export function afterPause(known: Pausing, command: PauseCommand): Pausing {
  const of = pauseOf(command);
  if (of === null) return known;
  const paused = Math.max(known.paused, of.pause);
  return { paused, resumed: of.ends ? Math.max(known.resumed, of.pause) : known.resumed };
}

/** Why a run cannot be paused or resumed by a command; null when it can, or is so already by the same pause. */
export function pausingDenial(known: Pausing, command: PauseCommand): string | null {
  const of = pauseOf(command);
  if (of === null) return null;
  const { paused, resumed } = known;
  if (of.ends) {
    if (of.pause === paused && paused > 0) return null;
    return paused === 0
      ? 'the run was never paused'
      : `the command ends another pause than the newest, number ${paused}`;
  }
  if (isPaused(known)) return of.pause === paused ? null : `the run is paused already, by pause number ${paused}`;
  return of.pause === resumed + 1 ? null : `the command is for another pause than the next, number ${resumed + 1}`;
}
