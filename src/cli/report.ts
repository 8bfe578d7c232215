import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { buildReport, renderJson, renderMarkdown } from '../report/index.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordedEntries } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';

interface Options extends EnvironmentOptions {
  readonly run?: string;
  readonly output?: string;
}

export function reportCommand(): Command {
  return environmentVerb('report', 'tell what a run did and what is the evidence, from the record, as Markdown')
    .argument('<rollout>', 'name or directory of the rollout')
    .option('--run <id>', 'which run (default: the newest)')
    .option('-o, --output <file>', 'write it there')
    .action((rollout: string, options: Options) => run(options, (cli) => report(cli, rollout, options)));
}

async function report(cli: Cli, rollout: string, options: Options) {
  const ref = await rolloutRef(rollout, options.environment);
  const { entries } = await recordedEntries(readConfig(cli.env), ref, options.run);
  const built = buildReport(entries);
  const text = cli.json ? renderJson(built) : renderMarkdown(built);
  if (options.output === undefined) process.stdout.write(text);
  else {
    await writeFile(options.output, text);
    cli.say(`Wrote ${options.output}`);
    cli.document({ output: options.output });
  }
  return EXIT.ok;
}
