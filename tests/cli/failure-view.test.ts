import { describe, expect, test } from '@jest/globals';
import { failureLines } from '../../src/cli/view/failure.ts';

describe('a failure for people', () => {
  test('says where, what, its type, each fact and what to do next', () => {
    expect(
      failureLines({
        type: 'InvalidRollout',
        message: 'There are 2 problems.',
        object: 'rollouts/x',
        next: 'Mend them.',
        retryable: false,
        facts: {
          problems: [
            { file: 'rollout.yaml', line: 3, column: 5, message: 'unknown field' },
            { file: 'sql/V1__a.sql', line: 1, column: 1, message: 'empty' },
          ],
          status: 422,
        },
      }),
    ).toEqual([
      'error: rollouts/x: There are 2 problems. (InvalidRollout)',
      '  problems:',
      '    rollout.yaml:3:5: unknown field',
      '    sql/V1__a.sql:1:1: empty',
      '  status: 422',
      'next:  Mend them.',
    ]);
  });
});
