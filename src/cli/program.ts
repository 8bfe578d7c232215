import { Command } from 'commander';
import { exitCodeTable } from './exit.ts';
import { version } from './version.ts';

type Load = () => Promise<Command>;

/** Loaded by name, since all of them together take longer to load than most take to run. */
const GROUPS: readonly (readonly [heading: string, verbs: Readonly<Record<string, Load>>])[] = [
  [
    'Write a rollout:',
    {
      init: async () => (await import('./init.ts')).initCommand(),
      validate: async () => (await import('./validate.ts')).validateCommand(),
      schema: async () => (await import('./schema.ts')).schemaCommand(),
      plan: async () => (await import('./plan.ts')).planCommand(),
      preflight: async () => (await import('./preflight.ts')).preflightCommand(),
      drift: async () => (await import('./drift.ts')).driftCommand(),
      measure: async () => (await import('./measure.ts')).measureCommand(),
      audit: async () => (await import('./audit.ts')).auditCommand(),
    },
  ],
  [
    'Carry it out:',
    {
      start: async () => (await import('./start.ts')).startCommand(),
      list: async () => (await import('./list.ts')).listCommand(),
      status: async () => (await import('./status.ts')).statusCommand(),
      watch: async () => (await import('./watch.ts')).watchCommand(),
      report: async () => (await import('./report.ts')).reportCommand(),
      why: async () => (await import('./why.ts')).whyCommand(),
      diff: async () => (await import('./diff.ts')).diffCommand(),
      docs: async () => (await import('./docs.ts')).docsCommand(),
      readiness: async () => (await import('./readiness.ts')).readinessCommand(),
      attest: async () => (await import('./attest.ts')).attestCommand(),
      restore: async () => (await import('./restore.ts')).restoreCommand(),
    },
  ],
  [
    'Decide and operate:',
    {
      gates: async () => (await import('./gates.ts')).gatesCommand(),
      approve: async () => (await import('./decide.ts')).approveCommand(),
      reject: async () => (await import('./decide.ts')).rejectCommand(),
      withdraw: async () => (await import('./decide.ts')).withdrawCommand(),
      retry: async () => (await import('./operate.ts')).retryCommand(),
      pause: async () => (await import('./operate.ts')).pauseCommand(),
      resume: async () => (await import('./operate.ts')).resumeCommand(),
      skip: async () => (await import('./operate.ts')).skipCommand(),
      abort: async () => (await import('./operate.ts')).abortCommand(),
      cancel: async () => (await import('./operate.ts')).cancelCommand(),
      adopt: async () => (await import('./operate.ts')).adoptCommand(),
      freeze: async () => (await import('./freeze.ts')).freezeCommand(),
      locks: async () => (await import('./locks.ts')).locksCommand(),
    },
  ],
  [
    'Prove backups:',
    {
      drill: async () => (await import('./drill.ts')).drillCommand(),
      drills: async () => (await import('./drills.ts')).drillsCommand(),
      schedule: async () => (await import('./schedule.ts')).scheduleCommand(),
    },
  ],
  [
    'Servers:',
    {
      worker: async () => (await import('./worker.ts')).workerCommand(),
      policy: async () => (await import('./policy.ts')).policyCommand(),
      lab: async () => (await import('./lab.ts')).labCommand(),
      demo: async () => (await import('./demo.ts')).demoCommand(),
    },
  ],
];

const VERSION = ['-V', '--version'];

/**
 * The command line for these arguments: the verb that they name alone, or all of them when they name none, as help and
 * suggestions need them.
 *
 * @param args what was typed behind the program's name
 * @throws never by itself; parsing throws commander's `CommanderError` for wrong usage, which is neither printed nor exited on
 */
export async function windlass(args: readonly string[]): Promise<Command> {
  const program = new Command('windlass')
    .description('Carries a data platform to production, phase by phase, and holds every notch.')
    .version(version())
    .addHelpText('after', '\n`windlass help VERB` tells more of a verb, `windlass help exit-codes` how each one ends.');
  const isNamed = GROUPS.some(([, verbs]) => Object.hasOwn(verbs, args[0] ?? ''));
  for (const [heading, verbs] of VERSION.includes(args[0] ?? '') ? [] : GROUPS) {
    for (const [verb, load] of Object.entries(verbs)) {
      if (!isNamed || verb === args[0]) program.addCommand((await load()).helpGroup(heading));
    }
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
