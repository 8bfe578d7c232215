import { InvalidArgumentError, Option, type Command } from 'commander';
import { readConfig } from '../config.ts';
import { historiesOf } from '../domain/drill/histories.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Cli } from './cli.ts';
import { drillHistoryLines } from './drills/history.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { recordOf } from '../record-of.ts';
import { tellDamage } from './recorded.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';

interface Options extends EnvironmentOptions {
  readonly last: number;
}

export function drillsCommand(): Command {
  return environmentVerb('drills', 'tell how drills ended and how long restores took, from the record')
    .argument('<rollout>', 'name or directory of the rollout')
    .argument('[phase/step]', 'only this drill')
    .addOption(new Option('--last <count>', 'how many of each are listed').argParser(wholeNumber).default(20))
    .action((rollout: string, asked: string | undefined, options: Options) =>
      run(options, (cli) => drills(cli, rollout, asked, options)),
    );
}

async function drills(cli: Cli, rollout: string, asked: string | undefined, options: Options): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const config = readConfig(cli.env);
  const { entries, damaged } = await recordOf(config).read({ ...ref, types: ['drill'] });
  const histories = historiesOf(entries, asked);
  tellDamage(cli, damaged);
  if (histories.length === 0)
    throw new WindlassFailure('NotFound', 'The record has no drill of this rollout.', {
      object: asked ?? `${ref.rollout} → ${ref.environment}`,
      next: 'Drill one with `windlass drill`; check the names, and that WINDLASS_STORE is the one the worker writes to.',
      facts: { store: config.store.url },
    });
  for (const [at, history] of histories.entries())
    cli.say(...(at === 0 ? [] : ['']), ...drillHistoryLines(history, options.last, cli.paint));
  cli.document({ ...ref, drills: histories, ...(damaged.length === 0 ? {} : { damaged }) });
  return EXIT.ok;
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}
