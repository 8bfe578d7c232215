import { describe, expect, test } from '@jest/globals';
import { EXIT, exitCodeOf, exitCodeOfState, exitCodeTable } from '../../src/cli/exit.ts';

describe('exit codes', () => {
  test('a rollout that is invalid and a wrong use of the command line are the same to a script', () => {
    expect([exitCodeOf('InvalidRollout'), exitCodeOf('WrongUsage')]).toEqual([2, 2]);
  });

  test('a server that cannot be reached, a refusal and a failure of the work can be told apart', () => {
    expect([exitCodeOf('TargetUnreachable'), exitCodeOf('AlreadyRunning'), exitCodeOf('DecisionDenied')]).toEqual([
      3, 4, 4,
    ]);
    expect(exitCodeOf('SqlFailed')).toBe(1);
  });

  test('of the states of a rollout, blocked waits for a person and those that ended badly are failures', () => {
    const states = ['running', 'done', 'blocked', 'cancelled', 'aborted', 'failed'] as const;
    expect(states.map(exitCodeOfState)).toEqual([0, 0, 5, 1, 1, 1]);
  });

  test('the table names every code', () => {
    for (const code of Object.values(EXIT)) expect(exitCodeTable()).toMatch(new RegExp(`^ +${String(code)}  \\S`, 'm'));
  });
});
