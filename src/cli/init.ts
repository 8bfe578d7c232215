import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { initRollout } from '../bundle/init.ts';
import { EXIT } from './exit.ts';
import { verb, type CommonOptions } from './options.ts';
import { run } from './run.ts';

interface Options extends CommonOptions {
  readonly name?: string;
}

export function initCommand(): Command {
  return verb('init', 'write a minimal rollout into a directory; no file is overwritten')
    .argument('<directory>', 'directory to write to; made if need be')
    .option('--name <name>', 'name of the rollout (default: the name of the directory)')
    .action((directory: string, { name, ...options }: Options) =>
      run(options, async (cli) => {
        const written = await initRollout(directory, name ?? basename(resolve(directory)));
        const files = written.map((file) => join(directory, file));
        cli.say(...files.map((file) => `Wrote ${file}`), `Next: windlass validate ${directory}`);
        cli.document({ files });
        return EXIT.ok;
      }),
    );
}
