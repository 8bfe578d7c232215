import { activityInfo } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { WindlassFailure } from '../domain/failure.ts';
import { readDrillInput, readReadinessInput, readRolloutInput, type Read } from '../contract/message-schemas.ts';
import { WORKFLOWS, type RunScope } from '../contract/messages.ts';
import { workflowIdOf, type AnyStart } from './starts.ts';

/** Asks Temporal who calls an activity: what an activity is handed says nothing, since everybody can read and repeat it. */
export interface Callers {
  /**
   * The start of the run that the calling workflow belongs to.
   *
   * @throws WindlassFailure `Unauthorised` when the activity runs by itself, or is called by a workflow that is not the run of
   *   `scope`, nor a phase of it; `TargetUnreachable` when Temporal does not answer.
   */
  startOf(scope: RunScope): Promise<AnyStart>;
}

/** What begins runs, by the type of the workflow. */
const readers = new Map<string, (sent: unknown) => Read<AnyStart>>([
  [WORKFLOWS.rollout, readRolloutInput],
  [WORKFLOWS.drill, readDrillInput],
  [WORKFLOWS.readiness, readReadinessInput],
]);

/** gRPC code NOT_FOUND. */
const NO_RUN: ReadonlySet<number> = new Set([5]);

/** How many runs are remembered: what they began with never changes. */
const REMEMBERED = 1_000;

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

export function temporalCallers(client: Client, taskQueue: string): Callers {
  const starts = new Map<string, AnyStart>();
  const parents = new Map<string, Execution>();

  async function startOf(scope: RunScope): Promise<AnyStart> {
    const { workflowExecution: caller, workflowType } = activityInfo();
    if (caller === undefined) throw unauthorised('it was started by itself', scope);
    const run = workflowType === WORKFLOWS.phase ? await parentOf(caller, scope) : caller;
    if (run.runId !== scope.run) throw unauthorised(`${caller.workflowId} does not belong to run ${scope.run}`, scope);
    const known = starts.get(run.runId);
    const start = known ?? (await readStart(run, scope));
    const isMeant =
      start.environment === scope.environment && start.rollout === scope.rollout && start.bundle === scope.bundle;
    if (!isMeant || !isRunOf(start, run.workflowId))
      throw unauthorised('the run was started with something else', scope);
    remember(starts, run.runId, start);
    return start;
  }

  /** Whose child a phase is. */
  async function parentOf(phase: Execution, scope: RunScope): Promise<Execution> {
    const known = parents.get(phase.runId);
    if (known !== undefined) return known;
    const attributes = await firstEvent(phase, scope);
    const { workflowId = '', runId = '' } = attributes?.parentWorkflowExecution ?? {};
    if (!workflowId || !runId) throw unauthorised(`${phase.workflowId} is the phase of no rollout`, scope);
    const parent = { workflowId, runId };
    remember(parents, phase.runId, parent);
    return parent;
  }

  async function readStart(run: Execution, scope: RunScope): Promise<AnyStart> {
    const attributes = await firstEvent(run, scope);
    const type = attributes?.workflowType?.name;
    if (attributes?.taskQueue?.name !== taskQueue)
      throw unauthorised(`${run.workflowId} is carried out by workers of another task queue`, scope);
    const [payload] = attributes.input?.payloads ?? [];
    const sent: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null;
    const read = readers.get(type ?? '')?.(sent);
    if (read === undefined || 'why' in read)
      throw unauthorised(`${run.workflowId} is no run of a rollout, a drill or a look at the readiness`, scope);
    return read.message;
  }

  /** How an execution was started: its first event, which nothing changes any more. */
  async function firstEvent({ workflowId, runId }: Execution, scope: RunScope) {
    try {
      const { history } = await client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      });
      return history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    } catch (cause) {
      if (isGrpcServiceError(cause) && NO_RUN.has(cause.code))
        throw unauthorised(`Temporal knows no run ${runId}`, scope);
      throw new WindlassFailure('TargetUnreachable', 'Temporal did not say who calls this activity.', {
        object: workflowId,
        next: 'Nothing to do if it passes: the activity is tried again.',
        cause,
      });
    }
  }

  return { startOf };
}

/** Schedules put the time of the firing behind the id. */
function isRunOf(start: AnyStart, workflowId: string): boolean {
  const id = workflowIdOf(start);
  return workflowId === id || ('mode' in start && workflowId.startsWith(`${id}-`));
}

/** The oldest goes when there are too many. */
function remember<T>(known: Map<string, T>, key: string, value: T): void {
  known.set(key, value);
  const [oldest] = known.keys();
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
}

function unauthorised(why: string, { rollout, environment }: RunScope): WindlassFailure {
  return new WindlassFailure('Unauthorised', `Nothing was done: ${why}.`, {
    object: `${rollout} in ${environment}`,
    next: 'Start the rollout with `windlass start`; activities act for its own workflows alone.',
    retryable: false,
  });
}
