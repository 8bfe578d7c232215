import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { DrillShape } from '../contract/activities.ts';
import type { Fence } from '../domain/step-engine.ts';
import { verdictLine } from '../domain/drill/verdict.ts';
import { stepPath } from '../domain/names.ts';
import { bookkeeping, stepActivities, witnessActivity } from './activities.ts';
import { drillDetails, outcomeOf } from './drill-details.ts';
import { newsOf, DrillRun } from './drill-run.ts';
import { readDrillInput, readLockGrant } from '../contract/message-schemas.ts';
import { argument, Mailbox } from './receive.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { holdingTarget } from './hold.ts';
import { tellWebhooks } from './tell.ts';
import { since } from './since.ts';
import {
  drillQuery,
  grantedSignal,
  SEARCH_ATTRIBUTES,
  wishesQuery,
  type DrillInput,
  type DrillStatus,
} from '../contract/messages.ts';

/** How often a drill asks for its target again after its lease ran out under it. */
const FENCE_TRIES = 3;

/**
 * Drills one step apart from its rollout, plants what a scheduled backup must hold, or only looks whether the newest proof
 * is young enough, under the lock of the step's target. However it ends, the record says so, and webhooks are told.
 *
 * @throws ApplicationFailure with the summary of what failed, `ExpectationFailed` for a backup that was refuted;
 *   CancelledFailure.
 */
export async function drill(sent: DrillInput): Promise<DrillStatus> {
  const input = argument('drill', readDrillInput, sent);
  const { workflowId, runId } = workflowInfo();
  const run = new DrillRun(input, workflowId, runId);
  const mailbox = new Mailbox();
  mailbox.on(grantedSignal, readLockGrant, (grant) => {
    run.grants.put(grant);
  });
  mailbox.refuseOthers();
  setHandler(wishesQuery, () => run.grants.wishes());
  setHandler(drillQuery, () => run.status());
  run.shownBy((status) => {
    setCurrentDetails(drillDetails(status));
  });
  try {
    run.shape = await bookkeeping.openDrill(input, runId);
    await carryOut(run, run.shape);
  } catch (error) {
    if (isCancellation(error)) run.cancel();
    else run.fail(summaryOf(error));
  }
  run.enter('closing');
  await CancellationScope.nonCancellable(() => close(run));
  return outcome(run.status());
}

async function carryOut(run: DrillRun, shape: DrillShape): Promise<void> {
  if (run.input.mode === 'freshness') return;
  const asker = {
    environment: run.scope.environment,
    target: shape.step.target,
    // Of its own: neither a rollout nor another drill may act on the target meanwhile.
    owner: `${run.status().workflowId}/${run.scope.run}`,
    timeoutMs: shape.step.timeoutMs,
    grants: run.grants,
    onWait: () => {
      run.enter('waiting for its target');
    },
  };
  for (let tries = 1; ; tries++) {
    try {
      await holdingTarget(asker, (fence) => act(run, shape, fence));
      return;
    } catch (error) {
      if (isCancellation(error) || summaryOf(error).type !== 'FenceLost' || tries === FENCE_TRIES) throw error;
    }
  }
}

async function act(run: DrillRun, { step }: DrillShape, fence: Fence | null): Promise<void> {
  run.enter('acting');
  const { mode, phase } = run.input;
  const summary = `${mode} ${stepPath(phase, step.name)}`;
  if (mode === 'drill') run.judged(await stepActivities(step, summary).drillStep(run.ref, fence));
  else await witnessActivity(step, summary).witnessStep(run.ref, fence);
}

/** The verdict is on record before anything else is said of it. */
async function close(run: DrillRun): Promise<void> {
  const { scope, input } = run;
  const { verdict, failure } = run.status();
  const append = (body: Parameters<typeof bookkeeping.appendRecord>[4]) =>
    bookkeeping.appendRecord(scope, input.phase, input.step, uuid4(), body);
  // The activity that restored has recorded what it saw; a drill that did not come to it is told of here.
  const isRecorded = run.isJudged && since('verdict-by-its-witness');
  if (verdict !== null && !isRecorded) await append({ type: 'drill', verdict });
  if (input.mode === 'witness') await append({ type: 'witness', failure });
  if (run.shape !== null) {
    try {
      const freshness = await bookkeeping.judgeFreshness(run.ref);
      run.looked(freshness);
      const { newest, limit } = freshness;
      if (freshness.stale && !freshness.known) await append({ type: 'stale', newest, limit });
    } catch (error) {
      // A record that cannot be read says nothing of how old proofs are; of the drill it says what it said before.
      if (failure === null) run.fail(summaryOf(error));
    }
  }
  await tellWebhooks(scope.bundle, run.shape?.notifications ?? [], newsOf(run.status()), append);
  run.enter('ended');
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: outcomeOf(run.status()) }]);
}

/** A backup that was refuted fails the workflow: whoever lists drills in the Web UI sees it. */
function outcome(status: DrillStatus): DrillStatus {
  const { verdict, failure, cancelled } = status;
  if (cancelled) throw new CancelledFailure('the drill was cancelled');
  if (failure !== null) throw workflowFailure(failure);
  if (verdict?.verdict !== 'refuted') return status;
  throw workflowFailure({
    type: 'ExpectationFailed',
    message: `The restore speaks against the backup: ${verdictLine(verdict)}.`,
    object: stepPath(status.phase, status.step),
    next: 'Read `windlass drills`, mend the cause, and drill again: until then the backup must be taken for lost.',
    retryable: false,
    facts: { faults: verdict.faults.slice(0, 20) },
  });
}
