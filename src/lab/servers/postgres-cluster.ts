import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { LabFailure } from '../failure.ts';
import { PRIVATE, readIfThere } from '../files.ts';
import { canExecute, unprivilegedAccount } from '../processes/account.ts';
import type { Account } from '../processes/account.ts';
import { digestOf } from '../tools/cache.ts';
import { softwareOf } from '../tools/lookup.ts';
import { run } from '../tools/run.ts';
import type { ServerContext } from '../context.ts';

export const SUPERUSER = 'postgres';
const DRAFT = 'cluster.new-';

/** PostgreSQL's data. It exists only when `initdb` came to its end. */
export function clusterDirectory(context: ServerContext): string {
  return join(context.home, 'cluster');
}

/** Where PostgreSQL's programs are: where they were found, or our copy when the other user cannot reach them there. */
export function programDirectory(context: ServerContext): string {
  const program = context.tool('postgres');
  const copy = join(copyDirectory(context), relative(softwareOf('postgres', program), dirname(program)));
  return existsSync(copy) ? copy : dirname(program);
}

/**
 * Makes the cluster once, and whatever the user that PostgreSQL runs as cannot reach, reachable.
 *
 * @throws LabFailure when `initdb` fails, the data is of another major version, or PostgreSQL's user cannot enter the
 *   directory.
 */
export async function prepareCluster(context: ServerContext): Promise<void> {
  const account = unprivilegedAccount();
  if (account !== undefined) makeReachable(context, account);
  removeDrafts(context);
  const madeBy = readIfThere(join(clusterDirectory(context), 'PG_VERSION'))?.trim();
  if (madeBy === undefined) return initialise(context, account);
  const { stdout } = await run(join(programDirectory(context), 'postgres'), ['--version']);
  const major = / (\d+)/.exec(stdout)?.[1] ?? stdout;
  if (major === madeBy) return;
  throw new LabFailure(
    `The lab's data was made by PostgreSQL ${madeBy}, but the program is version ${major}.`,
    context.tool('postgres'),
    `Name a PostgreSQL ${madeBy} in WINDLASS_TOOL_POSTGRES, or start afresh with \`windlass lab reset\`.`,
  );
}

function makeReachable(context: ServerContext, account: Account): void {
  chownSync(context.home, account.uid, account.gid);
  if (!canExecute(account, context.home)) {
    throw new LabFailure(
      `PostgreSQL refuses to run as root, and the user ${account.name} cannot enter the lab's directory.`,
      context.paths.dir,
      'Choose a directory below one that every user may enter, with --dir or WINDLASS_LAB_DIR.',
    );
  }
  const program = context.tool('postgres');
  if (existsSync(copyDirectory(context)) || canExecute(account, program)) return;
  const draft = join(context.home, 'software.new');
  rmSync(draft, { recursive: true, force: true });
  cpSync(softwareOf('postgres', program), draft, { recursive: true, verbatimSymlinks: true });
  renameSync(draft, copyDirectory(context));
}

/** One copy per place that it was copied from. */
function copyDirectory(context: ServerContext): string {
  return join(context.home, `software-${digestOf([], [context.tool('postgres')])}`);
}

/** What launchers left that were killed. An `initdb` that outlived its launcher may still write: then the next start does. */
function removeDrafts({ home }: ServerContext): void {
  for (const name of readdirSync(home).filter((entry) => entry.startsWith(DRAFT))) {
    try {
      rmSync(join(home, name), { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

async function initialise(context: ServerContext, account: Account | undefined): Promise<void> {
  const draft = mkdtempSync(join(context.home, DRAFT));
  const passwordFile = join(context.home, 'password');
  writeFileSync(passwordFile, `${context.secrets.postgresPassword}\n`, { mode: PRIVATE });
  if (account !== undefined) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
  const result = await run(
    join(programDirectory(context), 'initdb'),
    [
      ...['-D', draft, '-U', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ],
    { cwd: context.home, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }, account },
  );
  rmSync(passwordFile, { force: true });
  if (result.code !== 0) {
    throw new LabFailure(
      `initdb ended with ${result.code ?? 'a signal'}. Its last lines:\n${result.tail}`,
      'postgres',
      'Mend what they name, then run `windlass lab up` again.',
    );
  }
  renameSync(draft, clusterDirectory(context));
}
