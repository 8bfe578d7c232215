import type { Command } from 'commander';
import type { LoadedRollout } from '../bundle/load.ts';
import { short } from '../domain/gate.ts';
import { amountOf } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { confinement, type Confinement } from '../renderer.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { environmentsOf, loadAllOrRefuse, loadOrRefuse, noteLines } from './load.ts';
import { loadingOptions, verb, type CommonOptions, type LoadingOptions } from './options.ts';
import { run, wrongUsage } from './run.ts';

interface Options extends CommonOptions, LoadingOptions {
  readonly environment?: string;
  readonly verbose?: boolean;
}

export function validateCommand(): Command {
  return loadingOptions(verb('validate', 'check a rollout and all its files; nothing is touched'))
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('-e, --environment <name>', 'only this environment (default: all of them)')
    .option('-v, --verbose', 'say also how what renders charts and kustomizations is confined on this machine')
    .action((directory: string, options: Options) => run(options, (cli) => validate(cli, directory, options)));
}

async function validate(cli: Cli, directory: string, { environment, set, asTold, verbose }: Options) {
  if (environment === undefined && Object.keys(set).length > 0)
    throw wrongUsage('Parameters are set for one environment.', 'Name it with --environment.', '--set');
  if (environment === undefined && asTold !== undefined)
    throw wrongUsage('A bundle is of one environment.', 'Name it with --environment.', '--as-told');
  const loaded =
    environment === undefined
      ? await loadAllOrRefuse(cli, directory, await environmentsOf(directory))
      : [await loadOrRefuse(cli, directory, environment, set, asTold)];
  const valid = loaded.map(summaryOf);
  const rendering = verbose === true ? await confinement() : null;
  cli.say(
    ...noteLines(directory, loaded),
    ...valid.map(
      (one) =>
        `Valid: ${one.rollout} for ${one.environment}: ${counted(one.phases, 'phase')}, ${counted(one.steps, 'step')}, ` +
        `${counted(one.files, 'file')}; bundle ${short(one.bundle)}`,
    ),
    ...(rendering === null ? [] : confinementLines(rendering)),
  );
  cli.document({ valid, ...(rendering === null ? {} : { rendering }) });
  return EXIT.ok;
}

export function confinementLines({ ownNetwork, memory }: Confinement): readonly string[] {
  const { renderTime, renderOutput } = LIMITS;
  return [
    'Charts and kustomizations are rendered here',
    ownNetwork
      ? '  without a network: in a namespace of its own (unshare -rn), in which nothing answers'
      : '  WITHOUT A NETWORK NAMESPACE: this system lets this user have none, and a proxy that nobody listens on does not hold for this machine',
    memory === null
      ? '  WITHOUT A BOUND OF MEMORY: this system takes no ulimit -v'
      : `  in at most ${amountOf({ most: memory, of: 'bytes' })} of address space (ulimit -v)`,
    `  in at most ${amountOf(renderTime)} each, writing at most ${amountOf(renderOutput)}`,
  ];
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
