import { describe, expect, test } from '@jest/globals';
import { asItEnded, endedDenial } from '../../src/client-execution.ts';
import { exitCodeOfState } from '../../src/cli/exit.ts';
import { statusLines } from '../../src/cli/view/status.ts';
import { gate, plain, status, step } from './support.ts';

const steps = [
  step('made', 'done'),
  step('bucket', 'gate', { gate: gate() }),
  step('web', 'parked'),
  step('last', 'pending'),
];
const waiting = status('blocked', [{ name: 'backup', state: 'blocked', steps }]);

describe('a rollout that waited for a person', () => {
  test.each([
    ['TERMINATED', 'terminated'],
    ['TIMED_OUT', 'timed out'],
    ['CANCELLED', 'cancelled'],
  ] as const)('is, once Temporal says %s, %s, and waits for nobody', (execution, state) => {
    const ended = asItEnded(waiting, execution);
    expect(ended).toMatchObject({ state, execution });
    expect(ended.phases[0]?.steps.map((one) => [one.state, one.gate])).toEqual([
      ['done', null],
      ['cancelled', null],
      ['cancelled', null],
      ['pending', null],
    ]);
    const shown = statusLines(ended, 0, plain).join('\n');
    expect(shown).toContain(`✗ ${state}`);
    expect(shown).not.toMatch(/windlass (approve|retry)/);
    expect(exitCodeOfState(ended.state)).toBe(1);
  });

  test('is as it told while Temporal says that it runs, and as it told when it ended by itself', () => {
    expect(asItEnded(waiting, 'RUNNING')).toEqual({ ...waiting, execution: 'RUNNING' });
    // Its phases have told that they are cancelled with it.
    expect(asItEnded(status('cancelled'), 'TERMINATED').state).toBe('terminated');
    expect(asItEnded(status('cancelled'), 'CANCELLED').state).toBe('cancelled');
    const aborted = status('aborted');
    expect(asItEnded(aborted, 'FAILED')).toEqual({ ...aborted, execution: 'FAILED' });
  });
});

test('whoever tells an ended run something is told how it ended', () => {
  expect(endedDenial('CANCELLED', 'rollout/lab/shop')?.summary()).toMatchObject({
    type: 'DecisionDenied',
    message: 'The newest run has ended: it was cancelled.',
    facts: { execution: 'CANCELLED' },
  });
  expect(endedDenial('RUNNING', 'rollout/lab/shop')).toBeNull();
});
