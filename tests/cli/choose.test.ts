import { describe, expect, test } from '@jest/globals';
import { choose } from '../../src/cli/choose.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';

const words = { one: 'open gate', many: 'open gates', none: 'Wait.', type: 'DecisionDenied' } as const;
const a = { phase: 'p', step: 'a' };
const b = { phase: 'p', step: 'b' };

function refused(work: () => unknown): WindlassFailure {
  try {
    work();
  } catch (error) {
    if (error instanceof WindlassFailure) return error;
  }
  throw new Error('nothing was refused');
}

describe('which step is meant', () => {
  test('the one named', () => {
    expect(choose([a, b], 'p/b', words)).toBe(b);
  });

  test('without a name, the only one there is', () => {
    expect(choose([a], undefined, words)).toBe(a);
  });

  test('without a name and with several, none: they are listed', () => {
    const failure = refused(() => choose([a, b], undefined, words));
    expect(failure.type).toBe('WrongUsage');
    expect(failure.options.facts).toEqual({ 'open gates': ['p/a', 'p/b'] });
  });

  test('a decision for a step that has no open gate is refused, naming those that are open', () => {
    const failure = refused(() => choose([a], 'p/b', words));
    expect(failure.type).toBe('DecisionDenied');
    expect(failure.options).toMatchObject({ object: 'p/b', facts: { 'open gates': ['p/a'] } });
  });

  test('when there is none at all, it says so and what to do', () => {
    expect(refused(() => choose([], undefined, words)).summary()).toMatchObject({
      message: 'There is no open gate.',
      next: 'Wait.',
    });
  });
});
