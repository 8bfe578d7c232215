import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolverOf } from '../../src/steps/resolve.ts';

const directory = mkdtempSync(join(tmpdir(), 'windlass-resolve-'));
const file = join(directory, 'secret');
writeFileSync(file, 'from file\n');
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
    ['a file variable that is not set', { fromEnvFile: 'NOTHING' }, 'environment variable NOTHING'],
  ])('to %s fails and names the reference', async (_name, reference, label) => {
    await expect(resolve(reference)).rejects.toMatchObject({
      type: 'ReferenceUnresolved',
      options: { object: expect.stringContaining(label) as unknown },
    });
  });
});
