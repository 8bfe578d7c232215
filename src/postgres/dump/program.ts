import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** How long a program may take to end after it was asked to, in milliseconds. */
const GRACE_MS = 5_000;
/** How many of its lines are kept. */
const LINES = 20;

/** A program of PostgreSQL at work. */
export interface Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Its end, which never rejects: the exit code (null when it was killed or could not be run) and its last words. */
  readonly ended: Promise<{ readonly code: number | null; readonly lines: readonly string[] }>;
  /** Asks it to end, then makes it. Once it has ended, nothing. */
  stop(): void;
}

/** Starts a program, which is stopped when the signal aborts. @param graceMs how long it may then take to end. */
export function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
  graceMs: number = GRACE_MS,
): Program {
  const child = spawn(program, args, { stdio: 'pipe', env: { ...env } });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > LINES) lines.shift();
  });
  let kill: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (child.exitCode !== null || child.signalCode !== null || kill !== undefined) return;
    child.kill('SIGTERM');
    kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  // A program that ends early leaves a broken pipe; its exit code tells more.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Awaited<Program['ended']>>((resolve) => {
    child.once('error', () => {
      resolve({ code: null, lines });
    });
    child.once('close', (code) => {
      resolve({ code, lines });
    });
  }).finally(() => {
    clearTimeout(kill);
    signal.removeEventListener('abort', stop);
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return { stdin: child.stdin, stdout: child.stdout, ended, stop };
}
