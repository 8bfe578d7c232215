import { execFile, type ExecFileException } from 'node:child_process';
import { WindlassFailure } from '../domain/failure.ts';

/** The programs that render. */
export type RenderTool = 'chart-renderer' | 'kustomize';

/** Gives the path of a program of the right version. @throws WindlassFailure when there is none */
export type FindTool = (name: RenderTool) => Promise<string>;

export interface ToolRun {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** A render that takes longer does not end. */
const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Runs a rendering tool where it finds nothing but its arguments: no settings, caches, plugins or kubeconfig of the user,
 * no programs to call, and a proxy that nobody listens on in place of the network.
 *
 * @param scratch a directory of its own, for what the tool keeps
 * @param input what it reads from its standard input
 * @throws WindlassFailure `LabFailed` when the program cannot be run
 */
export async function runTool(program: string, args: readonly string[], scratch: string, input = ''): Promise<ToolRun> {
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
    // The zone that a chart's dates are told in must not be that of whoever renders.
    TZ: 'UTC',
  };
  return new Promise((resolve, reject) => {
    const options = { cwd: scratch, env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ ok: true, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ ok: false, stdout, stderr });
      else reject(notRun(program, error));
    });
    // One that ends before it has read everything says so by its end.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

function notRun(program: string, error: ExecFileException): WindlassFailure {
  const why =
    error.killed === true ? 'did not end in time, or wrote too much' : `cannot be run (${error.code ?? 'signal'})`;
  return new WindlassFailure('LabFailed', `What renders charts and kustomizations ${why}.`, {
    object: program,
    next: 'Run `windlass lab tools chart-renderer kustomize`, or put working programs on PATH.',
    cause: error,
  });
}
