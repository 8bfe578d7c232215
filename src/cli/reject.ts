import type { Command } from 'commander';
import { decisionVerb } from './decide.ts';

export function rejectCommand(): Command {
  return decisionVerb('reject', 'reject the changes that an open gate waits on; the step parks');
}
