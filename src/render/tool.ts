import { execFile, type ExecFileException } from 'node:child_process';
import { WindlassFailure } from '../domain/failure.ts';
import { OverLimit, type Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { confined } from './confine.ts';

/** The programs that render. */
export type RenderTool = 'chart-renderer' | 'kustomize';

/** Gives the path of a program of the right version. @throws WindlassFailure when there is none */
export type FindTool = (name: RenderTool) => Promise<string>;

export interface ToolRun {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a rendering tool where it finds nothing but its arguments: no settings, caches, plugins or kubeconfig of the user,
 * no programs to call, no more memory than `LIMITS` says, and no network (`confined`); where the system lets it have no network
 * of its own, a proxy that nobody listens on in its place.
 *
 * @param scratch a directory of its own, for what the tool keeps
 * @param input what it reads from its standard input
 * @throws WindlassFailure `LabFailed` when the program cannot be run, `LimitExceeded` when it takes too long, or writes or
 *   needs too much
 */
export async function runTool(
  program: string,
  args: readonly string[],
  scratch: string,
  input = '',
  limits = { time: LIMITS.renderTime, output: LIMITS.renderOutput },
): Promise<ToolRun> {
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    HOME: scratch,
    TMPDIR: scratch,
    PATH: '',
    HELM_NO_PLUGINS: '1',
    HELM_PLUGINS: `${scratch}/no-plugins`,
    HELM_CONFIG_HOME: `${scratch}/helm`,
    HELM_CACHE_HOME: `${scratch}/helm`,
    HELM_DATA_HOME: `${scratch}/helm`,
    KUBECONFIG: '/dev/null',
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    // Only a hint, so that Go collects before the limit ends it.
    GOMEMLIMIT: `${String(LIMITS.renderMemory.most / 2)}B`,
    // The zone that a chart's dates are told in must not be that of whoever renders.
    TZ: 'UTC',
  };
  const command = await confined(program, args);
  return new Promise((resolve, reject) => {
    const options = {
      cwd: scratch,
      env,
      timeout: limits.time.most,
      maxBuffer: limits.output.most,
      encoding: 'utf8',
    } as const;
    const child = execFile(command.file, command.args, options, (error, stdout, stderr) => {
      const limit = error === null ? null : limitOf(error, stderr, limits);
      if (error === null) resolve({ ok: true, stdout, stderr });
      else if (limit !== null) reject(new OverLimit(limit, 'Rendering', program));
      else if (NOT_RUN.has(Number(error.code))) reject(notRun(program, error));
      else if (typeof error.code === 'number') resolve({ ok: false, stdout, stderr });
      else reject(notRun(program, error));
    });
    // One that ends before it has read everything says so by its end.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** How Go's runtime says that the system gives it no more. */
const OUT_OF_MEMORY =
  /^(fatal error: )?runtime: (out of memory|cannot allocate memory)|^fatal error: .*(out of memory|failed to reserve .*memory)/m;
/** How a shell ends that cannot run a program (POSIX, XCU 2.8.2). */
const NOT_RUN: ReadonlySet<number> = new Set([126, 127]);

function notRun(program: string, error: ExecFileException): WindlassFailure {
  return new WindlassFailure(
    'LabFailed',
    `What renders charts and kustomizations cannot be run (${error.code ?? 'signal'}).`,
    {
      object: program,
      next: 'Run `windlass lab tools chart-renderer kustomize`, or put working programs on PATH.',
      cause: error,
    },
  );
}

/** The limit at which the system or Node.js has ended it; null where none did. */
function limitOf(
  error: ExecFileException,
  stderr: string,
  { time, output }: { readonly time: Limit; readonly output: Limit },
): Limit | null {
  if (OUT_OF_MEMORY.test(stderr)) return LIMITS.renderMemory;
  if ((error as NodeJS.ErrnoException).code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return output;
  return error.killed === true ? time : null;
}
