import type { Command } from 'commander';
import type { ListedRollout } from '../client.ts';
import { withClient } from './connect.ts';
import { EXIT } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { run } from './run.ts';
import { cutLine, listLines } from './view/list.ts';

interface Options extends EnvironmentOptions {
  readonly blocked?: boolean;
}

export function listCommand(): Command {
  return environmentVerb('list', 'list the rollouts of an environment, and what each of them waits for')
    .option('--blocked', 'only those that wait for a person')
    .action((options: Options) =>
      run(options, async (cli) => {
        const { environment, blocked = false } = options;
        const { rollouts, cut } = await withClient(cli, (client) => client.list(environment));
        const shown = blocked ? rollouts.filter(waits) : rollouts;
        if (!cli.json) {
          const width = cli.human.columns;
          if (shown.length === 0)
            cli.say(`${environment}: ${blocked ? 'no rollout waits for a person' : 'no rollout'}.`);
          else cli.say(...listLines(shown, Date.now(), cli.paint, width));
          if (cut) cli.warn(cutLine(environment));
        }
        cli.document({ environment, rollouts: shown, cut });
        return EXIT.ok;
      }),
    );
}

/** Also one that goes on elsewhere meanwhile. */
export function waits({ blockedOn, endedAt }: ListedRollout): boolean {
  return endedAt === null && blockedOn !== '';
}
