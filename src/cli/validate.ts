import type { Command } from 'commander';
import type { LoadedRollout } from '../bundle/load.ts';
import { short } from '../domain/gate.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { environmentsOf, loadAllOrRefuse, loadOrRefuse, noteLines } from './load.ts';
import { loadingOptions, verb, type CommonOptions, type LoadingOptions } from './options.ts';
import { run, wrongUsage } from './run.ts';

interface Options extends CommonOptions, LoadingOptions {
  readonly environment?: string;
}

export function validateCommand(): Command {
  return loadingOptions(verb('validate', 'check a rollout and all its files; nothing is touched'))
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('-e, --environment <name>', 'only this environment (default: all of them)')
    .action((directory: string, options: Options) => run(options, (cli) => validate(cli, directory, options)));
}

async function validate(cli: Cli, directory: string, { environment, set, asTold }: Options) {
  if (environment === undefined && Object.keys(set).length > 0)
    throw wrongUsage('Parameters are set for one environment.', 'Name it with --environment.', '--set');
  if (environment === undefined && asTold !== undefined)
    throw wrongUsage('A bundle is of one environment.', 'Name it with --environment.', '--as-told');
  const loaded =
    environment === undefined
      ? await loadAllOrRefuse(cli, directory, await environmentsOf(directory))
      : [await loadOrRefuse(cli, directory, environment, set, asTold)];
  const valid = loaded.map(summaryOf);
  cli.say(
    ...noteLines(directory, loaded),
    ...valid.map(
      (one) =>
        `Valid: ${one.rollout} for ${one.environment}: ${counted(one.phases, 'phase')}, ${counted(one.steps, 'step')}, ` +
        `${counted(one.files, 'file')}; bundle ${short(one.bundle)}`,
    ),
  );
  cli.document({ valid });
  return EXIT.ok;
}

function summaryOf({ bundle, digest }: LoadedRollout) {
  return {
    rollout: bundle.rollout,
    environment: bundle.environment,
    bundle: digest,
    phases: bundle.phases.length,
    steps: bundle.phases.reduce((sum, phase) => sum + phase.steps.length, 0),
    files: Object.keys(bundle.files).length,
  };
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
