import { defaultFailureConverter } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { payloadConverter } from '../contract/payload-converter.ts';
import { misread, misreadPhase } from '../contract/result-schemas.ts';
import { workflowFailure } from './failures.ts';

/** What Temporal's SDK keeps for itself. */
const RESERVED = '__temporal_';

/** What became of an activity or a child, as the SDK hands it over. */
interface Resolution {
  seq?: number | null;
  result?: object | null;
}
/** What it was completed with. */
type Payload = Parameters<typeof payloadConverter.fromPayload>[0];

/**
 * What comes to a workflow from outside, before the SDK hands it on.
 *
 * Signals with a name that the SDK keeps for itself come to the mailbox, which counts and drops them: where a workflow has a handler
 * for all others, as ours have, the SDK throws for such a name, and the workflow would fail at it for good.
 *
 * What an activity or a phase is completed with is read by its schema: what does not read fails it. It happens here, since another
 * turn of the event loop for each would change the order of what workflows do, and with it histories of before.
 */
export const interceptors = (): WorkflowInterceptors => {
  const activities = new Map<number, string>();
  const phases = new Set<number>();
  return {
    outbound: [
      {
        scheduleActivity(input, next) {
          activities.set(input.seq, input.activityType);
          return next(input);
        },
        scheduleLocalActivity(input, next) {
          activities.set(input.seq, input.activityType);
          return next(input);
        },
        startChildWorkflowExecution(input, next) {
          phases.add(input.seq);
          return next(input);
        },
      },
    ],
    internals: [
      {
        activate(input, next) {
          for (const { signalWorkflow: signal, resolveActivity, resolveChildWorkflowExecution } of input.activation
            .jobs ?? []) {
            if (signal?.signalName?.startsWith(RESERVED)) signal.signalName = `reserved: ${signal.signalName}`;
            if (resolveActivity) {
              const activity = activities.get(resolveActivity.seq ?? 0) ?? '';
              activities.delete(resolveActivity.seq ?? 0);
              readCompletion(`activity ${activity}`, resolveActivity, (result) => misread(activity, result));
            }
            if (resolveChildWorkflowExecution && phases.delete(resolveChildWorkflowExecution.seq ?? 0))
              readCompletion('phase', resolveChildWorkflowExecution, misreadPhase);
          }
          next(input);
        },
      },
    ],
  };
};

/** Fails what was completed with something that does not read. */
function readCompletion(what: string, resolution: Resolution, whyNot: (result: unknown) => string | null): void {
  const completed = (resolution.result as { completed?: { result?: Payload | null } | null } | null)?.completed;
  if (!completed) return;
  const why = whyNot(completed.result ? payloadConverter.fromPayload(completed.result) : undefined);
  if (why === null) return;
  const error = workflowFailure({
    type: 'Interrupted',
    message: `The result of ${what} is none that a worker of ours gives: ${why}.`,
    next: 'Find out who completes activities in the place of your workers (a client of Temporal can), then retry the step.',
    retryable: true,
  });
  resolution.result = { failed: { failure: defaultFailureConverter.errorToFailure(error, payloadConverter) } };
}
