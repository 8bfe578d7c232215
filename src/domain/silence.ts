import type { StepShape } from './shape.ts';

/** How long a worker may be silent before the step that it works on is given to another, in milliseconds: what a killed worker costs. */
export const SILENCE_MS = 15_000;

/** So many signs of life fit into that time: often enough that a worker which lives is never taken for dead. */
export const BEATS = 5;

/** A step whose worker may be silent for as long; as it is where nothing is said. */
export function paced(step: StepShape, silenceMs: number | undefined): StepShape {
  return silenceMs === undefined ? step : { ...step, silenceMs };
}
