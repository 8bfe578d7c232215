import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LabPaths } from '../directory.ts';
import { LabFailure } from '../failure.ts';
import { updateRecord } from '../record.ts';
import type { Account } from './account.ts';
import { identify } from './identity.ts';
import type { ProcessIdentity } from './identity.ts';
import { MARK, markOf } from './mark.ts';

/** What to run for a server. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly account?: Account | undefined;
}

const LOG_LIMIT = 16 * 1024 * 1024;

/**
 * Starts a server that outlives us, with its output in its log, and puts it on record before returning.
 * Its environment holds nothing of ours but the path: no proxy, no credential, no locale.
 *
 * @throws LabFailure when it cannot be started; Error of `node:fs` when its log cannot be opened.
 */
export async function launch(paths: LabPaths, server: string, command: Command): Promise<ProcessIdentity> {
  const home = join(paths.data, server);
  const log = openLog(paths, server);
  const child = spawn(command.program, command.args, {
    cwd: home,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: home,
      TMPDIR: paths.tmp,
      LC_ALL: 'C',
      [MARK]: markOf(paths, server),
      ...command.env,
    },
    ...(command.account === undefined ? {} : { uid: command.account.uid, gid: command.account.gid }),
  });
  closeSync(log);
  const started = child.pid === undefined ? undefined : identify(child.pid);
  if (started !== undefined) updateRecord(paths, server, { program: command.program, process: started });
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('spawn', () => {
      resolve(undefined);
    });
  });
  child.unref();
  if (failure !== undefined || started === undefined) {
    throw new LabFailure(
      `${server} could not be started: ${failure?.message ?? 'it ended at once'}.`,
      command.program,
      `Look at \`windlass lab logs ${server}\`.`,
      failure,
    );
  }
  return started;
}

function openLog(paths: LabPaths, server: string): number {
  mkdirSync(paths.logs, { recursive: true, mode: 0o700 });
  const path = logPath(paths, server);
  if (existsSync(path) && statSync(path).size > LOG_LIMIT) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

export function logPath(paths: LabPaths, server: string): string {
  return join(paths.logs, `${server}.log`);
}
