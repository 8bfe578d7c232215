import { spawnSync } from 'node:child_process';
import { readIfThere } from '../files.ts';

/** A mount as this process sees it. */
export interface Mount {
  readonly path: string;
  readonly type: string;
  /** Options of the file system itself; for version 1 of control groups they name the controllers. */
  readonly options: readonly string[];
}

/** Every mount, in the order in which they were made. Empty where there is no /proc. */
export function mounts(mountinfo = readIfThere('/proc/self/mountinfo') ?? ''): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const path = before?.split(' ')[4];
    const [type, , options] = after?.split(' ') ?? [];
    if (path === undefined || type === undefined) return [];
    return [{ path: unescape(path), type, options: (options ?? '').split(',') }];
  });
}

/** Mounts at or below a directory, the last made first. */
export function mountsBelow(directory: string): string[] {
  return mounts()
    .map(({ path }) => path)
    .filter((path) => path === directory || path.startsWith(`${directory}/`))
    .toReversed();
}

/** Takes away every mount at or below a directory. What still uses one keeps it until it ends. */
export function unmountBelow(directory: string): void {
  for (const path of mountsBelow(directory)) spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
}

/** The kernel writes blanks and their like as three octal digits. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
