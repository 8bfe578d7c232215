import { spawnSync } from 'node:child_process';
import { readIfThere } from '../files.ts';

/** Resident memory of the processes together, in bytes. Those that are gone count nothing. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (process.platform === 'linux' ? fromProc(pid) : fromPs(pid)), 0);
}

function fromProc(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}

function fromPs(pid: number): number {
  return (
    (Number.parseInt(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout, 10) || 0) * 1024
  );
}
