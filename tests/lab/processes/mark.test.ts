import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { labPaths } from '../../../src/lab/directory.ts';
import { identify, isAlive } from '../../../src/lab/processes/identity.ts';
import { MARK, markedProcesses, markOf } from '../../../src/lab/processes/mark.ts';
import { stopServer } from '../../../src/lab/processes/stop.ts';
import { scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function marked(mark: string, program: string, ...args: string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'ignore', env: { PATH: process.env['PATH'], [MARK]: mark } });
  children.push(child);
  await once(child, 'spawn');
  return child.pid!;
}

describe('a process that was started but never recorded', () => {
  test('is found by the mark of its lab and server, and no other is', async () => {
    const paths = labPaths(scratch());
    const mine = await marked(markOf(paths, 'minio'), 'sleep', '1000');
    await marked(markOf(paths, 'kwok'), 'sleep', '1000');
    await marked(markOf(labPaths(`${paths.dir}-other`), 'minio'), 'sleep', '1000');
    expect(markedProcesses(paths, ['minio', 'etcd'])).toEqual(
      new Map([
        ['minio', [identify(mine)]],
        ['etcd', []],
      ]),
    );
  });

  test('is stopped together with its children, even when they do not listen', async () => {
    const paths = labPaths(scratch());
    const deaf = `trap '' TERM; sleep 1000 & wait; wait`;
    const stray = identify(await marked(markOf(paths, 'minio'), 'sh', '-c', deaf))!;
    await stopServer(paths, { name: 'minio' });
    expect(isAlive(stray)).toBe(false);
    expect(markedProcesses(paths, ['minio']).get('minio')).toEqual([]);
  });
});
