import { activityInfo } from '@temporalio/activity';
import { ScheduleNotFoundError, type Client, type ScheduleDescription } from '@temporalio/client';
import { firingDenial, firingName, nominalTime, type StandingWarrant } from '../domain/drill/warrant.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { DriftInput, DrillInput, ReadinessInput } from '../contract/messages.ts';
import { workflowIdOf } from './starts.ts';

/** How long a schedule may take to tell of a run that it has started, in milliseconds. */
const TOLD_LATE_MS = 10_000;

/**
 * Makes sure that the run whose activity this is was started by its schedule, at one of the times that the warrant names. What a
 * run says of that itself, its id and search attributes, anybody can choose: the schedule is asked, and Temporal's own time of the
 * start is taken.
 *
 * @returns the name of the firing, which counts for one run.
 * @throws WindlassFailure `Unauthorised`; `TargetUnreachable`, to be tried again, while the schedule does not tell of the run yet.
 */
export async function firingOf(
  client: Client,
  input: DrillInput | ReadinessInput | DriftInput,
  warrant: StandingWarrant,
): Promise<string> {
  const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
  const scheduleId = workflowIdOf(input);
  const nominal = nominalTime(workflowId, scheduleId);
  if (nominal === null) throw unauthorised('it was not started by its schedule', workflowId);
  const { startTime } = await client.workflow.getHandle(workflowId, runId).describe();
  const denial = firingDenial(warrant, nominal, startTime.getTime());
  if (denial !== null) throw unauthorised(denial, workflowId);
  if (!(await hasStarted(client, scheduleId, { workflowId, runId }))) {
    if (Date.now() - startTime.getTime() > TOLD_LATE_MS)
      throw unauthorised('its schedule knows nothing of this run', workflowId);
    throw new WindlassFailure('TargetUnreachable', 'The schedule does not tell yet that it has started this run.', {
      object: scheduleId,
      next: 'Nothing to do: it is asked again.',
    });
  }
  return firingName(scheduleId, nominal);
}

async function hasStarted(
  client: Client,
  scheduleId: string,
  run: { readonly workflowId: string; readonly runId: string },
): Promise<boolean> {
  try {
    return startedRuns(await client.schedule.getHandle(scheduleId).describe()).some(
      ({ workflowId, firstExecutionRunId }) => workflowId === run.workflowId && firstExecutionRunId === run.runId,
    );
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) throw unauthorised('there is no such schedule any more', scheduleId);
    throw error;
  }
}

/** The last ten that it has started, and those of all that are open. */
function startedRuns({ info }: ScheduleDescription) {
  return [...info.recentActions.map(({ action }) => action), ...info.runningActions].map(({ workflow }) => workflow);
}

function unauthorised(why: string, workflowId: string): WindlassFailure {
  return new WindlassFailure('Unauthorised', `Nothing was done: ${why}.`, {
    object: workflowId,
    next: 'What a schedule was signed with stands for its firings alone: for one by hand use `windlass drill --key FILE`, `windlass readiness --live --key FILE` or `windlass schedule trigger --key FILE`.',
    retryable: false,
  });
}
