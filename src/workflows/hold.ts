import { CancellationScope, getExternalWorkflowHandle, uuid4, workflowInfo } from '@temporalio/workflow';
import type { Fence } from '../domain/engine.ts';
import { lockWorkflowId, rolloutWorkflowId } from '../domain/names.ts';
import type { StepShape } from '../domain/shape.ts';
import { bookkeeping } from './activities.ts';
import { releaseSignal, type LockGrant } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';

/** What a lease lasts beyond one attempt of the step, so that verifying the outcome of the last request fits too. */
const LEASE_MARGIN_MS = 60_000;

/** How long a request may go unanswered before it is made again: at first, and at most. */
const ASK_AGAIN_MS = { first: 10_000, most: 60_000 };

/** Does `act` while this rollout holds the step's target; a step without a target needs no lock. */
export async function holdingTarget<T>(
  run: PhaseRun,
  step: StepShape,
  act: (fence: Fence | null) => Promise<T>,
): Promise<T> {
  if (step.target === null) return act(null);
  const { environment, rollout } = run.scope;
  const { workflowId, runId } = workflowInfo();
  const id = uuid4();
  run.update(step.name, { state: 'lock' });
  try {
    const request = {
      id,
      owner: `${rolloutWorkflowId(environment, rollout)}/${run.scope.run}`,
      holder: { workflowId, runId },
      leaseMs: step.timeoutMs + LEASE_MARGIN_MS,
    };
    let grant: LockGrant | null = null;
    let patience = ASK_AGAIN_MS.first;
    // Asked again now and then: a lock that was terminated has forgotten who waits, and one request counts once anyway.
    while (grant === null) {
      await bookkeeping.requestLock(environment, step.target, request);
      grant = await run.takeGrant(id, patience);
      patience = Math.min(2 * patience, ASK_AGAIN_MS.most);
    }
    const { token, deadline, lock } = grant;
    return await act({ token, deadline, lock });
  } finally {
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(lockWorkflowId(environment, step.target ?? '')).signal(releaseSignal, id),
    ).catch(() => undefined); // No such lock: there is nothing to give back.
  }
}
