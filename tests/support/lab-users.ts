import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labDown, labParent, labReset, labStatus, labUp } from '../../src/lab/index.ts';
import type { LabEnv, LabOptions } from '../../src/lab/index.ts';
import { withLock } from '../../src/lab/lock.ts';
import { identify, isAlive } from '../../src/lab/processes/identity.ts';
import type { ProcessIdentity } from '../../src/lab/processes/identity.ts';

/** The lab that tests share: WINDLASS_TEST_LAB_DIR, else one of this user beside the lab for people. */
export function testLabDirectory(): string {
  const set = process.env['WINDLASS_TEST_LAB_DIR'];
  return set === undefined || set === '' ? join(labParent(), 'test-lab') : set;
}

/**
 * Brings the lab up for this process, or joins those that use it already. Who joins is written down, so that the first
 * of two test runs to end does not take the lab from the other.
 */
export function enterLab(dir: string, options: LabOptions = {}): Promise<LabEnv> {
  return withLock(lockOf(dir), async () => {
    const { state } = await labStatus(dir);
    // A lab that somebody brought up by hand is theirs, and stays. One of ours that nobody uses begins anew: rollouts and
    // locks that an interrupted run left behind would wait for its worker for ever.
    const left = existsSync(oursOf(dir)) && others(dir).length === 0;
    if (state === 'down' || state === 'absent' || left) {
      await labReset(dir);
      mkdirSync(usersOf(dir), { recursive: true });
      writeFileSync(oursOf(dir), '');
    }
    const { env } = await labUp({ ...options, dir });
    mkdirSync(usersOf(dir), { recursive: true });
    writeFileSync(join(usersOf(dir), String(process.pid)), JSON.stringify(identify(process.pid)));
    return env;
  });
}

/** Leaves the lab; the last one out stops it, unless it was up before any of them came. */
export function leaveLab(dir: string): Promise<void> {
  return withLock(lockOf(dir), async () => {
    rmSync(join(usersOf(dir), String(process.pid)), { force: true });
    if (!existsSync(oursOf(dir)) || others(dir).length > 0) return;
    await labDown(dir);
    rmSync(oursOf(dir), { force: true });
  });
}

function others(dir: string): ProcessIdentity[] {
  if (!existsSync(usersOf(dir))) return [];
  return readdirSync(usersOf(dir)).flatMap((name) => {
    const path = join(usersOf(dir), name);
    const user = JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
    if (isAlive(user)) return [user];
    // Killed before it could leave.
    rmSync(path);
    return [];
  });
}

function usersOf(dir: string): string {
  return join(dir, 'test-runs');
}

function oursOf(dir: string): string {
  return join(dir, 'started-by-tests');
}

function lockOf(dir: string): string {
  return `${dir}.test-runs.lock`;
}
