import { execFile } from 'node:child_process';
import { WindlassFailure } from '../domain/failure.ts';

/** One answer may be as long as a list of all files of a repository. */
const MOST_BYTES = 64 * 2 ** 20;

/** What `git` said, when it failed. It may name anything: neither people nor logs are shown it. */
export class GitError extends Error {
  readonly #said: string;

  constructor(verb: string, said: string) {
    super(`git ${verb} failed`);
    this.#said = said;
  }

  get said(): string {
    return this.#said;
  }
}

/** How `git` is run: in a directory of its own, with no settings but these. */
export interface GitSettings {
  readonly directory: string;
  /** `user` and `password` go by the environment of the process, which others may not read; never by an argument. */
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly signal: AbortSignal;
}

/**
 * Runs `git`.
 *
 * @throws GitError; WindlassFailure `ToolMissing`; `signal.reason` once it aborts.
 */
export function git(
  { directory, login, signal }: GitSettings,
  args: readonly string[],
  { input, env = {} }: { readonly input?: string | Buffer; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const config: readonly (readonly [string, string])[] = [
    // Hooks, helpers and transports that run programs are none of a rollout's business.
    ['core.hooksPath', '/dev/null'],
    ['credential.helper', ''],
    ['protocol.allow', 'never'],
    ['protocol.https.allow', 'always'],
    ['protocol.http.allow', 'always'],
    ['protocol.file.allow', 'always'],
    ['http.followRedirects', 'false'],
    ['gc.auto', '0'],
    ['safe.directory', '*'],
    ...(login === null
      ? []
      : ([
          [
            'http.extraHeader',
            `Authorization: Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`,
          ],
        ] as const)),
  ];
  const settings = Object.fromEntries(
    config.flatMap(([key, value], at) => [
      [`GIT_CONFIG_KEY_${at}`, key],
      [`GIT_CONFIG_VALUE_${at}`, value],
    ]),
  );
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      args,
      {
        cwd: directory,
        maxBuffer: MOST_BYTES,
        signal,
        env: {
          PATH: process.env['PATH'] ?? '/usr/bin:/bin',
          HOME: directory,
          LC_ALL: 'C',
          GIT_DIR: directory,
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_TERMINAL_PROMPT: '0',
          GIT_CONFIG_COUNT: String(config.length),
          ...settings,
          ...env,
        },
      },
      (error, stdout, stderr) => {
        if (signal.aborted) reject(signal.reason as Error);
        else if (error === null) resolve(stdout);
        else if (error.code === 'ENOENT') reject(missing());
        else reject(new GitError(args[0] ?? '', `${stdout.slice(0, 10_000)}\n${stderr}`));
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

function missing(): WindlassFailure {
  return new WindlassFailure('ToolMissing', 'There is no git where the worker runs.', {
    object: 'git',
    next: 'Install git (2.34 or newer, with ssh-keygen where commits are signed) on the PATH of the worker, then retry.',
  });
}
