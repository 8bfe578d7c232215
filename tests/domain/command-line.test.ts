import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { commandLine } from '../../src/domain/command-line.ts';

test('a command that people are told to run holds names as they are', () => {
  expect(commandLine('approve', { rollout: 'shop', environment: 'lab' }, 'backup/bucket')).toBe(
    'windlass approve shop backup/bucket --environment lab',
  );
});

test.each(['a;touch /tmp/x', '$(touch /tmp/x)', "it's `touch /tmp/x`", 'two words', '', '*'])(
  'and whatever else is one word to a shell: %j',
  (name) => {
    const line = commandLine('approve', { rollout: 'shop', environment: 'lab' }, name);
    const { stdout } = spawnSync('sh', ['-c', `windlass() { printf '%s' "$3"; }; ${line}`], { encoding: 'utf8' });
    expect(stdout).toBe(name);
  },
);
