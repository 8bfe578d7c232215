import { InvalidArgumentError, Option, type Command } from 'commander';
import { readConfig } from '../config.ts';
import { LEVELS, reaches, type Level } from '../domain/readiness/levels.ts';
import { lapsing } from '../domain/readiness/lapsing.ts';
import type { Scorecard } from '../domain/readiness/scorecard.ts';
import { assessed } from './assessed.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { tellDamage } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { lapsingLines, scorecardLines } from './view/readiness.ts';

interface Options extends EnvironmentOptions {
  readonly at?: number;
  readonly min?: Level | number;
}

/** What lapses within this is told with the command that renews it. */
const SOON_MS = 7 * 86_400_000;

export function readinessCommand(): Command {
  return environmentVerb('readiness', 'tell how ready the platform is, by the evidence on record')
    .argument('<rollout>', 'name or directory of the rollout')
    .addOption(new Option('--at <time>', 'as of this moment, in ISO 8601 (default: now)').argParser(moment))
    .addOption(
      new Option('--min <level>', 'exit with 1 below this: base, good, best, or a score such as 85').argParser(least),
    )
    .action((rollout: string, options: Options) => run(options, (cli) => readiness(cli, rollout, options)));
}

async function readiness(cli: Cli, rollout: string, options: Options): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const { card, bundle, damaged, doubts } = await assessed(readConfig(cli.env), ref, options.at ?? Date.now());
  tellDamage(cli, damaged);
  cli.warn(...doubts);
  const soon = lapsing(card, SOON_MS);
  const place = { ...ref, directory: rollout === ref.rollout ? 'DIRECTORY' : rollout };
  cli.say(...scorecardLines(card, { ...place, bundle }, cli.paint), ...lapsingLines(soon, place, cli.paint));
  cli.document({ ...ref, bundle, ...card, lapsing: soon, ...(damaged.length === 0 ? {} : { damaged }) });
  if (options.min === undefined || isEnough(card, options.min)) return EXIT.ok;
  cli.warn(`the readiness is below ${String(options.min)}`);
  return EXIT.failed;
}

function isEnough({ score, level }: Scorecard, min: Level | number): boolean {
  return typeof min === 'number' ? score !== null && score >= min : reaches(level, min);
}

function moment(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a moment such as 2026-01-31T12:00:00Z.');
  return at;
}

function least(text: string): Level | number {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  const score = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && score <= 100) return score;
  throw new InvalidArgumentError(`It must be ${LEVELS.join(', ')}, or a number from 0 to 100.`);
}
