import { describe, expect, test } from '@jest/globals';
import { afterPause, isPaused, NEVER_PAUSED, pausingDenial } from '../../src/domain/pausing.ts';

const pause = (pausing: number) => ({ action: 'pause', pausing }) as const;
const resume = (pausing: number) => ({ action: 'resume', pausing }) as const;

describe('a run that can be paused', () => {
  test('is paused by the next pause, and goes on once that one ends', () => {
    const paused = afterPause(NEVER_PAUSED, pause(1));
    expect(isPaused(paused)).toBe(true);
    const resumed = afterPause(paused, resume(1));
    expect(isPaused(resumed)).toBe(false);
    expect(isPaused(afterPause(resumed, pause(2)))).toBe(true);
  });

  test('comes to the same whichever of two commands arrives first, and however often', () => {
    const inOrder = afterPause(afterPause(NEVER_PAUSED, pause(1)), resume(1));
    expect(afterPause(afterPause(NEVER_PAUSED, resume(1)), pause(1))).toEqual(inOrder);
    expect(afterPause(afterPause(inOrder, pause(1)), resume(1))).toEqual(inOrder);
  });

  test('takes a command for the pause that it names alone', () => {
    const paused = { paused: 2, resumed: 1 };
    expect(pausingDenial(paused, pause(2))).toBeNull();
    expect(pausingDenial(paused, resume(2))).toBeNull();
    expect(pausingDenial(paused, pause(3))).toContain('paused already');
    expect(pausingDenial(paused, resume(1))).toContain('another pause');
    const goesOn = { paused: 2, resumed: 2 };
    expect(pausingDenial(goesOn, pause(3))).toBeNull();
    expect(pausingDenial(goesOn, resume(2))).toBeNull();
    expect(pausingDenial(goesOn, pause(2))).toContain('another pause');
    expect(pausingDenial(NEVER_PAUSED, resume(1))).toContain('never paused');
    expect(pausingDenial(NEVER_PAUSED, { action: 'pause' })).toContain('another pause');
  });

  test('cares for no other command', () => {
    expect(afterPause(NEVER_PAUSED, { action: 'cancel' })).toBe(NEVER_PAUSED);
    expect(pausingDenial(NEVER_PAUSED, { action: 'retry' })).toBeNull();
  });
});
