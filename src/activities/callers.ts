import { activityInfo } from '@temporalio/activity';
import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { WindlassFailure } from '../domain/failure.ts';
import {
  readDriftInput,
  readDrillInput,
  readFreezeOrder,
  readHealInput,
  readReadinessInput,
  readRolloutInput,
  readRolloutMemory,
} from '../contract/message-schemas.ts';
import type { Read } from '../contract/read.ts';
import { WORKFLOWS, type HealInput, type RunScope } from '../contract/messages.ts';
import type { RunRecord } from '../record/record.ts';
import type { FreezeOrder } from '../domain/freeze-order.ts';
import { freezeWorkflowId, healWorkflowId } from '../domain/names.ts';
import { Newest } from './newest.ts';
import { isOpenState } from './open-state.ts';
import { workflowIdOf, type AnyStart } from './starts.ts';

/** Asks Temporal who calls an activity: what an activity is handed says nothing, since everybody can read and repeat it. */
export interface Callers {
  /**
   * The start of the run that the calling workflow belongs to: the run itself, one that continues it, or a phase of either.
   *
   * @throws WindlassFailure `Unauthorised` when the activity runs by itself, or is called by a workflow that is not the run of
   *   `scope`, nor a phase of it; `TargetUnreachable` when Temporal does not answer.
   */
  startOf(scope: RunScope): Promise<AnyStart>;
  /**
   * Makes sure that the rollout which a calling phase belongs to goes on: whoever reaches Temporal can reset a phase of one that has
   * ended.
   *
   * @throws WindlassFailure `Unauthorised` when it does not; `TargetUnreachable` when Temporal does not answer.
   */
  assertGoesOn(scope: RunScope): Promise<void>;
  /** The same of a run that heals a lock, and has no phases. */
  healOf(scope: RunScope): Promise<HealInput>;
  /** The order of the calling run, which freezes an environment or ends a freeze. */
  freezeOf(environment: string, run: string): Promise<FreezeOrder>;
}

/** What begins runs, by the type of the workflow. */
const readers = new Map<string, (sent: unknown) => Read<AnyStart>>([
  [WORKFLOWS.rollout, readRolloutInput],
  [WORKFLOWS.drill, readDrillInput],
  [WORKFLOWS.readiness, readReadinessInput],
  [WORKFLOWS.drift, readDriftInput],
]);

/** What Temporal's first event of a run says. */
interface Began {
  /** The first run of its chain, where it continues others as new. */
  readonly root: string;
  /** The runs of its chain before it, by the word of the workflow itself. */
  readonly runs: readonly string[];
  readonly start: AnyStart;
}

/** `ContinueAsNewInitiator` of Temporal: the workflow itself, and neither a cron schedule nor a retry. */
const BY_ITSELF: ReadonlySet<unknown> = new Set([1]);

/** gRPC code NOT_FOUND. */
const NO_RUN: ReadonlySet<number> = new Set([5]);

/** How many runs are remembered: what they began with never changes. */
const REMEMBERED = 1_000;

interface Execution {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * @param record remembers which run continued which: whoever reaches Temporal can reset a run, and have the one that comes of it
 *   continue as new, in the name of the first.
 */
export function temporalCallers(client: Client, taskQueue: string, record: Pick<RunRecord, 'firstUse'>): Callers {
  const known = new Newest<string, Began>(REMEMBERED);
  const parents = new Newest<string, Execution>(REMEMBERED);

  async function startOf(scope: RunScope): Promise<AnyStart> {
    const { workflowExecution: caller, workflowType } = activityInfo();
    if (caller === undefined) throw unauthorised('it was started by itself', scope);
    const run = workflowType === WORKFLOWS.phase ? await parentOf(caller, scope) : caller;
    const { root, start } = known.get(run.runId) ?? (await beganOf(run, scope));
    if (root !== scope.run) throw unauthorised(`${caller.workflowId} does not belong to run ${scope.run}`, scope);
    const isMeant =
      start.environment === scope.environment && start.rollout === scope.rollout && start.bundle === scope.bundle;
    if (!isMeant || !isRunOf(start, run.workflowId))
      throw unauthorised('the run was started with something else', scope);
    return start;
  }

  async function assertGoesOn(scope: RunScope): Promise<void> {
    const { workflowExecution: caller, workflowType } = activityInfo();
    if (caller === undefined || workflowType !== WORKFLOWS.phase) return;
    const { workflowId } = await parentOf(caller, scope);
    const now = await orNull(scope, workflowId, () => client.workflow.getHandle(workflowId).describe());
    if (now === null || !isOpenState(now.status.name)) throw unauthorised('the rollout of this phase has ended', scope);
    const run = { workflowId, runId: now.runId };
    const { root } = known.get(run.runId) ?? (await beganOf(run, scope));
    if (root !== scope.run) throw unauthorised('another run of the rollout goes on', scope);
  }

  async function healOf(scope: RunScope): Promise<HealInput> {
    const { workflowId, type, sent } = await ownStart(scope);
    const read = type === WORKFLOWS.lockHeal ? readHealInput(sent) : null;
    if (read === null || 'why' in read) throw unauthorised(`${workflowId} is no run that heals a lock`, scope);
    const { environment, rollout, bundle, target } = read.message;
    const isMeant = environment === scope.environment && rollout === scope.rollout && bundle === scope.bundle;
    if (!isMeant || workflowId !== healWorkflowId(environment, target))
      throw unauthorised('the run was started with something else', scope);
    return read.message;
  }

  async function freezeOf(environment: string, run: string): Promise<FreezeOrder> {
    const scope = { environment, rollout: 'the freeze', run, bundle: '' };
    const { workflowId, type, sent } = await ownStart(scope);
    const read = type === WORKFLOWS.freeze ? readFreezeOrder(sent) : null;
    if (read === null || 'why' in read)
      throw unauthorised(`${workflowId} is no run that freezes an environment`, scope);
    if (read.message.environment !== environment || workflowId !== freezeWorkflowId(environment))
      throw unauthorised('the run was started with something else', scope);
    return read.message;
  }

  /** What the calling workflow was started with, which has no phases and is of this run. */
  async function ownStart(scope: RunScope) {
    const { workflowExecution: caller } = activityInfo();
    if (caller === undefined) throw unauthorised('it was started by itself', scope);
    const { workflowId, runId } = caller;
    if (runId !== scope.run) throw unauthorised(`${workflowId} does not belong to run ${scope.run}`, scope);
    const attributes = await firstEvent(caller, scope);
    if (attributes?.taskQueue?.name !== taskQueue)
      throw unauthorised(`${workflowId} is carried out by workers of another task queue`, scope);
    const [payload] = attributes.input?.payloads ?? [];
    const sent: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null;
    return { workflowId, type: attributes.workflowType?.name, sent };
  }

  /** Whose child a phase is. */
  async function parentOf(phase: Execution, scope: RunScope): Promise<Execution> {
    const parent = parents.get(phase.runId);
    if (parent !== undefined) return parent;
    const attributes = await firstEvent(phase, scope);
    await assertNotReset(phase, attributes, scope);
    const { workflowId, runId } = attributes?.parentWorkflowExecution ?? {};
    if (!workflowId || !runId) throw unauthorised(`${phase.workflowId} is the phase of no rollout`, scope);
    parents.set(phase.runId, { workflowId, runId });
    return { workflowId, runId };
  }

  /**
   * Makes sure that a phase, and the runs which it continues, were not reset: it would open its gates anew and count from one again, so
   * that what was decided before would count once more. A run that Temporal has forgotten cannot be reset.
   */
  async function assertNotReset(
    { workflowId, runId }: Execution,
    attributes: Awaited<ReturnType<typeof firstEvent>>,
    scope: RunScope,
  ): Promise<void> {
    const { originalExecutionRunId: original, continuedExecutionRunId: before } = attributes ?? {};
    if (original && original !== runId)
      throw unauthorised(`${workflowId} was reset, and what was decided before would count again`, scope);
    if (!before) return;
    const previous = { workflowId, runId: before };
    await assertNotReset(previous, await firstEvent(previous, scope), scope);
  }

  async function beganOf(run: Execution, scope: RunScope): Promise<Began> {
    const began = (await readBegan(run, scope)) ?? (await keptBy(run, scope));
    if (began === null) throw unauthorised(`Temporal knows no run ${run.runId}`, scope);
    known.set(run.runId, began);
    return began;
  }

  /** Phases outlive the run that has begun them, which Temporal forgets: then the run that goes on now knows it. */
  async function keptBy({ workflowId, runId }: Execution, scope: RunScope): Promise<Began | null> {
    const now = await orNull(scope, workflowId, () => client.workflow.getHandle(workflowId).describe());
    const began = now === null ? null : await readBegan({ workflowId, runId: now.runId }, scope);
    return began?.runs.includes(runId) === true ? began : null;
  }

  /** Null for a run that Temporal does not know, or not any more. */
  async function readBegan(run: Execution, scope: RunScope): Promise<Began | null> {
    const attributes = await firstEvent(run, scope);
    if (attributes === null) return null;
    const type = attributes?.workflowType?.name;
    if (attributes?.taskQueue?.name !== taskQueue)
      throw unauthorised(`${run.workflowId} is carried out by workers of another task queue`, scope);
    const [sent, handed] = (attributes.input?.payloads ?? []).map((payload): unknown =>
      defaultPayloadConverter.fromPayload(payload),
    );
    const read = readers.get(type ?? '')?.(sent);
    if (read === undefined || 'why' in read)
      throw unauthorised(`${run.workflowId} is no run of a rollout, a drill or a look`, scope);
    const { firstExecutionRunId: first, originalExecutionRunId: original } = attributes;
    // A run that was reset, or that Temporal has begun again by itself, is a run of its own: one start counts for one.
    const continues =
      Boolean(attributes.continuedExecutionRunId) && BY_ITSELF.has(attributes.initiator) && original === run.runId;
    const memory = continues ? readRolloutMemory(handed) : null;
    if (!first || memory === null || 'why' in memory) return { root: run.runId, runs: [], start: read.message };
    const { runs } = memory.message;
    const isNext = await isChain(scope, first, [...runs, run.runId]);
    return isNext ? { root: first, runs, start: read.message } : { root: run.runId, runs: [], start: read.message };
  }

  /** Whether each of these runs is the one that continued the run before it, and the first has begun them all. */
  async function isChain(scope: RunScope, first: string, runs: readonly string[]): Promise<boolean> {
    if (runs[0] !== first) return false;
    for (const [index, run] of runs.slice(1).entries()) {
      const next = await record.firstUse({ ...scope, run }, `continues ${runs[index] ?? ''}`);
      if (next !== run) return false;
    }
    return true;
  }

  /** How an execution was started: its first event, which nothing changes any more. Null for one that there is not. */
  async function firstEvent({ workflowId, runId }: Execution, scope: RunScope) {
    const answer = await orNull(scope, workflowId, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      }),
    );
    return answer === null ? null : answer.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  }

  return { startOf, assertGoesOn, healOf, freezeOf };
}

/** What Temporal answers; null when it knows no such run. @throws WindlassFailure `TargetUnreachable` when it does not answer. */
async function orNull<T>(scope: RunScope, workflowId: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError || (isGrpcServiceError(cause) && NO_RUN.has(cause.code))) return null;
    throw new WindlassFailure('TargetUnreachable', 'Temporal did not say who calls this activity.', {
      object: workflowId,
      next: 'Nothing to do if it passes: the activity is tried again.',
      facts: { run: scope.run },
      cause,
    });
  }
}

/** Schedules put the time of the firing behind the id. */
function isRunOf(start: AnyStart, workflowId: string): boolean {
  const id = workflowIdOf(start);
  return workflowId === id || ('mode' in start && workflowId.startsWith(`${id}-`));
}

function unauthorised(why: string, { rollout, environment }: RunScope): WindlassFailure {
  return new WindlassFailure('Unauthorised', `Nothing was done: ${why}.`, {
    object: `${rollout} in ${environment}`,
    next: 'Start the rollout with `windlass start`; activities act for its own workflows alone.',
    retryable: false,
  });
}
