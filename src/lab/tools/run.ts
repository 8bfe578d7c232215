import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Account } from '../processes/account.ts';

export interface RunResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** The last lines of its output, both streams together. */
  readonly tail: string;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** Whom to run it as, when not as ourselves. */
  readonly account?: Account | undefined;
}

const TAIL_LINES = 15;

/**
 * Runs a program to its end.
 * @param onLine told of every line that it writes
 * @throws the spawn's error when the program cannot be run (`ENOENT` when there is none)
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
  onLine?: (line: string) => void,
): Promise<RunResult> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
  });
  const tail: string[] = [];
  let stdout = '';
  const see = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    onLine?.(line);
  };
  createInterface({ input: child.stderr }).on('line', see);
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    see(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, tail: tail.join('\n'), stdout };
}
