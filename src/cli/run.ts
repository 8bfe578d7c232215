import { Interruption, processCli, type Cli } from './cli.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit.ts';
import { FAILURES, WindlassFailure, type FailureSummary } from '../domain/failure.ts';
import { visibleJson } from '../domain/visible.ts';
import { terminalLine } from './terminal.ts';
import { failureLines } from './view/failure.ts';

/**
 * Carries out one verb: what it returns is the exit code of this process, what it throws is told to people or, with
 * `--json`, as one document `{"error": FailureSummary}`.
 */
export async function run(options: { readonly json?: boolean }, work: (cli: Cli) => Promise<ExitCode>): Promise<void> {
  const json = options.json === true;
  try {
    process.exitCode = await work(processCli(json));
  } catch (error) {
    process.exitCode = report(error, json);
  }
}

/** Tells an error, and says which exit code it means. */
export function report(error: unknown, json: boolean): ExitCode {
  if (error instanceof Interruption) {
    process.stderr.write('Interrupted.\n');
    return EXIT.interrupted;
  }
  const summary = summaryOfError(error);
  if (json) process.stdout.write(`${visibleJson(JSON.stringify({ error: summary }, null, 2))}\n`);
  else for (const line of failureLines(summary)) process.stderr.write(`${terminalLine(line)}\n`);
  return exitCodeOf(summary.type);
}

/** Only a defect of ours is no `WindlassFailure`: its stack is what a report of it needs. */
function summaryOfError(error: unknown): FailureSummary {
  if (error instanceof WindlassFailure) return error.summary();
  if (process.env['WINDLASS_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${terminalLine(error.stack ?? error.message)}\n`);
  return {
    type: 'Internal',
    message: `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}`,
    next: 'Run it again with WINDLASS_DEBUG=1 to see where, and report it.',
    retryable: FAILURES.Internal.retryable,
  };
}

/** A use of the command line that cannot be meant. */
export function wrongUsage(message: string, next: string, object?: string): WindlassFailure {
  return new WindlassFailure('WrongUsage', message, { next, ...(object === undefined ? {} : { object }) });
}
