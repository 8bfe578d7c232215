import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  ADDED_TOOLS,
  ensureTools,
  isPackage,
  LabFailure,
  NODE_TOOLS,
  nodeLacks,
  packTools,
  TOOL_NAMES,
  toolProgress,
  toolsAtHand,
  unpackTools,
} from '../lab/index.ts';
import type { ToolArchive, ToolName } from '../lab/index.ts';
import { columns } from '../domain/columns.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { verb, type CommonOptions } from './options.ts';
import { run } from './run.ts';

interface Options extends CommonOptions {
  readonly with?: readonly (keyof typeof ADDED_TOOLS)[];
  readonly pack?: string;
  readonly unpack?: string;
  readonly sha256?: string;
}

/** `windlass lab tools`: the programs that labs run, from wherever they are had. */
export function toolsCommand(): Command {
  return verb('tools', 'get the programs that the lab runs, without starting any')
    .argument('[name...]', 'only these')
    .addOption(new Option('--with <addition...>', 'those of an addition as well').choices(Object.keys(ADDED_TOOLS)))
    .addOption(new Option('--pack <file>', 'write those that are in the cache into an archive').conflicts('unpack'))
    .option('--unpack <file>', 'take them from such an archive')
    .option('--sha256 <digest>', 'what the digest of that archive must be', digest)
    .action((names: string[], options: Options) => run(options, (cli) => chosen(cli, names, options)));
}

function digest(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('A SHA-256 has 64 hexadecimal digits.');
}

async function chosen(cli: Cli, names: readonly string[], options: Options): Promise<ExitCode> {
  if (options.pack !== undefined) return tellArchive(cli, 'Packed', options.pack, await packTools(options.pack));
  if (options.unpack !== undefined)
    return tellArchive(cli, 'Took', options.unpack, await unpackTools(options.unpack, options.sha256));
  return getTools(cli, names, options);
}

function tellArchive(cli: Cli, did: string, file: string, archive: ToolArchive): ExitCode {
  const { sha256, bytes, directories } = archive;
  cli.say(
    `${did} ${String(directories.length)} sets of tools, ${String(Math.round(bytes / 2 ** 20))} MiB: ${directories.join(', ')}`,
    `  ${file}`,
    `  SHA-256 ${sha256}`,
  );
  cli.document({ file, ...archive });
  return EXIT.ok;
}

async function getTools(cli: Cli, names: readonly string[], options: Options): Promise<ExitCode> {
  const added = (options.with ?? []).flatMap((addition): readonly ToolName[] => ADDED_TOOLS[addition]);
  const wanted = [...(names.length === 0 ? usableTools() : names.map(asToolName)), ...(await leaveOut(cli, added))];
  const progress = toolProgress();
  const paths = await ensureTools(wanted, progress.tell);
  progress.end();
  const found = wanted.map((name) => [name, paths.get(name) ?? ''] as const);
  cli.say(...columns(found));
  cli.document(Object.fromEntries(found));
  return EXIT.ok;
}

/** All but those of additions that must be asked for, and those of a real node on a machine that cannot have one. */
function usableTools(): readonly ToolName[] {
  const left: readonly ToolName[] = [
    ...Object.values(ADDED_TOOLS).flat(),
    ...(nodeLacks().length === 0 ? [] : NODE_TOOLS),
  ];
  return TOOL_NAMES.filter((name) => !left.includes(name));
}

/** Without packages that this machine lacks, which it says: the other tools are of use all the same. */
async function leaveOut(cli: Cli, names: readonly ToolName[]): Promise<readonly ToolName[]> {
  const atHand = await toolsAtHand(names);
  const lacking = names.filter((name) => isPackage(name) && !atHand.has(name));
  if (lacking.length > 0)
    cli.say(
      `Left out, since this machine lacks their packages (scripts/monitoring-packages.sh): ${lacking.join(', ')}`,
    );
  return names.filter((name) => !lacking.includes(name));
}

function asToolName(name: string): ToolName {
  const found = TOOL_NAMES.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new LabFailure('The lab uses no tool of this name.', name, `Its tools are ${TOOL_NAMES.join(', ')}.`);
}
