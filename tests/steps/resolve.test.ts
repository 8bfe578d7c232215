import { afterAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolverOf } from '../../src/steps/resolve.ts';

const directory = mkdtempSync(join(tmpdir(), 'windlass-resolve-'));
const file = join(directory, 'secret');
writeFileSync(file, 'from file\n');
const [pipe, large, link] = ['pipe', 'large', 'link'].map((name) => join(directory, name)) as [string, string, string];
execFileSync('mkfifo', [pipe]);
writeFileSync(large, 'x'.repeat(1_048_577));
symlinkSync('/proc/self/environ', link);
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const resolve = resolverOf({ TOKEN: 'from env', TOKEN_FILE: file, EMPTY: '' });

describe('a reference', () => {
  test.each([
    ['an environment variable', { fromEnv: 'TOKEN' }, 'from env'],
    ['a file, without its last newline', { fromFile: file }, 'from file'],
    ['a file named by an environment variable', { fromEnvFile: 'TOKEN_FILE' }, 'from file'],
  ])('is resolved from %s', async (_name, reference, value) => {
    expect(await resolve(reference)).toBe(value);
  });

  test.each([
    ['a variable that is not set', { fromEnv: 'NOTHING' }, 'environment variable NOTHING'],
    ['a variable that is empty', { fromEnv: 'EMPTY' }, 'environment variable EMPTY'],
    ['a file that is missing', { fromFile: '/nowhere' }, 'file /nowhere'],
    ['a pipe, which is not waited for', { fromFile: pipe }, `file ${pipe}`],
    ['a directory', { fromFile: directory }, `file ${directory}`],
    ['a file of more than a megabyte', { fromFile: large }, `file ${large}`],
    ['the environment of the process', { fromFile: '/proc/self/environ' }, 'file /proc/self/environ'],
    ['a link to it', { fromFile: link }, `file ${link}`],
    ['a device', { fromFile: '/dev/zero' }, 'file /dev/zero'],
    ['a file variable that is not set', { fromEnvFile: 'NOTHING' }, 'environment variable NOTHING'],
  ])('to %s fails and names the reference', async (_name, reference, label) => {
    await expect(resolve(reference)).rejects.toMatchObject({
      type: 'ReferenceUnresolved',
      options: { object: expect.stringContaining(label) as unknown },
    });
  });
});
