import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { abortCommand, retryCommand, cancelCommand } from './operate.ts';
import { approveCommand, rejectCommand } from './decide.ts';
import { demoCommand } from './demo.ts';
import { drillCommand } from './drill.ts';
import { drillsCommand } from './drills.ts';
import { exitCodeTable } from './exit.ts';
import { initCommand } from './init.ts';
import { labCommand } from './lab.ts';
import { planCommand } from './plan.ts';
import { policyCommand } from './policy.ts';
import { reportCommand } from './report.ts';
import { restoreCommand } from './restore.ts';
import { scheduleCommand } from './schedule.ts';
import { schemaCommand } from './schema.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { validateCommand } from './validate.ts';
import { watchCommand } from './watch.ts';
import { workerCommand } from './worker.ts';

const GROUPS: readonly (readonly [string, readonly (() => Command)[]])[] = [
  ['Write a rollout:', [initCommand, validateCommand, schemaCommand, planCommand]],
  ['Carry it out:', [startCommand, statusCommand, watchCommand, reportCommand, restoreCommand]],
  ['Decide and operate:', [approveCommand, rejectCommand, retryCommand, abortCommand, cancelCommand]],
  ['Prove backups:', [drillCommand, drillsCommand, scheduleCommand]],
  ['Servers:', [workerCommand, policyCommand, labCommand, demoCommand]],
];

/** The whole command line. Wrong usage is thrown as commander's `CommanderError`, never printed or exited on. */
export function windlass(): Command {
  const program = new Command('windlass')
    .description('Carries a data platform to production, phase by phase, and holds every notch.')
    .version(version())
    .addHelpText('after', '\n`windlass help VERB` tells more of a verb, `windlass help exit-codes` how each one ends.');
  for (const [heading, verbs] of GROUPS) {
    for (const make of verbs) program.addCommand(make().helpGroup(heading));
  }
  program.addCommand(exitCodesCommand(), { hidden: true });
  thrownNotExited(program);
  return program;
}

function exitCodesCommand(): Command {
  const text = `Every verb ends with one of these:\n\n${exitCodeTable()}`;
  return new Command('exit-codes').description(text).action(() => {
    process.stdout.write(`${text}\n`);
  });
}

function thrownNotExited(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.commands.forEach(thrownNotExited);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
