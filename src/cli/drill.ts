import type { Command } from 'commander';
import { verdictLine } from '../domain/drill/verdict.ts';
import { short } from '../domain/gate.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { pinnedDrill } from './drills/pinned.ts';
import { watchDrill } from './drills/watch-drill.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, parameterOption, type EnvironmentOptions } from './options.ts';
import { run } from './run.ts';
import { commandLine } from '../domain/command-line.ts';
import { failureLines } from './view/failure.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly set: Readonly<Record<string, string>>;
  readonly watch?: boolean;
  readonly witness?: boolean;
}

export function drillCommand(): Command {
  return actorOptions(
    parameterOption(environmentVerb('drill', 'drill a backup now, apart from its rollout: restore, compare, clean up')),
  )
    .argument('<rollout>', 'name of a rollout that was started, or a directory')
    .argument('[phase/step]', 'the velero.drill step; may be left out when there is only one')
    .option('-w, --watch', 'watch it until it ends; exit with 1 unless it is proven')
    .option('--witness', 'plant and write down what the next scheduled backup must hold, and restore nothing')
    .action((rollout: string, asked: string | undefined, options: Options) =>
      run(options, (cli) => drill(cli, rollout, asked, options)),
    );
}

async function drill(cli: Cli, rollout: string, asked: string | undefined, options: Options): Promise<ExitCode> {
  const actor = await actorOf(options);
  const pinned = await pinnedDrill(cli, rollout, asked, options);
  return withClient(cli, async ({ drills }) => {
    const { environment, digest: bundle } = pinned;
    const { phase, step } = pinned.drill;
    const mode = options.witness === true ? 'witness' : 'drill';
    const of = { environment, rollout: pinned.rollout, phase, step: step.name };
    const started = await drills.start({ ...of, bundle, mode }, actor);
    cli.say(
      `Started ${started.workflowId}, run ${started.run}, bundle ${short(bundle)}.`,
      ...(started.webUi === null ? [] : [`Web UI: ${started.webUi}`]),
    );
    if (options.watch !== true) {
      cli.say(`History: ${commandLine('drills', of)}`);
      cli.document(started);
      return EXIT.ok;
    }
    const ended = await watchDrill(cli, drills, started);
    const verdict = ended.status?.verdict ?? null;
    if (verdict !== null) cli.say(verdictLine(verdict), ...verdict.faults.map((fault) => `  ${fault}`));
    if (ended.error !== undefined && verdict?.verdict !== 'refuted') cli.say(...failureLines(ended.error));
    cli.document({ ...started, ...ended });
    return ended.error === undefined ? EXIT.ok : EXIT.failed;
  });
}
