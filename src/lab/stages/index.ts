import { inputStages } from './inputs.ts';
import { nodeStages } from './nodes.ts';
import { podStages } from './pods.ts';
import { scenarioStages } from './scenarios.ts';
import type { Stage } from './stage.ts';
import { volumeStages } from './volumes.ts';

/** Everything that kwok plays in the lab. */
export function stages(): Stage[] {
  return [...nodeStages, ...podStages, ...scenarioStages, ...inputStages, ...volumeStages];
}
