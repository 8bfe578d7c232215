import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  condition,
  isCancellation,
  log,
  ParentClosePolicy,
  patched,
  setHandler,
  sleep,
  startChild,
  uuid4,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { phaseWorkflowId } from '../domain/names.ts';
import type { PhaseShape } from '../domain/shape.ts';
import type { RolloutStatus } from '../domain/status.ts';
import { bookkeepingOf } from './activities.ts';
import { judgeCommand, judgeDecision } from './decisions.ts';
import { Docket } from './docket.ts';
import { readCommand, readDecision, readPhaseNews, readRolloutInput } from '../contract/message-schemas.ts';
import { argument, Mailbox, validator } from './receive.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import {
  commandedSignal,
  commandSignal,
  commandUpdate,
  decidedSignal,
  decideSignal,
  decideUpdate,
  phaseChangedSignal,
  statusQuery,
  WORKFLOWS,
  type Command,
  type RolloutInput,
  type RolloutResult,
} from '../contract/messages.ts';
import type { phase } from './phase.ts';
import { showProgress } from './progress.ts';
import { PhaseNewsDesk } from './phase-news.ts';
import { measure } from './measure.ts';
import { RolloutRun } from './rollout-run.ts';
import { showWaits } from './waits.ts';
import { walk } from './walk.ts';
import type { Decision } from '../domain/gate.ts';

/** How often a phase is tried again whose namesake of an earlier run has not ended. */
const EARLIER_PHASE_MS = 2_000;

/**
 * Carries a bundle through: its phases as child workflows in the order of their needs, decisions and commands received
 * here and handed to them. It never continues-as-new, since open children would not survive it.
 *
 * @throws ApplicationFailure with the summary of what failed, `Aborted` when a step was aborted; CancelledFailure.
 */
export async function rollout(sent: RolloutInput): Promise<RolloutResult> {
  const input = argument('rollout', readRolloutInput, sent);
  const { workflowId, runId } = workflowInfo();
  const run = new RolloutRun(input, workflowId, runId);
  const phases = new Map<string, ChildWorkflowHandle<typeof phase>>();
  // Runs of before believe whatever they are told in the name of a phase, and judge messages without bounds.
  const news = patched('phases-asked') ? new PhaseNewsDesk(run) : null;
  // Runs of before have phases that tell them every change.
  const sparing = patched('told-what-is-decided');
  receiveMessages(run, phases, news);
  showProgress(run);
  if (sparing) showWaits(run);

  const scope = new CancellationScope();
  try {
    run.open(await bookkeepingOf('open the bundle').openRollout(input, runId));
    await measure(run, 'before');
    await scope.run(() =>
      walk(run.shape.phases, {
        begun: (name) => phases.has(name),
        satisfied: (name) => run.phase(name)?.state === 'done' && news?.hasEnded(name) !== false,
        mayStart: () => !scope.consideredCancelled,
        carry: (shape) => carryPhase(run, shape, { phases, news, scope, sparing }),
      }),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = summaryOf(error);
    run.fail(failure);
    throw workflowFailure(failure);
  } finally {
    await CancellationScope.nonCancellable(() => close(run));
  }
  return outcome(run.status());
}

function receiveMessages(
  run: RolloutRun,
  phases: ReadonlyMap<string, ChildWorkflowHandle<typeof phase>>,
  desk: PhaseNewsDesk | null,
): void {
  const docket = new Docket((count) => {
    run.leaveOut(count);
  });
  const doubts = desk === null ? null : { docket, confirm: (name: string) => desk.confirm(name) };
  const deliverDecision = async (decision: Decision) => {
    await phases.get(decision.phase)?.signal(decidedSignal, decision);
  };
  const deliverCommand = async (command: Command) => {
    await phases.get(command.phase)?.signal(commandedSignal, command);
  };
  setHandler(statusQuery, () => run.status());
  const mailbox = new Mailbox((count) => {
    run.drop(count);
  });
  mailbox.on(phaseChangedSignal, readPhaseNews, (news) => {
    if (desk === null) run.phaseChanged(news);
    else desk.take(news);
  });
  const decide = (decision: Decision) =>
    docket.judging(() => judgeDecision(run, decision, { deliver: deliverDecision, doubts }));
  const obey = (command: Command) =>
    docket.judging(() => judgeCommand(run, command, { deliver: deliverCommand, doubts }));
  // An update that is refused leaves no trace; a signal is dropped, with its count.
  const isFull = () => docket.isFull;
  const isDropped = () => doubts !== null && docket.isFull;
  setHandler(decideUpdate, decide, {
    validator: validator('decision', readDecision, isFull),
    description: 'Approve or reject an open gate',
  });
  mailbox.on(decideSignal, readDecision, decide, isDropped);
  setHandler(commandUpdate, obey, {
    validator: validator('command', readCommand, isFull),
    description: 'Retry or abort a parked step',
  });
  mailbox.on(commandSignal, readCommand, obey, isDropped);
  mailbox.refuseOthers();
}

/** What the phases of a rollout are carried with. */
interface Carrying {
  readonly phases: Map<string, ChildWorkflowHandle<typeof phase>>;
  /** Null in runs of before. */
  readonly news: PhaseNewsDesk | null;
  /** Cancelled when nothing else may begin. */
  readonly scope: CancellationScope;
  /** Whether phases tell only what is decided upon. */
  readonly sparing: boolean;
}

async function carryPhase(
  run: RolloutRun,
  shape: PhaseShape,
  { phases, news, scope, sparing }: Carrying,
): Promise<void> {
  news?.begin(shape.name);
  try {
    const handle = await startPhase(run, shape);
    phases.set(shape.name, handle);
    if (sparing) run.phaseBegan(shape.name, handle.firstExecutionRunId);
    const { steps } = await handle.result();
    run.phaseChanged({ phase: shape.name, steps });
    if (run.phase(shape.name)?.state === 'aborted') scope.cancel();
  } catch (error) {
    // Cancelled, or broken beyond what a step can park: what it told last stands, and nothing else may begin.
    if (!scope.consideredCancelled) run.fail(summaryOf(error));
    scope.cancel();
    if (news !== null) await CancellationScope.nonCancellable(() => news.confirm(shape.name));
  } finally {
    news?.end(shape.name);
  }
}

async function startPhase(run: RolloutRun, shape: PhaseShape): Promise<ChildWorkflowHandle<typeof phase>> {
  const { environment, rollout: name } = run.scope;
  for (;;) {
    try {
      return await startChild<typeof phase>(WORKFLOWS.phase, {
        workflowId: phaseWorkflowId(environment, name, shape.name),
        args: [{ scope: run.scope, phase: shape, steps: null }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        staticSummary: `phase ${shape.name} of ${name} to ${environment}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      // Left by a rollout that was terminated: it was asked to end, and what it does under way must end first.
      log.warn('the phase of an earlier run still ends', { phase: shape.name });
      await sleep(EARLIER_PHASE_MS);
    }
  }
}

/** Nothing may be left open when the workflow ends: answers to decisions, what was measured, the verdict in the record. */
async function close(run: RolloutRun): Promise<void> {
  if (run.measurements.has('before')) await measure(run, 'after');
  await condition(allHandlersFinished);
  const verdict = { type: 'verdict', status: run.status() } as const;
  await bookkeepingOf('record: verdict').appendRecord(run.scope, null, null, uuid4(), verdict);
  await condition(() => !run.dirty);
}

function outcome(status: RolloutStatus): RolloutResult {
  const steps = status.phases.flatMap((phase) => phase.steps);
  switch (status.state) {
    case 'done':
      return { status, unchanged: steps.every((step) => step.state === 'unchanged' || step.state === 'skipped') };
    case 'cancelled':
      throw new CancelledFailure('the rollout was cancelled');
    default:
      throw workflowFailure(
        status.failure ?? {
          type: 'Aborted',
          message: `The rollout ended ${status.state}; what was reached stays.`,
          object: status.workflowId,
          next: 'Read `windlass report`, mend the cause, and start again: what is done already is found unchanged.',
          retryable: false,
        },
      );
  }
}
