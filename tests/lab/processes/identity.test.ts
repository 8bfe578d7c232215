import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { identify, isAlive, signal } from '../../../src/lab/processes/identity.ts';
import type { ChildProcess } from 'node:child_process';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function sleeper(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

describe('the identity of a process', () => {
  test('stays the same while it runs', async () => {
    const { pid } = await sleeper();
    const identity = identify(pid)!;
    expect(identity.pid).toBe(pid);
    expect(isAlive(identity)).toBe(true);
    expect(identify(pid)).toEqual(identity);
  });

  test('is not that of a later process with the same pid', async () => {
    const { pid } = await sleeper();
    expect(isAlive({ pid, startTime: 'of its predecessor' })).toBe(false);
  });

  test('guards a process that got a recorded pid from the signals meant for its predecessor', async () => {
    const child = await sleeper();
    expect(signal({ pid: child.pid, startTime: 'of its predecessor' }, 'SIGKILL')).toBe(false);
    expect(identify(child.pid)).toBeDefined();
    expect(child.signalCode).toBeNull();
  });

  test('is gone once the process has ended', async () => {
    const child = await sleeper();
    const identity = identify(child.pid)!;
    expect(signal(identity, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect(isAlive(identity)).toBe(false);
    expect(signal(identity, 'SIGKILL')).toBe(false);
  });

  test('is nobody for a pid that is not in use', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });
});
