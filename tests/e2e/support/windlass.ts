import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test adds to or takes out of its environment (undefined) for a child process. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Where and for how long a process runs: in the repository's directory, and less long than a test, unless said otherwise. */
interface Bounds {
  readonly cwd?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Runs the built command line to its end, without a terminal. */
export async function windlass(
  args: readonly string[],
  settings: Settings = {},
  bounds: Bounds = {},
): Promise<Outcome> {
  return finished(node([MAIN, ...args], settings, bounds));
}

/** Runs it with `--json` and parses the one document. */
export async function windlassJson(
  args: readonly string[],
  settings: Settings = {},
): Promise<Outcome & { readonly document: unknown }> {
  const outcome = await windlass([...args, '--json'], settings);
  return { ...outcome, document: JSON.parse(outcome.stdout) as unknown };
}

/** A Node process. */
export function node(args: readonly string[], settings: Settings = {}, bounds: Bounds = {}): ChildProcess {
  // Jest's own options for Node are not the child's.
  const env = { ...process.env, NODE_OPTIONS: undefined, ...settings };
  // Whatever hangs is gone before the test's own time is up, and keeps nobody waiting after it.
  const bound = { cwd: repository, timeout: 280_000, killSignal: 'SIGKILL', ...bounds } as const;
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...bound });
}

export async function finished(child: ChildProcess): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}
