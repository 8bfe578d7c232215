import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  sleep,
  startChild,
  type ChildWorkflowHandle,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { phaseWorkflowId } from '../domain/names.ts';
import type { PhaseShape } from '../domain/shape.ts';
import type { StepStatus } from '../domain/status.ts';
import { commandedSignal, WORKFLOWS, type AskedPhase, type OpenPhase } from '../contract/messages.ts';
import { phaseReader, phaseWatch } from './activities.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import type { phase } from './phase.ts';
import type { PhaseNewsDesk } from './phase-news.ts';
import type { RolloutRun } from './rollout-run.ts';
import type { Succession } from './succession.ts';

/** How often a phase is tried again whose namesake of an earlier run has not ended. */
const EARLIER_PHASE_MS = 2_000;
/** How often a phase that has ended is asked again how. */
const ASK_AGAIN_MS = 10_000;

/** What the phases of a rollout are carried with. */
export interface Carrying {
  /** How phases that were begun are reached. */
  readonly phases: Map<string, Pick<ExternalWorkflowHandle, 'signal'>>;
  /** Null in runs of before. */
  readonly news: PhaseNewsDesk | null;
  /** Cancelled when nothing else may begin. */
  readonly scope: CancellationScope;
  /** Whether phases tell only what is decided upon. */
  readonly sparing: boolean;
  /** Null in runs that never continue as new. */
  readonly succession: Succession | null;
}

/** Begins a phase and carries it through. Never rejects: what becomes of it is in the run. */
export async function carryPhase(run: RolloutRun, shape: PhaseShape, carrying: Carrying): Promise<void> {
  if (run.pause.by !== null && !(await isResumed(run))) {
    run.giveUp(shape.name);
    return;
  }
  carrying.news?.begin(shape.name);
  await carriedToEnd(run, shape.name, carrying, async () => {
    const handle = await startPhase(run, shape, carrying.succession);
    carrying.phases.set(shape.name, handle);
    // Paused while it was begun: nobody has told it.
    const { by } = run.pause;
    if (by !== null) void handle.signal(commandedSignal, by).catch(() => undefined);
    if (carrying.sparing) run.phaseBegan(shape.name, handle.firstExecutionRunId);
    return (await handle.result()).steps;
  });
}

/** Goes on with a phase that a run before has begun. Never rejects. */
export async function resumePhase(run: RolloutRun, { name, run: first }: OpenPhase, carrying: Carrying): Promise<void> {
  const { environment, rollout } = run.scope;
  const phase = getExternalWorkflowHandle(phaseWorkflowId(environment, rollout, name));
  carrying.phases.set(name, phase);
  await carriedToEnd(run, name, carrying, async () => {
    try {
      await phaseWatch.awaitPhase(run.scope, name, first);
    } catch (error) {
      if (!isCancellation(error)) throw error;
      await CancellationScope.nonCancellable(async () => {
        // One that has ended meanwhile cannot be cancelled, and need not be.
        await phase.cancel().catch(() => undefined);
        await phaseWatch.awaitPhase(run.scope, name, first);
      });
      throw error;
    }
    return endOf(run, name, first);
  });
}

/** Whether a pause ends, and not the rollout. */
async function isResumed(run: RolloutRun): Promise<boolean> {
  try {
    await run.pause.over();
    return true;
  } catch {
    return false;
  }
}

async function carriedToEnd(
  run: RolloutRun,
  name: string,
  { news, scope }: Carrying,
  carry: () => Promise<readonly StepStatus[]>,
): Promise<void> {
  try {
    run.phaseChanged({ phase: name, steps: await carry() });
    if (run.phase(name)?.state === 'aborted') scope.cancel();
  } catch (error) {
    // Cancelled, or broken beyond what a step can park: what it told last stands, and nothing else may begin.
    if (!scope.consideredCancelled) run.fail(summaryOf(error));
    scope.cancel();
    if (news !== null) await CancellationScope.nonCancellable(() => news.confirm(name));
  } finally {
    news?.end(name);
  }
}

async function startPhase(
  run: RolloutRun,
  shape: PhaseShape,
  succession: Succession | null,
): Promise<ChildWorkflowHandle<typeof phase>> {
  const { environment, rollout: name } = run.scope;
  const workflowId = phaseWorkflowId(environment, name, shape.name);
  const start = () =>
    startChild<typeof phase>(WORKFLOWS.phase, {
      workflowId,
      args: [
        {
          scope: run.scope,
          phase: shape,
          steps: null,
          ...(run.pause.pauses.paused === 0 ? {} : { pauses: run.pause.pauses }),
        },
      ],
      // Temporal counts a run that continues as new for closed. Workers end the phases of a rollout that is really gone.
      parentClosePolicy: succession === null ? ParentClosePolicy.REQUEST_CANCEL : ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `phase ${shape.name} of ${name} to ${environment}`,
    });
  for (;;) {
    try {
      const handle = await (succession === null ? start() : succession.undivided(start));
      run.holdUp(shape.name, null);
      return handle;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      run.holdUp(shape.name, heldUpBy(workflowId));
      // Left by a rollout that was terminated: it is asked to end, and what it does under way must end first.
      log.warn('the phase of an earlier run still ends', { phase: shape.name });
      if (succession !== null)
        await getExternalWorkflowHandle(workflowId)
          .cancel()
          .catch(() => undefined);
      await sleep(EARLIER_PHASE_MS);
    }
  }
}

/** Anybody who reaches Temporal can have begun it, and have it carried out by nobody. */
function heldUpBy(workflowId: string): string {
  return (
    `Workflow ${workflowId} goes on, which this run has not begun: it is asked to end, and waited for. ` +
    `If it stays, end it: temporal workflow terminate --workflow-id ${workflowId}`
  );
}

/** How the steps of a phase stand that has ended. @throws ApplicationFailure, CancelledFailure when it is not done. */
async function endOf(run: RolloutRun, name: string, first: string): Promise<readonly StepStatus[]> {
  for (;;) {
    let asked: AskedPhase | null | 'silent';
    try {
      asked = await phaseReader(name).askPhase(run.scope, name, first);
    } catch (error) {
      if (isCancellation(error)) throw error;
      asked = 'silent';
    }
    if (asked !== 'silent' && asked?.ended !== undefined) {
      if (asked.ended === 'COMPLETED') return asked.status.steps;
      if (asked.ended === 'CANCELLED') throw new CancelledFailure(`phase ${name} was cancelled`);
    }
    if (asked === null || (asked !== 'silent' && asked.ended !== undefined)) throw lost(run, name);
    await sleep(ASK_AGAIN_MS);
  }
}

function lost(run: RolloutRun, name: string) {
  const { environment, rollout } = run.scope;
  return workflowFailure({
    type: 'Interrupted',
    message: 'A phase of the rollout ended without a result: it was terminated, or has failed.',
    object: phaseWorkflowId(environment, rollout, name),
    next: 'Read the phase in the Web UI, and start the rollout again: what is done already is found unchanged.',
    retryable: false,
  });
}
