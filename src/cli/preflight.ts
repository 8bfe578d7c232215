import { InvalidArgumentError, Option, type Command } from 'commander';
import { stringify } from 'yaml';
import { loadedFiles } from '../bundle/files.ts';
import type { LoadedRollout } from '../bundle/load.ts';
import { short } from '../domain/gate.ts';
import { isReady, type TargetPreflight } from '../domain/preflight.ts';
import { rolesFor, type Grantee } from '../domain/rbac.ts';
import type { Cli } from './cli.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit.ts';
import { loadOrRefuse, noteLines } from './load.ts';
import { environmentVerb, loadingOptions, type EnvironmentOptions, type LoadingOptions } from './options.ts';
import { run } from './run.ts';
import { preflightLines, preflightSummaryLine } from './view/preflight.ts';

interface Options extends EnvironmentOptions, LoadingOptions {
  readonly rbac?: boolean;
  readonly to: Grantee;
}

export function preflightCommand(): Command {
  return loadingOptions(
    environmentVerb('preflight', 'ask every target whether all that the rollout needs is allowed; nothing is touched'),
  )
    .argument('<directory>', 'directory with the rollout.yaml')
    .addOption(
      new Option('--rbac', 'print the least Roles and ClusterRoles for the worker instead, as YAML').conflicts('json'),
    )
    .addOption(
      new Option('--to <namespace/name>', 'the service account that --rbac grants them to')
        .argParser(grantee)
        .default({ namespace: 'windlass', name: 'windlass-worker' }, 'windlass/windlass-worker'),
    )
    .action((directory: string, options: Options) =>
      // What goes into a file is the only thing on standard output.
      run({ json: options.json === true || options.rbac === true }, (cli) => preflight(cli, directory, options)),
    );
}

async function preflight(cli: Cli, directory: string, options: Options): Promise<ExitCode> {
  const { environment, set, asTold } = options;
  const loaded = await loadOrRefuse(cli, directory, environment, set, asTold);
  const { bundle, digest } = loaded;
  cli.say(...noteLines(directory, [loaded]), `${bundle.rollout} → ${environment}, bundle ${short(digest)}`);
  if (options.rbac === true) return printRoles(cli, loaded, options.to);
  // Loaded here, because the engines and their clients take longer to load than most verbs take in all.
  const { preflightRollout } = await import('../steps/preflight/preflight.ts');
  const targets: TargetPreflight[] = [];
  for await (const one of preflightRollout(bundle, loadedFiles(loaded), { env: cli.env, signal: cli.signal })) {
    targets.push(one);
    cli.say('', ...preflightLines(one, cli.paint, cli.human.columns));
  }
  cli.say('', preflightSummaryLine(targets));
  const error = targets.find(({ failure }) => failure !== null)?.failure ?? null;
  cli.document({ rollout: bundle.rollout, environment, bundle: digest, targets, ...(error === null ? {} : { error }) });
  if (error !== null) return exitCodeOf(error.type);
  return targets.every(isReady) ? EXIT.ok : EXIT.failed;
}

async function printRoles(cli: Cli, loaded: LoadedRollout, to: Grantee): Promise<ExitCode> {
  const { bundle } = loaded;
  const { rightsOnClusters } = await import('../steps/preflight/preflight.ts');
  const clusters = await rightsOnClusters(bundle, loadedFiles(loaded), { env: cli.env, signal: cli.signal });
  const unknown = clusters.flatMap((one) => one.unknown);
  for (const { target, rights, namespaces, unknown: unserved } of clusters) {
    const used = new Set(rights.map(({ namespace }) => namespace));
    const documents = [
      // A Role needs its namespace, also where the rollout is what makes it.
      ...namespaces
        .filter((name) => used.has(name))
        .map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...rolesFor(rights, `windlass-${bundle.rollout}`, to),
    ];
    cli.print(
      [
        `# What ${bundle.rollout} in ${bundle.environment} takes on target ${target}, bundle ${short(loaded.digest)}.\n`,
        ...unserved.map(({ apiVersion, kind }) => `# Left out: ${kind} of ${apiVersion}, which is not served.\n`),
        ...documents.map((document) => `---\n${stringify(document)}`),
      ].join(''),
    );
  }
  return unknown.length === 0 ? EXIT.ok : EXIT.failed;
}

function grantee(text: string): Grantee {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (namespace === '' || name === '' || more.length > 0)
    throw new InvalidArgumentError('It must be NAMESPACE/NAME of a service account.');
  return { namespace, name };
}
