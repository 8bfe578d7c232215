import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT, exitCodeOfState } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { SCREEN, statusLines } from './view/status.ts';

interface Options extends EnvironmentOptions {
  readonly exitCode?: boolean;
  readonly all?: boolean;
}

export function statusCommand(): Command {
  return environmentVerb('status', 'tell how the newest run of a rollout stands')
    .argument('<rollout>', 'name or directory of the rollout')
    .option('--all', 'list every step; without it, what is unchanged and what is far from now is counted')
    .option('--exit-code', 'exit with 5 when it waits for a person, with 1 when it ended without being done')
    .action((rollout: string, options: Options) => run(options, (cli) => status(cli, rollout, options)));
}

async function status(cli: Cli, rollout: string, options: Options) {
  const ref = await rolloutRef(rollout, options.environment);
  const answer = await withClient(cli, (client) => client.status(ref));
  if (!cli.json) {
    const [now, width] = [Date.now(), cli.human.columns];
    const whole = statusLines(answer, now, cli.paint, 'commands', { lines: Infinity, width });
    const folded = statusLines(answer, now, cli.paint, 'commands', { ...SCREEN, width });
    if (options.all === true || folded.length === whole.length) cli.say(...whole);
    else
      cli.say(...folded, '', cli.paint('dim', 'What is unchanged or far from now is counted; --all lists every step.'));
  }
  cli.document(answer);
  return options.exitCode === true ? exitCodeOfState(answer.state) : EXIT.ok;
}
