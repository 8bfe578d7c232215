import type { Command } from 'commander';
import { parkedStepVerb } from './operate.ts';

export function retryCommand(): Command {
  return parkedStepVerb('retry', 'plan and carry out a parked step anew');
}
