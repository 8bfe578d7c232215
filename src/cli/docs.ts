import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { declarationsOf } from '../bundle/declared.ts';
import { openBundle } from '../bundle/store.ts';
import { readConfig } from '../config.ts';
import { isObject, jsonIn, readList } from '../domain/json-fields.ts';
import { documentation, htmlPage, markdownPage } from '../report/docs/index.ts';
import { buildRunbook } from '../report/recovery/index.ts';
import { openStore } from '../store/open.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { environmentVerb, type EnvironmentOptions } from './options.ts';
import { recordOf } from '../record-of.ts';
import { recordedBundle, recordedEvidence, tellDamage } from './recorded.ts';
import { reported } from './reported.ts';
import { rolloutRef } from './rollout-ref.ts';
import { run, wrongUsage } from './run.ts';

/** Lists the files that an earlier documentation wrote, so that only these are ever taken away. */
const MARK = '.windlass-docs.json';

interface Options extends EnvironmentOptions {
  readonly output: string;
}

export function docsCommand(): Command {
  return environmentVerb('docs', 'write the documentation of a platform, from the bundle and the record')
    .argument('<rollout>', 'name or directory of the rollout')
    .requiredOption('-o, --output <directory>', 'where the pages go, as Markdown and as HTML')
    .action((rollout: string, options: Options) => run(options, (cli) => docs(cli, rollout, options)));
}

async function docs(cli: Cli, rollout: string, options: Options): Promise<ExitCode> {
  const ref = await rolloutRef(rollout, options.environment);
  const config = readConfig(cli.env);
  const { digest, doubts } = await recordedBundle(config, ref);
  const { bundle, files } = await openBundle(openStore(config.store.url, config.store.s3), digest);
  const directory = rollout === ref.rollout ? 'DIRECTORY' : rollout;
  const told = await reported(config, ref, directory === rollout ? { directory } : {});
  const failures = await recordOf(config).read({ ...ref, types: ['parked', 'evidence'] });
  const pages = documentation({
    ...{ bundle, failures, report: told.report },
    ...(await declarationsOf(bundle, files)),
    runbook: buildRunbook({ bundle, digest, directory, doubts }, await recordedEvidence(config, ref)),
  });
  tellDamage(cli, told.damaged);
  cli.warn(...new Set([...doubts, ...told.doubts]));
  const written = pages.flatMap((page): readonly (readonly [string, string])[] => [
    [`${page.file}.md`, markdownPage(page)],
    [`${page.file}.html`, htmlPage(page, pages)],
  ]);
  await write(options.output, new Map(written));
  cli.say(`Wrote ${String(pages.length)} pages to ${options.output}: begin with index.html`);
  cli.document({ output: options.output, bundle: digest, run: told.report.run, pages: pages.map(({ file }) => file) });
  return EXIT.ok;
}

/** Replaces what an earlier documentation wrote there. @throws WindlassFailure `WrongUsage` for a directory of somebody else's. */
async function write(directory: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(directory, { recursive: true });
  const there = await readdir(directory);
  const mark = there.includes(MARK) ? jsonIn(await readFile(join(directory, MARK), 'utf8')) : undefined;
  if (there.length > 0 && (mark === undefined || !isObject(mark)))
    throw wrongUsage(
      'The directory holds files that no documentation has written.',
      'Name an empty one, or a new one.',
    );
  const ours = (mark === undefined ? [] : readList(mark, 'files')).filter((one) => typeof one === 'string');
  for (const file of ours)
    if (/^[a-z0-9-]+\.(md|html)$/.test(file) && !files.has(file)) await rm(join(directory, file), { force: true });
  for (const [file, text] of files) await writeFile(join(directory, file), text);
  await writeFile(join(directory, MARK), `${JSON.stringify({ files: [...files.keys()] }, null, 2)}\n`);
}
