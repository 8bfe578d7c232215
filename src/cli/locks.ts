import { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { LockState } from '../contract/messages.ts';
import type { Bundle } from '../domain/bundle.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { pinnedBundle } from './drills/pinned.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, parameterOption, type EnvironmentOptions } from './options.ts';
import { recordOf } from '../record-of.ts';
import { tellDamage } from './recorded.ts';
import { run, wrongUsage } from './run.ts';
import { healingLines, lockLines } from './view/locks.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly set: Readonly<Record<string, string>>;
  readonly comment?: string;
}

export function locksCommand(): Command {
  return new Command('locks')
    .description('who may act on each target now; heal the lock of one that lets nobody')
    .addCommand(
      locksVerb('list', 'show the locks of the targets of a rollout, and what was healed of them').action(
        (rollout: string, options: Options) => run(options, (cli) => list(cli, rollout, options)),
      ),
    )
    .addCommand(
      actorOptions(locksVerb('heal', 'take from the lock of a target what keeps everybody off it, and no more'))
        .argument('<target>', 'name of the target')
        .option('-c, --comment <text>', 'why; kept in the record')
        .action((rollout: string, target: string, options: Options) =>
          run(options, (cli) => heal(cli, rollout, target, options)),
        ),
    );
}

function locksVerb(name: string, summary: string): Command {
  return parameterOption(environmentVerb(name, summary)).argument(
    '<rollout>',
    'name of a rollout that was started, or a directory',
  );
}

async function list(cli: Cli, rollout: string, options: Options): Promise<ExitCode> {
  const { bundle } = await pinnedBundle(cli, rollout, options);
  const { environment } = bundle;
  return withClient(cli, async (client) => {
    const locks: { readonly target: string; readonly state: LockState | null }[] = [];
    for (const target of Object.keys(bundle.targets))
      locks.push({ target, state: await client.locks.state({ environment, target }) });
    const asked = { environment, rollout: bundle.rollout, types: ['heal'] as const };
    const { entries, damaged } = await recordOf(readConfig(cli.env)).read(asked);
    cli.say(...locks.flatMap(({ target, state }) => lockLines(target, state)), ...healingLines(entries));
    tellDamage(cli, damaged);
    const healings = entries.map(({ time, body }) => ({ time, ...body }));
    cli.document({ rollout: bundle.rollout, environment, locks, healings });
    return EXIT.ok;
  });
}

async function heal(cli: Cli, rollout: string, target: string, options: Options): Promise<ExitCode> {
  const actor = await actorOf(options);
  const { digest, bundle } = await pinnedBundle(cli, rollout, options);
  assertTarget(bundle, target);
  const ref = { environment: bundle.environment, rollout: bundle.rollout, bundle: digest, target };
  return withClient(cli, async ({ locks }) => {
    const { comment = '' } = options;
    const { healed, left, workflowId, run: runId } = await locks.heal(ref, { ...actor, comment });
    cli.say(
      ...(healed.length === 0 ? ['Nothing was wrong.'] : healed.map((one) => `Healed: ${one}.`)),
      ...left.map((one) => `Left: ${one}.`),
    );
    cli.document({ ...ref, workflowId, run: runId, healed, left });
    return EXIT.ok;
  });
}

function assertTarget({ targets }: Bundle, target: string): void {
  if (Object.hasOwn(targets, target)) return;
  throw wrongUsage('The rollout has no such target.', `Name one of: ${Object.keys(targets).join(', ')}.`, target);
}
