import {
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { wishesQuery, WORKFLOWS, type LockRequest, type Wish } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';
import { isOpenState } from './open-state.ts';

/** What reaches target locks and those who ask them. */
export type LockDeps = Pick<ActivityDeps, 'client' | 'taskQueue'>;

/** gRPC code INVALID_ARGUMENT. */
const NO_ID: ReadonlySet<number> = new Set([3]);

/** How long a workflow may take to answer, in milliseconds. */
export const ANSWER_MS = 5_000;

/** gRPC codes CANCELLED, DEADLINE_EXCEEDED, FAILED_PRECONDITION and UNAVAILABLE: nobody is there to answer. */
const SILENT: ReadonlySet<number> = new Set([1, 4, 9, 14]);

export function isSilence(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && SILENT.has(cause.code);
}

/** Null for a workflow that there is not, also where its id is none that Temporal looks for: a lock that tried for ever would grant nothing. */
export function goneAsNull(error: unknown): null {
  if (error instanceof WorkflowNotFoundError) return null;
  if (error instanceof ServiceError && isGrpcServiceError(error.cause) && NO_ID.has(error.cause.code)) return null;
  throw error;
}

/** Whether a request is what its holder wants. */
export function isWish({ id, owner, leaseMs }: LockRequest, wish: Wish, lock: string): boolean {
  return wish.id === id && wish.owner === owner && wish.leaseMs === leaseMs && wish.lock === lock;
}

/** Which workflows ask for targets; a workflow of ours on our queue is carried out by our code, and asks after it was let begin. */
const ASKERS: ReadonlySet<string> = new Set([WORKFLOWS.phase, WORKFLOWS.drill]);

/** Whether a phase is the child of a rollout of ours; of one whose rollout Temporal has forgotten, that is not known to be untrue. */
async function isOfRollout(phase: WorkflowExecutionDescription, { client, taskQueue }: LockDeps): Promise<boolean> {
  const { workflowId, runId } = phase.raw.workflowExecutionInfo?.parentExecution ?? {};
  if (!workflowId || !runId) return false;
  const parent = await client.workflow.getHandle(workflowId, runId).describe().catch(goneAsNull);
  return parent === null || (parent.type === WORKFLOWS.rollout && parent.taskQueue === taskQueue);
}

/** Whether it was started to begin later, which nothing of ours is: until then it answers nobody. */
function isPutOff({ startTime, executionTime }: WorkflowExecutionDescription): boolean {
  return executionTime !== undefined && executionTime.getTime() > startTime.getTime();
}

/**
 * What a workflow wants of locks by its own word; nothing for one that is closed or not ours.
 *
 * @throws what Temporal says when it does not answer.
 */
export async function wishesOf(
  { client, taskQueue }: LockDeps,
  { workflowId, runId }: LockRequest['holder'],
): Promise<readonly Wish[] | 'silent' | 'cannot say'> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const found = await handle.describe().catch(goneAsNull);
  if (found === null || !isOpenState(found.status.name) || !ASKERS.has(found.type) || found.taskQueue !== taskQueue)
    return [];
  if (isPutOff(found) || (found.type === WORKFLOWS.phase && !(await isOfRollout(found, { client, taskQueue }))))
    return [];
  try {
    return await client.withDeadline(Date.now() + ANSWER_MS, () => handle.query(wishesQuery));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    if (error instanceof QueryNotRegisteredError) return 'cannot say';
    // Who does not answer now holds on, and is asked again.
    if (isSilence(error)) return 'silent';
    throw error;
  }
}
