import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { rolloutWorkflowId } from '../domain/names.ts';
import { pauseOf } from '../domain/pausing.ts';
import { SATISFIED, type PhaseStatus } from '../domain/status.ts';
import { phaseDetails } from './details.ts';
import {
  commandedSignal,
  decidedSignal,
  grantedSignal,
  phaseChangedSignal,
  phaseQuery,
  wishesQuery,
  type PhaseInput,
} from '../contract/messages.ts';
import { readCommand, readDecision, readLockGrant, readPhaseInput } from '../contract/message-schemas.ts';
import { PhaseRun } from './phase-run.ts';
import { argument, Mailbox } from './receive.ts';
import { carryStep } from './step.ts';
import { pauseTaker } from './take-pause.ts';
import { workflowFailure } from './failures.ts';
import { walk } from './walk.ts';
import { since } from './since.ts';

/**
 * Carries the steps of one phase through, in the order of their needs, and tells the rollout what may be decided upon; whoever
 * wants to know more asks the phase.
 *
 * @throws CancelledFailure; ApplicationFailure `Unauthorised` for a phase that no rollout started. A step that fails is parked and waits; one that was aborted is in the status.
 */
export async function phase(sent: PhaseInput): Promise<PhaseStatus> {
  const input = argument('phase', readPhaseInput, sent);
  assertChild(input);
  const run = new PhaseRun(input);
  const mailbox = new Mailbox();
  mailbox.on(decidedSignal, readDecision, (decision) => {
    run.putDecision(decision);
  });
  const takePause = pauseTaker(run);
  mailbox.on(commandedSignal, readCommand, (command) => {
    if (pauseOf(command) === null) run.putCommand(command);
    else if (patched('pausing')) return takePause(command);
    return undefined;
  });
  mailbox.on(grantedSignal, readLockGrant, (grant) => {
    run.grants.put(grant);
  });
  mailbox.refuseOthers();
  setHandler(wishesQuery, () => run.grants.wishes());
  setHandler(phaseQuery, () => ({ status: run.status(), told: run.told }));
  showProgress(run);
  const told = tellRollout(run);

  const scope = new CancellationScope();
  run.onAbort = () => {
    scope.cancel();
  };
  await scope.run(() =>
    walk(input.phase.steps, {
      begun: (name) => run.step(name).state !== 'pending',
      satisfied: (name) => SATISFIED.has(run.step(name).state),
      // History grows too long: let what runs end, then go on in a new run with the same state.
      mayStart: () => !workflowInfo().continueAsNewSuggested && !scope.consideredCancelled,
      carry: (step) => carryStep(run, step),
    }),
  );
  await CancellationScope.nonCancellable(async () => {
    await condition(told);
    await condition(allHandlersFinished);
  });
  const status = run.status();
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(`phase ${status.name} was cancelled`);
  if (status.steps.some((step) => step.state === 'pending') && status.state !== 'aborted') {
    const { pauses } = run.pause;
    await continueAsNew<typeof phase>({
      ...{ ...input, steps: status.steps, told: run.told },
      ...(pauses === undefined ? {} : { pauses }),
    });
  }
  return status;
}

/**
 * One that anybody started by itself would act for no rollout, and tell one that knows nothing of it how its steps stand. Which run of
 * the rollout has begun it is asked by the activities, before each acts.
 */
function assertChild({ scope, phase: { name } }: PhaseInput): void {
  if (workflowInfo().parent?.workflowId === rolloutWorkflowId(scope.environment, scope.rollout)) return;
  throw workflowFailure({
    type: 'Unauthorised',
    message: 'A phase is carried out for its rollout alone, and this one was not started by it.',
    object: `${scope.rollout} in ${scope.environment}, phase ${name}`,
    next: 'Start the rollout with `windlass start`.',
    retryable: false,
  });
}

/** Keeps the Web UI's details in step with what the phase does: no event, and nobody is told. */
function showProgress(run: PhaseRun): void {
  const show = async () => {
    for (let shown = -1; ;) {
      await condition(() => run.version !== shown);
      shown = run.version;
      setCurrentDetails(phaseDetails(run.status()));
    }
  };
  void CancellationScope.nonCancellable(show);
}

/** Tells the rollout what is new to it, several things at once where they come at once; the answer says whether all is told. */
function tellRollout(run: PhaseRun): () => boolean {
  const { environment, rollout, run: runId } = run.scope;
  // Whichever run of its rollout goes on now; phases of before know only the first, which does not continue.
  const chain = since('tell-chain');
  const parent = getExternalWorkflowHandle(rolloutWorkflowId(environment, rollout), chain ? undefined : runId);
  let telling = false;
  const tell = async () => {
    for (;;) {
      await condition(() => run.hasNews);
      telling = true;
      const news = { phase: run.phase.name, steps: run.takeNews(), ...(chain ? { run: runId } : {}) };
      // Nobody is left to be told where the rollout was terminated; its phases are cancelled.
      await parent.signal(phaseChangedSignal, news).catch(() => undefined);
      telling = false;
    }
  };
  void CancellationScope.nonCancellable(tell);
  return () => !run.hasNews && !telling;
}
