import { createInterface } from 'node:readline/promises';
import { Interruption, type Cli } from './cli.ts';
import { terminalLine } from './terminal.ts';

/**
 * Asks a person yes or no; anything but `y` or `yes` is no.
 *
 * @throws Interruption on Ctrl-C or at the end of the input.
 */
export async function confirm(cli: Cli, question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const gone = new AbortController();
  // The prompt swallows Ctrl-C and the end of input: both mean that nobody answers.
  lines.once('SIGINT', () => {
    gone.abort();
  });
  lines.once('close', () => {
    gone.abort();
  });
  try {
    const answer = await lines.question(terminalLine(`${cli.paint('bold', question)} [y/N] `), { signal: gone.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    process.stdout.write('\n');
    throw new Interruption('interrupted at a question');
  } finally {
    lines.close();
  }
}
