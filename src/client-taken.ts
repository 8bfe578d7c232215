import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';

/** How long a message is sent again that the rollout could not take up, in milliseconds, and how often. */
const PATIENCE = { forMs: 15_000, everyMs: 200 } as const;

/**
 * Sends an update until the rollout takes it up: it does not while it continues as a new run, which takes a moment, nor while too many
 * wait.
 *
 * @throws what `send` throws.
 */
export async function untilTaken<T>(send: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE.forMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
      await delay(PATIENCE.everyMs);
    }
  }
}

/** gRPC code FAILED_PRECONDITION: the task of the workflow was refused in which the update was to be taken up, as in a flood of signals. */
const TASK_FAILED: ReadonlySet<number> = new Set([9]);

function isBusy(error: unknown): boolean {
  if (error instanceof ServiceError) return isGrpcServiceError(error.cause) && TASK_FAILED.has(error.cause.code);
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'TargetBusy'
  );
}
