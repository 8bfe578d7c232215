import type { Command } from 'commander';
import { parkedStepVerb } from './operate.ts';

export function abortCommand(): Command {
  return parkedStepVerb('abort', 'give a parked step up, which ends the rollout; what was reached stays');
}
