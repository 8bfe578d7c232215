import type { CommonOptions } from './options.ts';
import type { Cli } from './cli.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { run } from './run.ts';

/** What answers that there is a difference; nothing else does then. */
const DIFFERENCE = 2;

/** How a verb that compares has ended. */
export interface Compared {
  readonly exitCode: ExitCode;
  /** Whether it found a difference. */
  readonly differs: boolean;
}

/**
 * Carries out a verb that compares, as `run` does, and ends as `git diff --exit-code` does: 0 for no difference, 2 for one, and
 * something else where that cannot be told. Never throws: what goes wrong is told, as `run` does.
 */
export async function runCompared(options: CommonOptions, work: (cli: Cli) => Promise<Compared>): Promise<void> {
  const told = { differs: false };
  await run(options, async (cli) => {
    const { exitCode, differs } = await work(cli);
    told.differs = differs;
    return exitCode;
  });
  // 2 means a difference, and nothing else.
  if (process.exitCode === EXIT.usage) process.exitCode = EXIT.failed;
  if (process.exitCode === EXIT.ok && told.differs) process.exitCode = DIFFERENCE;
}
