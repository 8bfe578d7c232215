import { spawnSync } from 'node:child_process';
import { isMissing, readIfThere } from '../files.ts';

/** A process that can be told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the words of the system: opaque, only to be compared. */
  readonly startTime: string;
}

/** Who runs under this pid now, or undefined when nobody does (a process that ended but was not collected counts as gone). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** True while the very process that was recorded still runs. */
export function isAlive(recorded: ProcessIdentity): boolean {
  return identify(recorded.pid)?.startTime === recorded.startTime;
}

/** Sends the signal if the recorded process still runs. Returns false when it does not: a reused pid is never hit. */
export function signal(recorded: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(recorded)) return false;
  try {
    return process.kill(recorded.pid, name);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat counts from the boot, so the boot's id belongs to it. */
function startTimeFromProc(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A program with threads is gone when all of them are, not when its first one is.
  if ((state === 'Z' || state === 'X') && Number(fields[16]) <= 1) return undefined;
  return `${bootId()}:${fields[18] ?? ''}`;
}

function bootId(): string {
  return (readIfThere('/proc/sys/kernel/random/boot_id') ?? '').trim().slice(0, 8);
}

function startTimeFromPs(pid: number): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=,stat=', '-p', String(pid)], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const fields = stdout.trim().split(/\s+/);
  const state = fields.pop();
  return state === undefined || state.startsWith('Z') ? undefined : fields.join(' ');
}
