import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { lockQuery, WORKFLOWS, type LockRequest, type LockState } from '../contract/messages.ts';
import { emptyLock, type LockMemory } from '../domain/lock.ts';
import { healedLock, type HealedLock, type Standing } from '../domain/lock-healing.ts';
import { ANSWER_MS, goneAsNull, isSilence, isWish, wishesOf, type LockDeps } from './askers.ts';
import { isOpenState } from './open-state.ts';

/** A workflow task that has failed so often will fail again: Temporal tries for ever. */
const FAILED_TASKS = 3;

/** A lock as it stands, and what it should remember instead; `healed` is null where nothing is wrong. */
interface FoundLock {
  /** Null where there is none, or it does not tell. */
  readonly memory: LockMemory | null;
  /** Whether it is known what it gives next. */
  readonly told: boolean;
  readonly healed: HealedLock | null;
  /** What stands in the way and is not known to be wrong, in words. */
  readonly left: readonly string[];
}

/**
 * Looks at a lock, and asks those who are said to hold it or to wait for it. Changes nothing.
 *
 * @throws what Temporal says when it does not answer.
 */
export async function lookAtLock(deps: LockDeps, lock: string): Promise<FoundLock> {
  const found = await deps.client.workflow.getHandle(lock).describe().catch(goneAsNull);
  if (found === null || !isOpenState(found.status.name)) return { memory: null, told: true, healed: null, left: [] };
  if (found.type !== WORKFLOWS.targetLock || found.taskQueue !== deps.taskQueue)
    return broken(`a workflow of type ${found.type} on task queue ${found.taskQueue} runs in its place`);
  const state = await stateOf(deps.client, found);
  if (state === null) {
    if (isStuck(found)) return broken('Temporal cannot go on with it');
    const silence = 'it does not answer, and was left as it is, and so was what the target remembers';
    return { memory: null, told: false, healed: null, left: [silence] };
  }
  const memory = memoryOf(state);
  const standings = new Map<string, Standing>();
  for (const request of [...memory.held, ...memory.queue])
    standings.set(request.id, await standingOf(deps, lock, request));
  return { memory, told: true, healed: healedLock(memory, standings, Date.now()), left: leftOf(memory, standings) };
}

/**
 * Lets a lock go on with another memory, in the place of whatever has its name.
 *
 * @throws what Temporal says when it does not answer.
 */
export async function restartLock({ client, taskQueue }: LockDeps, lock: string, memory: LockMemory): Promise<void> {
  await client.workflow.start(WORKFLOWS.targetLock, {
    ...{ workflowId: lock, taskQueue, args: [memory] },
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `${lock}, healed`,
  });
}

function broken(fault: string): FoundLock {
  return { memory: null, told: true, healed: { memory: emptyLock(), faults: [fault] }, left: [] };
}

/** Null where it does not answer. */
async function stateOf(client: Client, { workflowId, runId }: WorkflowExecutionDescription): Promise<LockState | null> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId);
    return await client.withDeadline(Date.now() + ANSWER_MS, () => handle.query(lockQuery));
  } catch (error) {
    if (isSilence(error)) return null;
    throw error;
  }
}

/** What is shown of a lock leaves apart what was given back; it may be held all the same. */
function memoryOf({ token, owner, held, queue, givenBack = [] }: LockState): LockMemory {
  const holds = [...held, ...givenBack];
  return { token, owner: owner ?? holds[0]?.owner ?? null, held: holds, queue };
}

async function standingOf(deps: LockDeps, lock: string, request: LockRequest): Promise<Standing> {
  const wishes = await wishesOf(deps, request.holder);
  if (wishes === 'cannot say') return request.givenBack === true ? 'unwanted' : 'wanted';
  if (wishes !== 'silent') return wishes.some((wish) => isWish(request, wish, lock)) ? 'wanted' : 'unwanted';
  const { workflowId, runId } = request.holder;
  const found = await deps.client.workflow.getHandle(workflowId, runId).describe().catch(goneAsNull);
  return found !== null && isStuck(found) ? 'stuck' : 'silent';
}

function isStuck({ raw }: WorkflowExecutionDescription): boolean {
  return (raw.pendingWorkflowTask?.attempt ?? 0) >= FAILED_TASKS;
}

function leftOf({ held }: LockMemory, standings: ReadonlyMap<string, Standing>): readonly string[] {
  return held.flatMap(({ id, holder, deadline }) => {
    const until = `until ${new Date(deadline).toISOString()}`;
    if (standings.get(id) === 'wanted') return [`held by ${holder.workflowId}, which wants it, ${until}`];
    return standings.get(id) === 'silent' ? [`held by ${holder.workflowId}, which does not answer, ${until}`] : [];
  });
}
