import type { Command } from 'commander';
import type { RolloutRef, WindlassClient } from '../client.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { inOrder } from '../steps/in-order.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { waits } from './list.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { run } from './run.ts';
import { waitingGateLines, type AskedGates } from './view/gates.ts';
import { cutLine } from './view/list.ts';

/** How many rollouts are asked at once: each answer replays a workflow on a worker. */
const ASKED_AT_ONCE = 16;

export function gatesCommand(): Command {
  return environmentVerb('gates', 'list every open gate of an environment, those first that wait longest').action(
    (options: EnvironmentOptions) => run(options, (cli) => withClient(cli, (client) => gates(cli, client, options))),
  );
}

async function gates(cli: Cli, client: WindlassClient, { environment }: EnvironmentOptions): Promise<ExitCode> {
  const { rollouts, cut } = await client.list(environment);
  const asked: AskedGates[] = [];
  for await (const one of inOrder(rollouts.filter(waits), ASKED_AT_ONCE, (ref) => ask(client, ref))) asked.push(one);
  cli.say(...waitingGateLines(environment, asked, Date.now(), cli.paint));
  if (cut) cli.warn(cutLine(environment));
  cli.document({ environment, rollouts: asked, cut });
  return EXIT.ok;
}

/** One that does not answer hides no other. */
async function ask(client: WindlassClient, { environment, rollout }: RolloutRef): Promise<AskedGates> {
  const ref = { environment, rollout };
  try {
    return { ...ref, gates: (await client.gates(ref)).gates, failure: null };
  } catch (error) {
    if (error instanceof WindlassFailure) return { ...ref, gates: [], failure: error.summary() };
    throw error;
  }
}
