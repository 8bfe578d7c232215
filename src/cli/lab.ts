import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { labDown, labReset, labServer, labStatus, labUp, toolProgress, LabFailure } from '../lab/index.ts';
import type { Addition, LabStatus } from '../lab/index.ts';
import { additionsOption } from './additions.ts';
import type { Cli } from './cli.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { verb } from './options.ts';
import { wayInLines } from './view/way-in.ts';
import { run } from './run.ts';
import { seedLab } from './seed.ts';
import { toolsCommand } from './lab-tools.ts';
import { columns } from '../domain/columns.ts';

interface Options {
  readonly json?: boolean;
  readonly dir?: string;
}

/** `windlass lab`: the local lab of real servers. */
export function labCommand(): Command {
  const lab = new Command('lab').description('the local lab: real servers on this machine, without containers');
  const up = additionsOption(labVerb('up', 'start what does not run; a lab that is up is left alone')).action(
    (options: Options & UpOptions) => run(options, (cli) => bringUp(cli, options)),
  );
  const status = labVerb('status', 'what runs, where, and whether it answers').action((options: Options) =>
    run(options, (cli) => tellStatus(cli, options)),
  );
  const logs = labVerb('logs', "a server's log")
    .argument('<server>', 'name of the server')
    .option('-f, --follow', 'go on as it grows')
    .option('-n, --lines <count>', 'how many lines of its end', '100')
    .action((server: string, options: Options & LogOptions) => run(options, (cli) => showLog(cli, server, options)));
  const down = labVerb('down', 'stop every server and keep the data').action((options: Options) =>
    run(options, (cli) => bringDown(cli, options)),
  );
  const reset = labVerb('reset', 'stop every server and delete the data').action((options: Options) =>
    run(options, (cli) => startAfresh(cli, options)),
  );
  const seed = labVerb('seed', 'make in the lab what a directory says that people left there, once')
    .argument('<directory>', 'directory with apply, create, edit, sql or buckets')
    .action((directory: string, options: Options) => run(options, (cli) => seedLab(cli, directory, options.dir)));
  for (const command of [up, status, logs, down, reset, toolsCommand(), seed]) lab.addCommand(command);
  return lab;
}

function labVerb(name: string, summary: string): Command {
  return verb(name, summary).addOption(
    new Option('--dir <directory>', 'lab directory').env('WINDLASS_LAB_DIR').default(undefined, 'one per user'),
  );
}

interface UpOptions {
  readonly with?: readonly Addition[];
}

async function bringUp(cli: Cli, options: Options & UpOptions): Promise<ExitCode> {
  const tools = toolProgress();
  const lab = await labUp({
    dir: options.dir,
    with: options.with ?? [],
    onToolProgress: tools.tell,
    onProgress: (progress) => {
      tools.end();
      if (progress.event === 'waiting')
        process.stderr.write(`Waiting for process ${progress.pid}, which works on this lab.\n`);
      else if (progress.started)
        process.stderr.write(`${progress.server} is ready (${(progress.elapsedMs / 1000).toFixed(1)} s)\n`);
    },
  });
  cli.say(
    lab.started.length === 0 ? 'The lab was up already.' : 'The lab is up.',
    `  Temporal:   ${lab.env.TEMPORAL_ADDRESS}, Web UI ${lab.env.WINDLASS_LAB_TEMPORAL_UI}`,
    `  Kubernetes: kubeconfig ${lab.env.WINDLASS_LAB_KUBECONFIG}`,
    `  S3:         ${lab.env.WINDLASS_LAB_S3_ENDPOINT}`,
    ...wayInLines(lab.env),
    `  Variables, with the credentials: ${lab.dir}/lab.env`,
  );
  // The variables hold credentials: whoever wants them reads the file that only its owner can read.
  cli.document({ dir: lab.dir, started: lab.started, envFile: `${lab.dir}/lab.env` });
  return EXIT.ok;
}

async function tellStatus(cli: Cli, { dir }: Options): Promise<ExitCode> {
  const status = await labStatus(dir);
  cli.document(status);
  cli.say(...statusLines(status));
  return EXIT.ok;
}

function statusLines(status: LabStatus): string[] {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  if (status.state === 'absent') return [`There is no lab in ${status.dir}.`];
  const rows = status.servers.map((server) => [
    server.name,
    server.state,
    server.pid === undefined ? '' : String(server.pid),
    server.residentBytes === 0 ? '' : megabytes(server.residentBytes),
    Object.entries(server.ports)
      .map(([use, port]) => `${use} ${port}`)
      .join(', '),
    server.why ?? '',
  ]);
  return [
    `Lab in ${status.dir}: ${status.state}, ${megabytes(status.residentBytes)} resident`,
    ...columns([['SERVER', 'STATE', 'PID', 'MEMORY', 'PORTS ON 127.0.0.1', ''], ...rows]),
  ];
}

interface LogOptions {
  readonly follow?: boolean;
  readonly lines: string;
}

async function showLog(cli: Cli, name: string, { dir, follow, lines }: Options & LogOptions): Promise<ExitCode> {
  const server = labServer(dir, name);
  if (cli.json) {
    cli.document({ server: server.name, log: server.log });
    return EXIT.ok;
  }
  if (!existsSync(server.log)) throw new LabFailure('It has written no log.', server.name, 'Run `windlass lab up`.');
  const tail = spawn('tail', ['-n', lines, ...(follow === true ? ['-F'] : []), server.log], { stdio: 'inherit' });
  const [code] = (await once(tail, 'exit')) as [number | null];
  return code === 0 || follow === true ? EXIT.ok : EXIT.failed;
}

async function bringDown(cli: Cli, { dir }: Options): Promise<ExitCode> {
  const stopped = await labDown(dir);
  cli.say(stopped.length === 0 ? 'The lab was down already.' : `Stopped ${stopped.join(', ')}. The data is kept.`);
  cli.document({ stopped });
  return EXIT.ok;
}

async function startAfresh(cli: Cli, { dir }: Options): Promise<ExitCode> {
  await labReset(dir);
  cli.say('The lab and its data are gone; `windlass lab up` makes a new one.');
  cli.document({ reset: true });
  return EXIT.ok;
}
