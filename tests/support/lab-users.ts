import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { killServer, labDown, labParent, labReset, labStatus, labUp } from '../../src/lab/index.ts';
import type { Addition, LabEnv, LabOptions } from '../../src/lab/index.ts';
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
    const left = existsSync(oursOf(dir)) && others(usersOf(dir)).length === 0;
    if (state === 'down' || state === 'absent' || left) {
      await labReset(dir);
      mkdirSync(usersOf(dir), { recursive: true });
      writeFileSync(oursOf(dir), '');
    }
    const { env } = await labUp({ ...options, dir });
    enter(usersOf(dir));
    return env;
  });
}

/** Leaves the lab; the last one out stops it, unless it was up before any of them came. */
export function leaveLab(dir: string): Promise<void> {
  return withLock(lockOf(dir), async () => {
    leave(usersOf(dir));
    if (!existsSync(oursOf(dir)) || others(usersOf(dir)).length > 0) return;
    await labDown(dir);
    rmSync(oursOf(dir), { force: true });
  });
}

/** Adds servers to the lab that tests share, and starts again what was added before, for one test file at a time of each process. */
export function enterAdded(additions: readonly Addition[] = []): Promise<LabEnv> {
  const dir = testLabDirectory();
  return withLock(lockOf(dir), async () => {
    const { env } = await labUp({ dir, with: additions });
    enter(addersOf(dir));
    return env;
  });
}

/**
 * The last one out stops VictoriaMetrics: Temporal tells a megabyte of each of its namespaces, and the tests make a hundred of them. To
 * read that four times a minute costs more than all that the tests themselves let it do.
 */
export function leaveAdded(): Promise<void> {
  const dir = testLabDirectory();
  return withLock(lockOf(dir), async () => {
    leave(addersOf(dir));
    if (!existsSync(oursOf(dir)) || others(addersOf(dir)).length > 0) return;
    const { servers } = await labStatus(dir);
    if (servers.some(({ name }) => name === 'victoria-metrics')) await killServer(dir, 'victoria-metrics');
  });
}

function enter(users: string): void {
  mkdirSync(users, { recursive: true });
  writeFileSync(join(users, String(process.pid)), JSON.stringify(identify(process.pid)));
}

function leave(users: string): void {
  rmSync(join(users, String(process.pid)), { force: true });
}

function others(users: string): ProcessIdentity[] {
  if (!existsSync(users)) return [];
  return readdirSync(users).flatMap((name) => {
    const path = join(users, name);
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

function addersOf(dir: string): string {
  return join(dir, 'test-adders');
}

function oursOf(dir: string): string {
  return join(dir, 'started-by-tests');
}

function lockOf(dir: string): string {
  return `${dir}.test-runs.lock`;
}
