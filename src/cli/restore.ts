import { InvalidArgumentError, type Command } from 'commander';
import { restoreRollout, type RestoreAsked } from '../bundle/restore-rollout.ts';
import { readConfig } from '../config.ts';
import { countChanges } from '../domain/change.ts';
import { decidersOf } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit.ts';
import { exitCodeOfEnd, watchRollout } from './follow/watch-rollout.ts';
import { loadOrRefuse } from './load.ts';
import { environmentVerb, parameterOption, type EnvironmentOptions } from './options.ts';
import { showPlan } from './plan.ts';
import { recordedProofs, tellDamage } from './recorded.ts';
import { run, wrongUsage } from './run.ts';
import { tellStarted } from './start.ts';
import { commandLine } from '../domain/command-line.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly set: Readonly<Record<string, string>>;
  readonly backup?: string;
  readonly latestProven?: boolean;
  readonly namespace: readonly string[];
  readonly into: Readonly<Record<string, string>>;
  readonly updateExisting?: boolean;
  readonly allowUnproven?: boolean;
  readonly approvers?: readonly string[];
  readonly target?: string;
  readonly plan?: boolean;
  readonly watch?: boolean;
}

export function restoreCommand(): Command {
  return actorOptions(
    parameterOption(environmentVerb('restore', 'restore a backup: shows the plan, then starts a gated rollout of it')),
  )
    .argument('<directory>', 'directory with the rollout.yaml whose backups are meant')
    .option('--backup <name>', 'which backup')
    .option('--latest-proven', 'the newest backup that a drill has proven')
    .option('--namespace <name>', 'restore this one only; may be repeated', several, [])
    .option('--into <from=to>', 'restore a namespace into another one; may be repeated', pairs, {})
    .option('--update-existing', 'overwrite what exists, instead of keeping it')
    .option('--allow-unproven', 'take a backup that is not good or not proven')
    .option('--approvers <names>', 'who may approve, by commas', (text: string) => text.split(','))
    .option('--target <name>', 'the cluster, where backups are made on several')
    .option('--plan', 'only show what would be restored')
    .option('-w, --watch', 'watch it until it ends')
    .action((directory: string, options: Options) => run(options, (cli) => restore(cli, directory, options)));
}

function several(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function pairs(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [from = '', to = '', ...more] = text.split('=');
  if (from === '' || to === '' || more.length > 0) throw new InvalidArgumentError('It must be FROM=TO.');
  return { ...before, [from]: to };
}

async function restore(cli: Cli, directory: string, options: Options): Promise<ExitCode> {
  if ((options.backup === undefined) !== (options.latestProven === true))
    throw wrongUsage('It must be said which backup is restored.', 'Give either --backup NAME or --latest-proven.');
  const { bundle } = await loadOrRefuse(cli, directory, options.environment, options.set);
  const loaded = restoreRollout(bundle, await askedOf(cli, bundle, options));
  const ref = { rollout: loaded.bundle.rollout, environment: options.environment };
  // The last step restores; those before it only tell a new cluster where backups are.
  const gate = loaded.bundle.phases[0]?.steps.at(-1)?.approval;
  const steps = await showPlan(cli, loaded);
  const document = { ...ref, bundle: loaded.digest, gate, steps };
  const failure = steps.find((step) => step.failure !== null)?.failure ?? null;
  if (failure !== null) {
    cli.document({ ...document, error: failure });
    return exitCodeOf(failure.type);
  }
  const { unchanged, ...todo } = countChanges(steps.flatMap((step) => step.changes));
  if (options.plan === true || Object.values(todo).every((count) => count === 0)) {
    if (options.plan !== true) cli.say(`All ${unchanged} are there: nothing was started.`);
    cli.document({ ...document, started: null });
    return EXIT.ok;
  }
  const actor = await actorOf(options);
  return withClient(cli, async (client) => {
    const started = await client.start(loaded, actor);
    cli.say('', ...(gate === undefined ? [] : [gate.reason]));
    tellStarted(cli, started);
    cli.say(
      `It waits for ${gate === undefined ? 'anyone' : decidersOf(gate)} to approve:`,
      `  ${commandLine('approve', ref, stepPath('restore', 'restore'))}`,
      `Watch:  ${commandLine('watch', ref)}`,
    );
    if (options.watch !== true) {
      cli.document({ ...document, started });
      return EXIT.ok;
    }
    const ended = await watchRollout(cli, client, started);
    cli.document({ ...document, started, ...ended });
    return exitCodeOfEnd(ended);
  });
}

async function askedOf(
  cli: Cli,
  bundle: { readonly rollout: string; readonly environment: string },
  options: Options,
): Promise<RestoreAsked> {
  const { proofs, damaged } = await recordedProofs(readConfig(cli.env), bundle);
  tellDamage(cli, damaged);
  const { backup, namespace, into, updateExisting, allowUnproven, approvers, target } = options;
  return {
    backup,
    namespaces: namespace,
    into,
    updateExisting: updateExisting === true,
    allowUnproven: allowUnproven === true,
    approvers,
    target,
    proofs,
  };
}
