import { spawnSync } from 'node:child_process';
import { readIfThere } from '../files.ts';

/** A user of this machine to run a server as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom PostgreSQL runs as: it refuses root, so root lends it the user `postgres` or, where there is none, `nobody`.
 * Undefined when we are not root: then it runs as ourselves.
 */
export function unprivilegedAccount(passwd = readIfThere('/etc/passwd') ?? ''): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const wanted of ['postgres', 'nobody']) {
    const line = passwd.split('\n').find((candidate) => candidate.startsWith(`${wanted}:`));
    const [name, , uid, gid] = line?.split(':') ?? [];
    if (name !== undefined && uid !== undefined && gid !== undefined) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  return { name: 'nobody', uid: 65_534, gid: 65_534 };
}

/** True when the account can execute the file, every directory above it included. */
export function canExecute(account: Account, path: string): boolean {
  return spawnSync('test', ['-x', path], { uid: account.uid, gid: account.gid }).status === 0;
}
