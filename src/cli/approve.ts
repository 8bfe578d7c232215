import type { Command } from 'commander';
import { decisionVerb } from './decide.ts';

export function approveCommand(): Command {
  return decisionVerb('approve', 'approve the changes that an open gate waits on').option(
    '-y, --yes',
    'do not ask: what the gate shows now is approved',
  );
}
