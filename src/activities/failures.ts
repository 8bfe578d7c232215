import { ApplicationFailure, CancelledFailure, CompleteAsyncError } from '@temporalio/activity';
import { WindlassFailure, type FailureSummary } from '../domain/failure.ts';

/**
 * The only form in which an error leaves an activity: its summary, and nothing of the error it came from. What is not
 * a `WindlassFailure` is unexpected; its text may hold anything, so it stays in the worker's log.
 */
export function toHistory(error: unknown): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  // No failure: the activity leaves its slot, and ends later.
  if (error instanceof CompleteAsyncError) return error;
  return toFailure(error);
}

/**
 * An error as a failure of an activity.
 *
 * @param more what holds in place of what the error says by itself.
 */
export function toFailure(error: unknown, more: { readonly retryable?: true } = {}): ApplicationFailure {
  const summary = { ...(error instanceof WindlassFailure ? error.summary() : unexpected(error)), ...more };
  return ApplicationFailure.create({
    type: summary.type,
    message: summary.message,
    nonRetryable: !summary.retryable,
    details: [summary],
  });
}

/** An activity whose errors leave in the one form that histories may hold. */
export function guarded<A extends unknown[], R>(work: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      throw toHistory(error);
    }
  };
}

function unexpected(error: unknown): FailureSummary {
  const name = error instanceof Error ? error.name : typeof error;
  return {
    type: 'Internal',
    message: `Something unexpected happened (${name}); the worker's log has the whole of it.`,
    next: "Read the worker's log at this time; if it is a defect of Windlass, report it with that text.",
    retryable: true,
  };
}
