import type { Command } from 'commander';
import type { LoadedRollout } from '../bundle/load.ts';
import { short } from '../domain/gate.ts';
import type { MeasureReading } from '../domain/measured.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { loadOrRefuse, noteLines } from './load.ts';
import { environmentVerb, loadingOptions, type EnvironmentOptions, type LoadingOptions } from './options.ts';
import { run } from './run.ts';
import { readingLines } from './view/measures.ts';

type Options = EnvironmentOptions & LoadingOptions;

export function measureCommand(): Command {
  return loadingOptions(environmentVerb('measure', 'read what a rollout measures, now; nothing is touched'))
    .argument('<directory>', 'directory with the rollout.yaml')
    .action((directory: string, options: Options) => run(options, (cli) => measure(cli, directory, options)));
}

async function measure(cli: Cli, directory: string, { environment, set, asTold }: Options) {
  const loaded = await loadOrRefuse(cli, directory, environment, set, asTold);
  cli.say(
    ...noteLines(directory, [loaded]),
    `${loaded.bundle.rollout} → ${environment}, bundle ${short(loaded.digest)}`,
  );
  const measures = await showMeasures(cli, loaded);
  if (measures.length === 0) cli.say('It measures nothing: write spec.measures, see docs/measures.md.');
  cli.document({ rollout: loaded.bundle.rollout, environment, bundle: loaded.digest, measures });
  return EXIT.ok;
}

/**
 * Reads the measures of a loaded rollout and shows them.
 *
 * @throws `cli.signal.reason` once it aborts. What cannot be read is shown as unknown.
 */
export async function showMeasures(cli: Cli, { bundle }: LoadedRollout): Promise<readonly MeasureReading[]> {
  if (bundle.measures === undefined) return [];
  // Loaded here, because the clients take longer to load than most verbs take in all.
  const [{ readMeasures }, { anywhere }] = await Promise.all([
    import('../steps/measure.ts'),
    import('../steps/reach.ts'),
  ]);
  const { rollout, environment } = bundle;
  const owner = { rollout, environment, bundle: '', run: 'measure', phase: 'measures', step: 'now' };
  const readings = await readMeasures(bundle, anywhere(cli.env), { signal: cli.signal, owner });
  cli.say('', ...readingLines(readings, cli.paint, cli.human.columns));
  return readings;
}
