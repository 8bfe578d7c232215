import type { Command } from 'commander';
import type { StartedRollout } from '../client.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT } from './exit.ts';
import { exitCodeOfEnd, watchRollout } from './follow/watch-rollout.ts';
import { loadOrRefuse } from './load.ts';
import { environmentVerb, loadingOptions, type EnvironmentOptions, type LoadingOptions } from './options.ts';
import { run } from './run.ts';
import { commandLine } from '../domain/command-line.ts';
import { short } from '../domain/gate.ts';

interface Options extends EnvironmentOptions, ActorOptions, LoadingOptions {
  readonly watch?: boolean;
}

export function startCommand(): Command {
  return actorOptions(loadingOptions(environmentVerb('start', 'start a rollout')))
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('-w, --watch', 'watch it until it ends')
    .action((directory: string, options: Options) => run(options, (cli) => start(cli, directory, options)));
}

async function start(cli: Cli, directory: string, { environment, set, asTold, watch, ...who }: Options) {
  const loaded = await loadOrRefuse(cli, directory, environment, set, asTold);
  const actor = await actorOf(who);
  return withClient(cli, async (client) => {
    const started = await client.start(loaded, actor);
    tellStarted(cli, started);
    if (watch !== true) {
      cli.say(`Watch:  ${commandLine('watch', started)}`);
      cli.document(started);
      return EXIT.ok;
    }
    const ended = await watchRollout(cli, client, started);
    cli.document({ ...started, ...ended });
    return exitCodeOfEnd(ended);
  });
}

/** Says what was started and where it can be seen. */
export function tellStarted(cli: Cli, started: StartedRollout): void {
  cli.say(
    `Started ${started.workflowId}, run ${started.run}, bundle ${short(started.bundle)}.`,
    ...(started.webUi === null ? [] : [`Web UI: ${started.webUi}`]),
  );
}
