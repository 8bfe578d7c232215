import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure, TimeoutFailure } from '@temporalio/workflow';
import { readFailure } from '../contract/result-schemas.ts';
import type { FailureSummary } from '../domain/failure.ts';

/** A failure of the workflow's own making, in the form that activities use too: its summary is the first detail. */
export function workflowFailure(summary: FailureSummary): ApplicationFailure {
  return ApplicationFailure.create({
    type: summary.type,
    message: summary.message,
    nonRetryable: true,
    details: [summary],
  });
}

/** What is known of a failed activity or child, whatever wraps it. */
export function summaryOf(error: unknown): FailureSummary {
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return readFailure(cause.details?.[0]) ?? internal(cause.message);
  }
  if (cause instanceof TimeoutFailure)
    return {
      type: 'Interrupted',
      message: `No worker finished the work in its time (${cause.timeoutType}).`,
      next: 'Check that workers run and that the target answers, then retry the step.',
      retryable: true,
    };
  return internal(cause instanceof Error ? cause.name : 'unknown');
}

function internal(what: string): FailureSummary {
  return {
    type: 'Internal',
    message: `Something unexpected happened: ${what}.`,
    next: "Read the worker's log at this time, then retry the step.",
    retryable: true,
  };
}
