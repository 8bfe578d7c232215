import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { withLock } from '../../src/lab/lock.ts';
import { identify } from '../../src/lab/processes/identity.ts';
import { scratchDirectories } from './scratch.ts';

const scratch = scratchDirectories();

describe('the lock file', () => {
  test('keeps two from working at once', async () => {
    const path = join(scratch(), 'a.lock');
    const events: string[] = [];
    const work = (name: string) =>
      withLock(path, async () => {
        events.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} ends`);
      });
    await Promise.all([work('first'), work('second')]);
    expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  test('tells the one that waits who holds it', async () => {
    const path = join(scratch(), 'a.lock');
    const told: number[] = [];
    await withLock(path, async () => {
      const second = withLock(
        path,
        () => Promise.resolve(),
        (pid) => told.push(pid),
      );
      while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
      return () => second;
    }).then((waitForSecond) => waitForSecond());
    expect(told).toEqual([process.pid]);
  });

  test('of a process that is gone is taken over', async () => {
    const path = join(scratch(), 'a.lock');
    const { pid } = spawnSync('true');
    writeFileSync(path, JSON.stringify({ pid, startTime: 'long ago', nonce: 'x' }));
    await expect(withLock(path, () => Promise.resolve('worked'))).resolves.toBe('worked');
  });

  test('of a process whose pid another one got is taken over', async () => {
    const path = join(scratch(), 'a.lock');
    writeFileSync(path, JSON.stringify({ ...identify(process.pid), startTime: 'another time' }));
    await expect(withLock(path, () => Promise.resolve('worked'))).resolves.toBe('worked');
  });

  test('that cannot be read is taken over', async () => {
    const path = join(scratch(), 'a.lock');
    writeFileSync(path, '{"pid":');
    await expect(withLock(path, () => Promise.resolve('worked'))).resolves.toBe('worked');
  });

  test('is gone after the work, even when the work fails', async () => {
    const path = join(scratch(), 'a.lock');
    await expect(withLock(path, () => Promise.reject(new Error('the work failed')))).rejects.toThrow('the work failed');
    expect(existsSync(path)).toBe(false);
  });
});
