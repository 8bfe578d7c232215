import type { Command } from 'commander';
import { withClient } from './connect.ts';
import { exitCodeOfEnd, watchRollout } from './follow/watch-rollout.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';

export function watchCommand(): Command {
  return environmentVerb('watch', 'show a rollout live until it ends')
    .argument('<rollout>', 'name or directory of the rollout')
    .action((rollout: string, options: EnvironmentOptions) =>
      run(options, async (cli) => {
        const ref = await rolloutRef(rollout, options.environment);
        const ended = await withClient(cli, (client) => watchRollout(cli, client, ref));
        cli.document(ended);
        return exitCodeOfEnd(ended);
      }),
    );
}
