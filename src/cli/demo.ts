import type { Command } from 'commander';
import { WindlassClient } from '../client.ts';
import { readConfig } from '../config.ts';
import type { Addition } from '../lab/index.ts';
import { additionsOption } from './additions.ts';
import { Interruption, type Cli } from './cli.ts';
import { bringLabUp } from './demo/lab.ts';
import { carryThrough } from './demo/carry.ts';
import { tellEnd, tellInterrupted } from './demo/ending.ts';
import { seedFresh } from './demo/seed.ts';
import { writeReport } from './demo/report.ts';
import { stages } from './demo/stages.ts';
import { startOrJoin } from './demo/start.ts';
import { supervisedWorker } from './demo/worker.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { exitCodeOfEnd } from './follow/watch-rollout.ts';
import { loadOrRefuse } from './load.ts';
import { parameterOption, verb, type CommonOptions } from './options.ts';
import { run } from './run.ts';
import { withLab } from './settings.ts';

interface Options extends CommonOptions {
  readonly environment: string;
  readonly lab?: string;
  readonly set: Readonly<Record<string, string>>;
  readonly with?: readonly Addition[];
}

export function demoCommand(): Command {
  return additionsOption(
    parameterOption(verb('demo', 'bring the lab up and carry a rollout through on it, from the tools to the report')),
  )
    .argument('<directory>', 'directory with the rollout.yaml')
    .option('-e, --environment <name>', 'environment of the rollout', 'lab')
    .option('--lab <directory>', 'lab directory (default: WINDLASS_LAB_DIR, else one per user)')
    .action((directory: string, options: Options) => run(options, (cli) => demo(cli, directory, options)));
}

async function demo(cli: Cli, directory: string, options: Options): Promise<ExitCode> {
  // Before any server is started: a rollout that is wrong should cost nobody minutes.
  const loaded = await loadOrRefuse(cli, directory, options.environment, options.set);
  const stage = stages(cli);
  const lab = await stage('lab', () => bringLabUp(cli, options.lab, loaded.bundle, options.with ?? []));
  await seedFresh(cli, stage, lab.dir, directory);
  // The demo is about this lab, whatever else the environment names.
  const settings = withLab({ ...process.env, ...lab.env }, { ...lab.env });
  const worker = await stage('worker', () => supervisedWorker(cli, lab.dir, settings));
  const place = { directory, lab: lab.dir };
  const client = await WindlassClient.connect(readConfig(settings));
  try {
    const started = await startOrJoin(cli, client, loaded);
    const ended = await stage('rollout', () => carryThrough(cli, client, started, worker));
    const report = await writeReport(client.config, started);
    tellEnd(cli, started, ended, report, place);
    cli.document({ ...started, ...ended, report, lab: lab.dir, stages: stage.times() });
    await worker.stop();
    return exitCodeOfEnd(ended);
  } catch (error) {
    if (!(error instanceof Interruption)) {
      await worker.stop();
      throw error;
    }
    tellInterrupted(cli, loaded.bundle, worker.pid(), place);
    return EXIT.interrupted;
  } finally {
    await client.close();
  }
}
