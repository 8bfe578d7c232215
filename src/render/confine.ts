import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LIMITS } from '../domain/limits.ts';

/** Address space of a rendering tool, in KiB. */
const MEMORY_KIB = LIMITS.renderMemory.most / 1024;

/** Where systems keep `unshare`: the tools themselves are given no PATH, and it is not searched here either. */
const UNSHARE = ['/usr/bin/unshare', '/bin/unshare'];

/** Sets the limit where the system has it (POSIX leaves `-v` to the system), then becomes the program. */
const LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"';

let isolation: Promise<string | null> | null = null;

/**
 * The command that runs a program with a limit of its memory and, where the system lets this user have one, in a network
 * namespace of its own, in which nothing can be reached, this machine included. Never throws.
 */
export async function confined(
  program: string,
  args: readonly string[],
  memoryKib = MEMORY_KIB,
): Promise<{ readonly file: string; readonly args: readonly string[] }> {
  const unshare = await networkIsolation();
  const inside = unshare === null ? [program, ...args] : [unshare, '-r', '-n', program, ...args];
  return { file: '/bin/sh', args: ['-c', LIMITED, String(memoryKib), ...inside] };
}

/** How what renders is confined on this machine. */
export interface Confinement {
  /** Whether it has a network namespace of its own; otherwise a proxy that nobody listens on stands in the way. */
  readonly ownNetwork: boolean;
  /** Bytes of address space; null where the system sets no such limit. */
  readonly memory: number | null;
}

/** Tries how what renders is confined on this machine. Never throws. */
export async function confinement(): Promise<Confinement> {
  const { file, args } = await confined('/bin/sh', ['-c', 'ulimit -v']);
  const set = await promisify(execFile)(file, [...args], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.trim() === String(MEMORY_KIB),
    () => false,
  );
  return { ownNetwork: (await networkIsolation()) !== null, memory: set ? LIMITS.renderMemory.most : null };
}

/**
 * The program that makes network namespaces; null where none may be made. Tried once; never throws.
 *
 * @internal exported for its tests
 */
export function networkIsolation(): Promise<string | null> {
  return (isolation ??= tried());
}

async function tried(): Promise<string | null> {
  for (const unshare of UNSHARE) {
    try {
      await access(unshare, constants.X_OK);
      await promisify(execFile)(unshare, ['-r', '-n', '/bin/sh', '-c', ':'], { timeout: 10_000 });
      return unshare;
    } catch {
      // Not there, or not allowed: containers and hardened systems forbid user namespaces.
    }
  }
  return null;
}
