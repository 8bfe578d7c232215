import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readConfig } from '../config.ts';
import type { RolloutRef } from '../client.ts';
import { visibleJson } from '../domain/visible.ts';
import { renderJson, renderMarkdown, renderPage } from '../report/index.ts';
import { buildRunbook, renderRunbook } from '../report/recovery/index.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordedBundle, recordedEvidence, tellDamage } from './recorded.ts';
import { reported } from './reported.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run, wrongUsage } from './run.ts';

interface Options extends EnvironmentOptions {
  readonly run?: string;
  readonly output?: string;
  readonly recovery?: boolean;
  readonly all?: boolean;
  readonly html?: boolean;
  readonly serve?: boolean;
  readonly port: number;
}

export function reportCommand(): Command {
  return environmentVerb('report', 'tell what a run did and what is the evidence, from the record, as Markdown')
    .argument('<rollout>', 'name or directory of the rollout')
    .option('--run <id>', 'which run (default: the newest)')
    .option('--recovery', 'tell how everything is brought back, with what is proven of it, instead')
    .option('--all', 'give steps that changed nothing a row too; without it, they are counted')
    .addOption(
      new Option('--html', 'as one page that needs nothing else: verdict, timeline, readiness, changes').conflicts([
        'json',
        'recovery',
      ]),
    )
    .addOption(
      new Option('--serve', 'serve that page on loopback, live, until Ctrl-C').conflicts([
        'json',
        'recovery',
        'html',
        'output',
      ]),
    )
    .addOption(new Option('--port <number>', 'port of --serve').argParser(portNumber).default(0, 'any free one'))
    .option('-o, --output <file>', 'write it there')
    .action((rollout: string, options: Options) => run(options, (cli) => report(cli, rollout, options)));
}

async function report(cli: Cli, rollout: string, options: Options): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const asked = { run: options.run, ...(rollout === ref.rollout ? {} : { directory: rollout }) };
  if (options.serve === true) {
    const { serveReport } = await import('./serve/serve-report.ts');
    return serveReport(cli, ref, { ...asked, port: options.port });
  }
  if (options.html === true && options.output === undefined && cli.human.isTTY)
    throw wrongUsage('A page is nothing to read on a terminal.', 'Say where it goes, with --output FILE.');
  const text =
    options.recovery === true ? await runbook(cli, rollout, ref, options) : await told(cli, ref, asked, options);
  if (options.output === undefined) cli.print(text);
  else {
    await writeFile(options.output, text);
    cli.say(`Wrote ${options.output}`);
    cli.document({ output: options.output });
  }
  return EXIT.ok;
}

async function told(
  cli: Cli,
  ref: RolloutRef,
  asked: Parameters<typeof reported>[2],
  { all, html }: Options,
): Promise<string> {
  const { report: built, damaged, doubts } = await reported(readConfig(cli.env), ref, asked);
  tellDamage(cli, damaged);
  cli.warn(...doubts);
  if (html === true) return renderPage(built);
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

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
