import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { RolloutRef } from '../client.ts';
import { visibleJson } from '../domain/visible.ts';
import { buildReport, renderJson, renderMarkdown } from '../report/index.ts';
import { buildRunbook, renderRunbook } from '../report/recovery/index.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordedBundle, recordedEntries, recordedEvidence, tellDamage } from './recorded.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run } from './run.ts';

interface Options extends EnvironmentOptions {
  readonly run?: string;
  readonly output?: string;
  readonly recovery?: boolean;
  readonly all?: boolean;
}

export function reportCommand(): Command {
  return environmentVerb('report', 'tell what a run did and what is the evidence, from the record, as Markdown')
    .argument('<rollout>', 'name or directory of the rollout')
    .option('--run <id>', 'which run (default: the newest)')
    .option('--recovery', 'tell how everything is brought back, with what is proven of it, instead')
    .option('--all', 'give steps that changed nothing a row too; without it, they are counted')
    .option('-o, --output <file>', 'write it there')
    .action((rollout: string, options: Options) => run(options, (cli) => report(cli, rollout, options)));
}

async function report(cli: Cli, rollout: string, options: Options) {
  const ref = await rolloutRef(rollout, options.environment);
  const text = options.recovery === true ? await runbook(cli, rollout, ref, options) : await told(cli, ref, options);
  if (options.output === undefined) cli.print(text);
  else {
    await writeFile(options.output, text);
    cli.say(`Wrote ${options.output}`);
    cli.document({ output: options.output });
  }
  return EXIT.ok;
}

async function told(cli: Cli, ref: RolloutRef, { run: asked, all }: Options): Promise<string> {
  const recorded = await recordedEntries(readConfig(cli.env), ref, asked);
  tellDamage(cli, recorded.damaged);
  for (const one of recorded.unknown) cli.warn(`of run ${one} nothing reads: it may be newer than ${recorded.run}`);
  const built = buildReport(recorded);
  return cli.json ? visibleJson(renderJson(built)) : renderMarkdown(built, all);
}

/** From the bundle of a run, the newest unless one is asked for, and the evidence of all runs. */
async function runbook(cli: Cli, asked: string, ref: RolloutRef, options: Options): Promise<string> {
  const config = readConfig(cli.env);
  const { digest, bundle, doubts } = await recordedBundle(config, ref, options.run);
  const evidence = await recordedEvidence(config, ref);
  tellDamage(cli, evidence.damaged);
  cli.warn(...doubts);
  const directory = asked === ref.rollout ? 'DIRECTORY' : asked;
  const built = buildRunbook({ bundle, digest, directory, doubts }, evidence);
  return cli.json ? visibleJson(`${JSON.stringify(built, null, 2)}\n`) : renderRunbook(built);
}
