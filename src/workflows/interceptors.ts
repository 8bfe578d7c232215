import type { WorkflowInterceptors } from '@temporalio/workflow';

/** What Temporal's SDK keeps for itself. */
const RESERVED = '__temporal_';

/**
 * Lets signals with a name that the SDK keeps for itself come to the mailbox, which counts and drops them: where a workflow has a
 * handler for all others, as ours have, the SDK throws for such a name, and the workflow would fail at it for good.
 */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow: signal } of input.activation.jobs ?? [])
          if (signal?.signalName?.startsWith(RESERVED)) signal.signalName = `reserved: ${signal.signalName}`;
        next(input);
      },
    },
  ],
});
