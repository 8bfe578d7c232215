import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toHistory } from '../../src/activities/failures.ts';
import { FAILURES, WindlassFailure, type FailureType } from '../../src/domain/failure.ts';

/** The failure as Temporal takes it. */
function seenOf(error: unknown): ApplicationFailure {
  const seen = toHistory(error);
  if (!(seen instanceof ApplicationFailure)) throw new Error('not an ApplicationFailure');
  return seen;
}

describe('what reaches a history of a failed activity', () => {
  test('is the summary of a failure of ours, without its cause', () => {
    const cause = new Error('password=hunter2');
    const failure = new WindlassFailure('SqlFailed', 'The statement failed.', {
      object: 'a.sql:3',
      next: 'Mend it.',
      cause,
    });
    const seen = seenOf(failure);
    expect(seen).toMatchObject({ type: 'SqlFailed', nonRetryable: true, details: [failure.summary()] });
    expect(seen.cause).toBeUndefined();
    expect(JSON.stringify(seen)).not.toContain('hunter2');
  });

  test('says nothing of an unexpected error but its name', () => {
    const error = new TypeError('GET https://user:hunter2@host failed with body {"token":"abc"}');
    const seen = seenOf(error);
    expect(seen).toMatchObject({ type: 'Internal', nonRetryable: false });
    expect(`${seen.message}${JSON.stringify(seen.details)}`).not.toMatch(/hunter2|abc|host/);
    expect(seen.message).toContain('TypeError');
  });

  test('is a cancellation where it was one', () => {
    const cancelled = new CancelledFailure('cancelled');
    expect(toHistory(cancelled)).toBe(cancelled);
  });

  test.each(Object.entries(FAILURES))('%s is retried exactly when its type says so', (type, { retryable }) => {
    const failure = seenOf(new WindlassFailure(type as FailureType, 'x', { next: 'y' }));
    expect(failure.nonRetryable).toBe(!retryable);
  });
});
