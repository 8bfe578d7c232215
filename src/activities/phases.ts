import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { phaseWorkflowId } from '../domain/names.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import { phaseQuery } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';

/** What a rollout asks its phases: a signal in the name of one can come from anybody. */
export function phaseActivities({
  client,
  callers,
}: Pick<ActivityDeps, 'client' | 'callers'>): Pick<WindlassActivities, 'askPhase'> {
  return {
    askPhase: guarded(async (scope, phase) => {
      await callers.startOf(scope);
      const id = phaseWorkflowId(scope.environment, scope.rollout, phase);
      try {
        const { runId, raw } = await client.workflow.getHandle(id).describe();
        // Once a phase has ended, anybody can start a workflow of its id: that one is the child of no rollout.
        if (raw.workflowExecutionInfo?.parentExecution?.runId !== scope.run) return null;
        return await client.workflow.getHandle(id, runId).query(phaseQuery);
      } catch (error) {
        // A worker of before, while workers are replaced, does not know the question.
        if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return null;
        throw error;
      }
    }),
  };
}
