import { CancellationScope, getExternalWorkflowHandle, uuid4, workflowInfo } from '@temporalio/workflow';
import type { Fence } from '../domain/step-engine.ts';
import { lockWorkflowId } from '../domain/names.ts';
import { doublingPauses } from '../domain/pauses.ts';
import { bookkeepingOf } from './activities.ts';
import type { Grants } from './grants.ts';
import { releaseSignal, type LockGrant } from '../contract/messages.ts';

/** What a lease lasts beyond one attempt of the work, so that verifying the outcome of the last request fits too. */
const LEASE_MARGIN_MS = 60_000;

/** How long a request may go unanswered before it is made again: at first, and at most. */
const ASK_AGAIN = { firstMs: 10_000, mostMs: 60_000 };

/** Who asks for which target. */
export interface Asker {
  readonly environment: string;
  /** Null for work without a target, which needs no lock. */
  readonly target: string | null;
  /** Askers of one owner share the lock; those of different owners exclude each other. */
  readonly owner: string;
  /** How long one attempt of the work may act. */
  readonly timeoutMs: number;
  /** Where the lock's answer arrives. */
  readonly grants: Grants;
  /** Told when the asking begins. */
  readonly onWait: () => void;
}

/**
 * Does `act` while the asker holds its target.
 *
 * @throws CancelledFailure while it waits; ActivityFailure when the lock cannot be asked; what `act` throws.
 */
export async function holdingTarget<T>(asker: Asker, act: (fence: Fence | null) => Promise<T>): Promise<T> {
  const { environment, target } = asker;
  if (target === null) return act(null);
  const { workflowId, runId } = workflowInfo();
  const id = uuid4();
  const lock = lockWorkflowId(environment, target);
  const leaseMs = asker.timeoutMs + LEASE_MARGIN_MS;
  asker.grants.ask(id, { lock, leaseMs, owner: asker.owner });
  asker.onWait();
  try {
    const request = {
      id,
      owner: asker.owner,
      holder: { workflowId, runId },
      leaseMs,
    };
    let grant: LockGrant | null = null;
    const patience = doublingPauses(ASK_AGAIN);
    // Asked again now and then: a lock that was terminated has forgotten who waits, and one request counts once anyway.
    while (grant === null) {
      await bookkeepingOf(`ask for target ${target}`).requestLock(environment, target, request);
      grant = await asker.grants.take(id, patience.next().value, `wait for target ${target}`);
    }
    const { token, deadline } = grant;
    return await act({ token, deadline, lock });
  } finally {
    asker.grants.forget(id);
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(lock).signal(releaseSignal, id)).catch(
      () => undefined,
    ); // No such lock: there is nothing to give back.
  }
}
