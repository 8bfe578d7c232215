import { Context } from '@temporalio/activity';
import { isGrpcServiceError, ServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { lockWorkflowId } from '../domain/names.ts';
import { acquireSignal, WORKFLOWS, type LockRequest } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';
import type { WindlassActivities } from '../contract/activities.ts';

/** gRPC code INVALID_ARGUMENT. */
const NO_ID: ReadonlySet<number> = new Set([3]);

/** Activities that reach target locks, which workflows cannot start by themselves. */
export function lockActivities(
  deps: Pick<ActivityDeps, 'client' | 'taskQueue'>,
): Pick<WindlassActivities, 'requestLock' | 'isOpen' | 'cancelRun'> {
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
    async cancelRun(): Promise<void> {
      // Whose activity it is: whoever asks otherwise cancels nothing but themselves.
      const { workflowId = '', runId = '' } = Context.current().info.workflowExecution ?? {};
      await deps.client.workflow.getHandle(workflowId, runId).cancel();
    },
  };
}

async function isOpen(client: Client, workflowId: string, runId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId, runId).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    // An id that Temporal does not even look for is no workflow's: a lock that tried for ever would grant nothing any more.
    if (error instanceof ServiceError && isGrpcServiceError(error.cause) && NO_ID.has(error.cause.code)) return false;
    throw error;
  }
}
