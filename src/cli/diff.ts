import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { short } from '../domain/gate.ts';
import { runDifferences } from '../domain/run-diff.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordedEntries, tellDamage } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';
import { runDifferenceLines } from './view/history.ts';

export function diffCommand(): Command {
  return environmentVerb('diff', 'tell what two runs of a rollout changed or planned differently, from the record')
    .argument('<rollout>', 'name or directory of the rollout')
    .argument('<run>', 'id of the earlier run')
    .argument('[other]', 'id of the later run; the newest if left out')
    .action((rollout: string, before: string, after: string | undefined, options: EnvironmentOptions) =>
      run(options, (cli) => diff(cli, rollout, before, after, options)),
    );
}

async function diff(
  cli: Cli,
  rollout: string,
  before: string,
  after: string | undefined,
  options: EnvironmentOptions,
): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const config = readConfig(cli.env);
  const [left, right] = [await recordedEntries(config, ref, before), await recordedEntries(config, ref, after)];
  const runs = [left, right].map(({ run: id, entries }) => ({ run: id, bundle: entries[0]?.scope.bundle ?? null }));
  const differences = runDifferences(left.entries, right.entries);
  const damaged = [...left.damaged, ...right.damaged];
  tellDamage(cli, damaged);
  cli.say(
    ...runs.map(({ run: id, bundle }, at) => `${at === 0 ? '-' : '+'} run ${id}, bundle ${short(bundle ?? 'unknown')}`),
    ...runDifferenceLines(differences, cli.paint, cli.human.columns),
    '',
    differences.length === 0 ? 'Both did the same.' : `${differences.length} things were changed differently.`,
  );
  cli.document({ ...ref, runs, differences, ...(damaged.length === 0 ? {} : { damaged }) });
  return EXIT.ok;
}
