import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { cliSettings } from './settings.ts';
import { EXIT } from './exit.ts';
import { verb, type CommonOptions } from './options.ts';
import { run, wrongUsage } from './run.ts';
import type { Cli } from './cli.ts';
import { publicHalf, readWorkerKey } from '../record/seal.ts';
import { WORKER_ARGUMENTS, workerEnvironment } from '../worker-process.ts';

export function workerCommand(): Command {
  return verb('worker', 'run a worker in the foreground until Ctrl-C; it logs JSON lines')
    .action(foregroundWorker)
    .addCommand(
      verb('key', 'make the key with which a worker seals what it records, and print its public half')
        .argument('<file>', 'where the private key is kept; one that is there is read, and stays')
        .action((file: string, options: CommonOptions) => run(options, (cli) => keyInFile(cli, file))),
    );
}

/** A process of its own, so that its log and its signals are those of `node dist/worker.js`. */
async function foregroundWorker(): Promise<void> {
  const env = workerEnvironment(cliSettings(process.env));
  const worker = spawn(process.execPath, WORKER_ARGUMENTS, { stdio: 'inherit', env });
  // The terminal sends Ctrl-C to both; the worker drains, and this process waits for it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => worker.kill('SIGTERM'));
  const [code] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null];
  process.exitCode = code ?? EXIT.failed;
}

async function keyInFile(cli: Cli, file: string) {
  const { privateKey } = generateKeyPairSync('ed25519');
  const made = await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flag: 'wx',
  }).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw wrongUsage('The key cannot be written.', 'Name a file in a directory that is there.', file);
    },
  );
  const publicKey = publicHalf(await readWorkerKey(file));
  if (!cli.json) cli.print(`${publicKey}\n`);
  cli.say(`Give the worker WINDLASS_WORKER_KEY=${file}, and list this under workers of its policy.`);
  cli.document({ file, publicKey, made });
  return EXIT.ok;
}
