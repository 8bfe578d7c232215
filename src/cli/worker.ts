import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { installed } from '../installation.ts';
import { cliSettings } from './settings.ts';
import { EXIT } from './exit.ts';
import { verb } from './options.ts';

/** The worker's program. */
export const WORKER_PROGRAM = installed('dist/worker.js');

export function workerCommand(): Command {
  return verb('worker', 'run a worker in the foreground until Ctrl-C; it logs JSON lines').action(foregroundWorker);
}

/** A process of its own, so that its log and its signals are those of `node dist/worker.js`. */
async function foregroundWorker(): Promise<void> {
  const worker = spawn(process.execPath, [WORKER_PROGRAM], { stdio: 'inherit', env: cliSettings(process.env) });
  // The terminal sends Ctrl-C to both; the worker drains, and this process waits for it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => worker.kill('SIGTERM'));
  const [code] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null];
  process.exitCode = code ?? EXIT.failed;
}
