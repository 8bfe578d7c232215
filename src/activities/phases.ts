import { QueryNotRegisteredError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { phaseWorkflowId } from '../domain/names.ts';
import { phaseQuery } from '../contract/messages.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { isOpenState } from './open-state.ts';
import { leaveTo } from './onlookers.ts';

/** How often it is looked whether phases have ended that an earlier run of their rollout has begun. */
const LOOK_MS = 2_000;

/** What a rollout asks its phases: a signal in the name of one can come from anybody. */
export function phaseActivities({
  client,
  callers,
  watcher,
}: Pick<ActivityDeps, 'client' | 'callers' | 'watcher'>): Pick<WindlassActivities, 'askPhase' | 'awaitPhase'> {
  return {
    askPhase: guarded(async (scope, phase, first) => {
      await callers.startOf(scope);
      const id = phaseWorkflowId(scope.environment, scope.rollout, phase);
      try {
        const { runId, raw, status } = await client.workflow.getHandle(id).describe();
        const { parentExecution, firstRunId } = raw.workflowExecutionInfo ?? {};
        // Once a phase has ended, anybody can start a workflow of its id: that one is the child of no rollout.
        if (first === undefined ? parentExecution?.runId !== scope.run : firstRunId !== first) return null;
        const answer = await client.workflow.getHandle(id, runId).query(phaseQuery);
        return { ...answer, ...(isOpenState(status.name) ? {} : { ended: status.name }) };
      } catch (error) {
        // A worker of before, while workers are replaced, does not know the question.
        if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return null;
        throw error;
      }
    }),

    awaitPhase: guarded(async (scope, phase, first) => {
      await callers.startOf(scope);
      const { environment, rollout, run } = scope;
      const id = phaseWorkflowId(environment, rollout, phase);
      return leaveTo(
        watcher,
        { environment, rollout, run, phase },
        {
          place: 'phases',
          pauseMs: LOOK_MS,
          look: () => hasEnded(client, id, first),
        },
      );
    }),
  };
}

async function hasEnded(client: Client, workflowId: string, first: string): Promise<boolean> {
  try {
    const { raw, status } = await client.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.firstRunId !== first || !isOpenState(status.name);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
