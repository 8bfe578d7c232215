import type { Command } from 'commander';
import { loadedFiles } from '../bundle/files.ts';
import { countDrift, driftSummary, hasDrifted, type StepDrift } from '../domain/drift.ts';
import { short } from '../domain/gate.ts';
import type { Cli } from './cli.ts';
import { runCompared, type Compared } from './difference.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { loadOrRefuse, noteLines } from './load.ts';
import { environmentVerb, loadingOptions, type EnvironmentOptions, type LoadingOptions } from './options.ts';
import { driftLines } from './view/drift.ts';

interface Options extends EnvironmentOptions, LoadingOptions {
  readonly all?: boolean;
}

export function driftCommand(): Command {
  return loadingOptions(
    environmentVerb('drift', 'tell what is otherwise than declared by now, and who set it; nothing is touched'),
  )
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('--all', 'list steps that have not drifted too; without it, they are counted')
    .addHelpText('after', '\nExits with 0 when nothing has drifted, with 2 when something has, else with 1 or 3.')
    .action((directory: string, options: Options) => runCompared(options, (cli) => drift(cli, directory, options)));
}

async function drift(cli: Cli, directory: string, options: Options): Promise<Compared> {
  const { environment, set, asTold, all = false } = options;
  const loaded = await loadOrRefuse(cli, directory, environment, set, asTold);
  const { bundle, digest } = loaded;
  cli.say(...noteLines(directory, [loaded]), `${bundle.rollout} → ${environment}, bundle ${short(digest)}`);
  // Loaded here, because the engines and their clients take longer to load than most verbs take in all.
  const { lookForDrift } = await import('../steps/drift.ts');
  const steps: StepDrift[] = [];
  for await (const step of lookForDrift(bundle, loadedFiles(loaded), { env: cli.env, signal: cli.signal })) {
    steps.push(step);
    if (all || isTold(step)) cli.say('', ...driftLines(step, cli.paint, cli.human.columns));
  }
  tellIdle(cli, steps, all, bundle.phases.flatMap((phase) => phase.steps).length - steps.length);
  cli.say('', driftSummary(steps));
  const error = steps.find(({ failure }) => failure !== null)?.failure ?? null;
  const counts = countDrift(steps);
  cli.document({ rollout: bundle.rollout, environment, bundle: digest, counts, steps, ...(error ? { error } : {}) });
  return { exitCode: error === null ? EXIT.ok : exitCodeOf(error.type), differs: steps.some(hasDrifted) };
}

function isTold(step: StepDrift): boolean {
  return step.failure !== null || hasDrifted(step);
}

function tellIdle(cli: Cli, steps: readonly StepDrift[], all: boolean, left: number): void {
  const idle = all ? 0 : steps.filter((step) => !isTold(step)).length;
  const lines = [
    ...(idle === 0 ? [] : [`${idle} of ${steps.length} steps have not drifted; --all lists them.`]),
    ...(left === 0
      ? []
      : [
          `${left === 1 ? '1 step is' : `${left} steps are`} not looked at: approvals and deeds of their time, such as a backup.`,
        ]),
  ];
  if (lines.length > 0) cli.say('', ...lines);
}
