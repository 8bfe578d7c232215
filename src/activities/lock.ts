import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { WindlassFailure } from '../domain/failure.ts';
import type { Fence } from '../domain/step-engine.ts';
import { lockWorkflowId } from '../domain/names.ts';
import { acquireSignal, lockQuery, WORKFLOWS, type LockRequest, type LockState } from '../contract/messages.ts';
import { goneAsNull, isWish, wishesOf, type LockDeps } from './askers.ts';
import { isOpenState } from './open-state.ts';
import type { WindlassActivities } from '../contract/activities.ts';

/** Activities that reach target locks, which workflows cannot start by themselves. */
export function lockActivities(
  deps: LockDeps,
): Pick<WindlassActivities, 'requestLock' | 'isOpen' | 'unwantedRequests' | 'cancelRun'> {
  return {
    async requestLock(environment: string, target: string, request: LockRequest): Promise<void> {
      await deps.client.workflow.signalWithStart(WORKFLOWS.targetLock, {
        workflowId: lockWorkflowId(environment, target),
        taskQueue: deps.taskQueue,
        args: [null],
        signal: acquireSignal,
        signalArgs: [request],
        staticSummary: `lock of target ${target} in ${environment}`,
      });
    },
    isOpen: (workflowId, runId) => isOpen(deps.client, workflowId, runId),
    unwantedRequests: (lock, requests) => unwantedRequests(deps, lock, requests),
    async cancelRun(): Promise<void> {
      // Whose activity it is: whoever asks otherwise cancels nothing but themselves.
      const { workflowId = '', runId = '' } = Context.current().info.workflowExecution ?? {};
      await deps.client.workflow.getHandle(workflowId, runId).cancel();
    },
  };
}

/** How many of those who ask are asked back at a time. */
const ASKED_AT_ONCE = 20;

async function unwantedRequests(
  deps: LockDeps,
  lock: string,
  requests: readonly LockRequest[],
): Promise<readonly string[]> {
  const byHolder = [...Map.groupBy(requests, ({ holder }) => `${holder.runId} ${holder.workflowId}`).values()];
  const unwanted: string[] = [];
  for (let at = 0; at < byHolder.length; at += ASKED_AT_ONCE) {
    const asked = byHolder.slice(at, at + ASKED_AT_ONCE).map(async (own) => {
      const [first] = own as [LockRequest];
      const wishes = await wishesOf(deps, first.holder);
      if (wishes === 'silent') return [];
      // A worker of before does not know the question: there, what is said to be given back is.
      if (wishes === 'cannot say') return own.filter(({ givenBack }) => givenBack === true).map(({ id }) => id);
      return own.filter((request) => !wishes.some((wish) => isWish(request, wish, lock))).map(({ id }) => id);
    });
    unwanted.push(...(await Promise.all(asked)).flat());
  }
  return unwanted;
}

/**
 * Makes sure that the lock itself has granted what the calling workflow was told: anybody can send a workflow a grant.
 *
 * @throws WindlassFailure `FenceLost` when the lock knows of no such grant; what Temporal says when it does not answer.
 */
export async function assertGranted({ client, taskQueue }: LockDeps, fence: Fence): Promise<void> {
  const { workflowId, runId } = Context.current().info.workflowExecution ?? {};
  const handle = client.workflow.getHandle(fence.lock);
  const found = await handle.describe().catch(goneAsNull);
  const isOurs =
    found?.type === WORKFLOWS.targetLock && found.taskQueue === taskQueue && isOpenState(found.status.name);
  const state: LockState | null = isOurs
    ? await client.workflow.getHandle(fence.lock, found.runId).query(lockQuery).catch(goneAsNull)
    : null;
  const holds = [...(state?.held ?? []), ...(state?.givenBack ?? [])];
  const isHeld = holds.some(({ holder }) => holder.workflowId === workflowId && holder.runId === runId);
  if (isHeld && state?.token === fence.token) return;
  throw new WindlassFailure('FenceLost', `The lock of the target (${fence.lock}) knows nothing of this grant.`, {
    object: fence.lock,
    next: 'Nothing to do: the step asks for the target again.',
    facts: { lock: fence.lock, token: fence.token },
  });
}

async function isOpen(client: Client, workflowId: string, runId: string): Promise<boolean> {
  const found = await client.workflow.getHandle(workflowId, runId).describe().catch(goneAsNull);
  return found !== null && isOpenState(found.status.name);
}
