import { commandLine } from '../command-line.ts';
import type { Renewal } from './observation.ts';

/** The command that makes evidence anew, as a person would type it. */
export function renewalCommand({ verb, of }: Renewal, place: Parameters<typeof commandLine>[1]): string {
  const command = commandLine(verb.replace(' --live', ''), place, of);
  if (verb === 'attest') return `${command} --holds --reason WHY`;
  return verb === 'readiness --live' ? `${command} --live` : command;
}
