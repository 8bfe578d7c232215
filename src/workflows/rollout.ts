import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  isCancellation,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { RolloutStatus } from '../domain/status.ts';
import { readRolloutInput, readRolloutMemory } from '../contract/message-schemas.ts';
import type { RolloutInput, RolloutMemory, RolloutResult } from '../contract/messages.ts';
import { bookkeepingOf } from './activities.ts';
import { carryPhase, resumePhase, type Carrying } from './carry-phase.ts';
import { Docket } from './docket.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { measure } from './measure.ts';
import { PhaseNewsDesk } from './phase-news.ts';
import { showProgress } from './progress.ts';
import { argument } from './receive.ts';
import { receiveMessages } from './rollout-messages.ts';
import { RolloutRun } from './rollout-run.ts';
import { Succession } from './succession.ts';
import { showWaits } from './waits.ts';
import { walk } from './walk.ts';
import { since } from './since.ts';

/**
 * Carries a bundle through: its phases as child workflows in the order of their needs, decisions and commands received
 * here and handed to them. Before its history grows long it continues as a new run, and its phases go on meanwhile.
 *
 * @param handed what the run before knew, where this one continues it.
 * @throws ApplicationFailure with the summary of what failed, `Aborted` when a step was aborted; CancelledFailure.
 */
export async function rollout(sent: RolloutInput, handed?: RolloutMemory): Promise<RolloutResult> {
  const input = argument('rollout', readRolloutInput, sent);
  const memory = memoryOf(handed);
  const { workflowId, runId, firstExecutionRunId } = workflowInfo();
  const run = new RolloutRun(input, workflowId, memory === null ? runId : firstExecutionRunId, memory);
  // Runs of before believe whatever they are told in the name of a phase, and judge messages without bounds.
  const news = since('phases-asked') ? new PhaseNewsDesk(run, memory) : null;
  // Runs of before have phases that tell them every change.
  const sparing = since('told-what-is-decided');
  const scope = new CancellationScope();
  // What is cancelled ends with this run.
  const succession = mayContinue() ? new Succession(memory, () => !scope.consideredCancelled) : null;
  const docket = new Docket((count) => {
    run.leaveOut(count);
  }, memory?.denials);
  const carrying: Carrying = { phases: new Map(), news, scope, sparing, succession };
  const judge = receiveMessages(run, carrying, docket);
  showProgress(run);
  if (sparing) showWaits(run);

  const result = carryThrough(run, carrying, docket, memory);
  if (succession === null) return result;
  for (const message of memory?.held ?? []) void succession.undivided(() => judge(message)).catch(() => undefined);
  await Promise.race([result, succession.due()]);
  if (succession.isClosed) return result;
  return continueAsNew<typeof rollout>(input, {
    ...run.memory(),
    ...{ runs: succession.runs, open: news?.memory() ?? [], denials: docket.denials, held: succession.held },
  });
}

/** Only a run that continues another has a memory: whoever starts one may hand anything in. */
function memoryOf(handed: RolloutMemory | undefined): RolloutMemory | null {
  if (handed === undefined || workflowInfo().continuedFromExecutionRunId === undefined) return null;
  return argument('memory of a rollout', readRolloutMemory, handed);
}

/**
 * Whether the rollout continues as new: runs of before have phases that would not survive it. What Temporal starts again by itself, by
 * the clock or after a failure, counts for a run of its own, so that one start is not used for many.
 */
function mayContinue(): boolean {
  const { cronSchedule, retryPolicy } = workflowInfo();
  return !cronSchedule && retryPolicy === undefined && since('rollout-continues');
}

async function carryThrough(
  run: RolloutRun,
  carrying: Carrying,
  docket: Docket,
  memory: RolloutMemory | null,
): Promise<RolloutResult> {
  const { phases, news, scope, succession } = carrying;
  const resumed = new Map(memory?.open.map((open) => [open.name, scope.run(() => resumePhase(run, open, carrying))]));
  try {
    await opened(run, succession);
    await scope.run(() =>
      walk(run.shape.phases, {
        resumed,
        begun: (name) => phases.has(name) || news?.hasEnded(name) === true,
        satisfied: (name) => run.phase(name)?.state === 'done' && news?.hasEnded(name) !== false,
        mayStart: () => !scope.consideredCancelled,
        carry: (shape) => carryPhase(run, shape, carrying),
      }),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = summaryOf(error);
    run.fail(failure);
    throw workflowFailure(failure);
  } finally {
    succession?.close();
    await ended(resumed, scope);
    await CancellationScope.nonCancellable(() => close(run, succession, docket));
  }
  return outcome(run.status());
}

/** Whatever ends the rollout, it ends after phases that runs before have begun: nobody else would end them. */
async function ended(resumed: ReadonlyMap<string, Promise<void>>, scope: CancellationScope): Promise<void> {
  if (resumed.size === 0) return;
  scope.cancel();
  await CancellationScope.nonCancellable(() => Promise.all(resumed.values()));
}

/** Opens the bundle, or takes up its skeleton once more. */
async function opened(run: RolloutRun, succession: Succession | null): Promise<void> {
  if (run.opened) run.reopen(await bookkeepingOf('open the bundle again').reopenRollout(run.scope));
  else run.open(await bookkeepingOf('open the bundle').openRollout(run.input, run.scope.run));
  const measuring = () => measure(run, 'before');
  if (!run.measurements.has('before')) await (succession === null ? measuring() : succession.undivided(measuring));
  succession?.begin(run.shape.continueAfter);
}

/** Nothing may be left open when the workflow ends: answers to decisions, what was measured, the verdict in the record. */
async function close(run: RolloutRun, succession: Succession | null, docket: Docket): Promise<void> {
  if (run.measurements.has('before')) await measure(run, 'after');
  if (succession !== null) docket.close();
  await condition(() => allHandlersFinished() && succession?.isBusy !== true);
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
