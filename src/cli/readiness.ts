import { InvalidArgumentError, Option, type Command } from 'commander';
import { readConfig } from '../config.ts';
import { isEnough } from '../domain/readiness/demand.ts';
import type { Demand } from '../domain/readiness/demand-file.ts';
import { LEVELS } from '../domain/readiness/levels.ts';
import { changesBetween } from '../domain/readiness/changes.ts';
import { lapsing, SOON_MS } from '../domain/readiness/lapsing.ts';
import { actorOf, actorOptions, type ActorOptions } from './actor.ts';
import { assessed } from './assessed.ts';
import type { Cli } from './cli.ts';
import { withClient } from './connect.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordedBundle, tellDamage } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { changeLines, lapsingLines, scorecardLines } from './view/readiness.ts';

interface Options extends EnvironmentOptions, ActorOptions {
  readonly live?: boolean;
  readonly at?: number;
  readonly min?: Demand;
}

export function readinessCommand(): Command {
  return actorOptions(environmentVerb('readiness', 'tell how ready the platform is, by the evidence on record'))
    .argument('<rollout>', 'name or directory of the rollout')
    .option('--live', 'have a worker look first: verify steps, ask checks, read measures; it touches nothing')
    .addOption(
      new Option('--at <time>', 'as of this moment, in ISO 8601 (default: now)').argParser(moment).conflicts('live'),
    )
    .addOption(
      new Option('--min <level>', 'exit with 1 below this: base, good, best, or a score such as 85').argParser(least),
    )
    .action((rollout: string, options: Options) => run(options, (cli) => readiness(cli, rollout, options)));
}

async function readiness(cli: Cli, rollout: string, options: Options): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const config = readConfig(cli.env);
  const looked = options.live === true ? await look(cli, ref, options) : undefined;
  const { card, last, bundle, damaged, doubts } = await assessed(config, ref, options.at ?? Date.now(), looked);
  tellDamage(cli, damaged);
  cli.warn(...doubts);
  const soon = lapsing(card, SOON_MS);
  const since = last === null ? null : { at: last.at, ...changesBetween(last, card) };
  cli.say(
    ...scorecardLines(card, { ...ref, bundle }, cli.paint),
    ...changeLines(since, cli.paint),
    ...lapsingLines(soon, ref, cli.paint),
  );
  cli.document({ ...ref, bundle, ...card, since, lapsing: soon, ...(damaged.length === 0 ? {} : { damaged }) });
  if (options.min === undefined || isEnough(card, options.min)) return EXIT.ok;
  cli.warn(`the readiness is below ${String(options.min)}`);
  return EXIT.failed;
}

/** Has a worker look, by the bundle of the newest run. Returns the run that looked. */
async function look(cli: Cli, ref: Awaited<ReturnType<typeof rolloutRef>>, options: ActorOptions): Promise<string> {
  const actor = await actorOf(options);
  const { digest } = await recordedBundle(readConfig(cli.env), ref);
  const outcome = await withClient(cli, ({ readiness: client }) => client.assess({ ...ref, bundle: digest }, actor));
  return outcome.run;
}

function moment(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a moment such as 2026-01-31T12:00:00Z.');
  return at;
}

function least(text: string): Demand {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  const score = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && score <= 100) return score;
  throw new InvalidArgumentError(`It must be ${LEVELS.join(', ')}, or a number from 0 to 100.`);
}
