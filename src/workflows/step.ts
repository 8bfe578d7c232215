import { isCancellation, uuid4 } from '@temporalio/workflow';
import { isUnchanged, type PlanSummary } from '../domain/change.ts';
import type { Fence } from '../domain/step-engine.ts';
import { parkingDenial, runDenial } from '../domain/gate.ts';
import { skipDenial } from '../domain/operating.ts';
import { rolloutWorkflowId, stepPath } from '../domain/names.ts';
import type { StepShape } from '../domain/shape.ts';
import { bookkeepingOf, stepActivities } from './activities.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { needsGate, waitAtGate } from './gate-wait.ts';
import { holdingTarget, type Asker } from './hold.ts';
import { missingProof, missingReadiness, type Approved } from './missing.ts';
import type { Command } from '../contract/messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { since } from './since.ts';

/** How often a step asks for its target again after its lease ran out under it. */
const FENCE_TRIES = 3;

/** Carries one step to a settled state. Failures park it until an operator retries or aborts; it never rejects. */
export async function carryStep(run: PhaseRun, step: StepShape): Promise<void> {
  const settle = (state: 'done' | 'unchanged' | 'skipped' | 'skipped by hand' | 'cancelled' | 'aborted') => {
    run.update(step.name, { state, endedAt: now() });
  };
  if (run.pause.isOn) {
    try {
      await run.pause.over();
    } catch {
      settle('cancelled');
      return;
    }
  }
  run.update(step.name, { startedAt: now() });
  if (!step.included) {
    settle('skipped');
    return;
  }
  try {
    for (;;) {
      try {
        settle(await act(run, step));
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const wanted = await parked(run, step, error);
        if (wanted === 'retry') continue;
        settle(wanted === 'skip' ? 'skipped by hand' : 'aborted');
        if (wanted === 'abort') run.onAbort();
        return;
      }
    }
  } catch {
    // Only cancellation gets here: everything else has parked the step above.
    settle('cancelled');
  }
}

async function act(run: PhaseRun, step: StepShape): Promise<'done' | 'unchanged'> {
  let approved: Approved | null = null;
  for (let tries = 1; ;) {
    if (run.pause.isOn) await held(run, step);
    const plan = await planned(run, step);
    if (plan && isUnchanged(plan)) {
      await verified(run, step);
      return 'unchanged';
    }
    const mustAsk = needsGate(step, plan, approved?.destructiveDigest ?? null);
    // A gate that opens in any case finds by itself what is missing.
    const isLookedFor = !mustAsk || !since('opened-at-hand');
    const proof = isLookedFor ? await missingProof(run, step, plan, approved) : null;
    if (proof !== null || mustAsk) {
      const known = isLookedFor ? { proof, readiness: await missingReadiness(run, step) } : null;
      const answer = await waitAtGate(run, step, plan, known);
      if (answer === 'look again') continue;
      const { until, lacked } = answer;
      // It may have fallen while people thought: then they were not shown what they would have to waive.
      if (lacked.readiness === null && (await missingReadiness(run, step)) !== null) continue;
      approved = {
        ...{ destructiveDigest: plan?.destructiveDigest ?? '', waived: lacked.proof !== null, until },
        pausedMs: run.pause.ms,
      };
    }
    if (plan === null) {
      if (run.pause.isOn) await held(run, step);
      return 'done';
    }
    if (run.pause.isOn) continue;
    const outcome: Outcome = await holdingTarget(askerOf(run, step), (fence) =>
      applied(run, step, fence, plan, approved),
    );
    if (outcome === 'fence lost' && ++tries > FENCE_TRIES) throw leaseTooShort(run, step);
    // Whoever approved did so for a time: once it is over, somebody must be asked again.
    if (outcome === 'expired') approved = null;
    if (outcome !== 'done') continue;
    await verified(run, step);
    return 'done';
  }
}

/** Nothing of a step is begun while its run is paused; what was begun has come to its end, and no target is held. */
async function held(run: PhaseRun, step: StepShape): Promise<void> {
  run.update(step.name, { state: 'pending' });
  await run.pause.over();
}

type Outcome = 'done' | 'reopen' | 'expired' | 'fence lost' | 'paused';

/** A target may be waited for until long after an approval. */
function isExpired(run: PhaseRun, { until, pausedMs }: Approved): boolean {
  const now = Date.now() - (run.pause.ms - pausedMs);
  return until !== null && now >= Date.parse(until) && since('approval-expires');
}

/** All steps of one run share its targets. */
function askerOf(run: PhaseRun, step: StepShape): Asker {
  const { environment, rollout, run: runId } = run.scope;
  return {
    environment,
    target: step.target,
    owner: `${rolloutWorkflowId(environment, rollout)}/${runId}`,
    timeoutMs: step.timeoutMs,
    grants: run.grants,
    onWait: () => {
      run.update(step.name, { state: 'lock' });
    },
  };
}

function leaseTooShort(run: PhaseRun, step: StepShape) {
  return workflowFailure({
    type: 'FenceLost',
    message: `The lease on target ${step.target ?? ''} ran out ${FENCE_TRIES} times before the step was through.`,
    object: stepPath(run.phase.name, step.name),
    next: 'Give the step a longer timeout, or find what makes it slow, then retry it.',
    retryable: false,
  });
}

/** The plan of a step; null for a bare approval, which plans nothing. */
async function planned(run: PhaseRun, step: StepShape): Promise<PlanSummary | null> {
  run.update(step.name, { state: 'planning' });
  if (step.kind === 'approval') return null;
  const plan = await stepActivities(step, summary(run, step, 'plan')).planStep(run.ref(step.name));
  run.update(step.name, { plan });
  return plan;
}

/**
 * Applies under the fence, after looking once more whether what was approved is still what would be destroyed, and whether
 * the proof that let it go without a waiver has not grown too old while people thought.
 */
async function applied(
  run: PhaseRun,
  step: StepShape,
  fence: Fence | null,
  before: PlanSummary,
  approved: Approved | null,
): Promise<Outcome> {
  let plan: PlanSummary | null = before;
  // Paused while it waited for its target, which is given back.
  if (run.pause.isOn) return 'paused';
  if (approved !== null) {
    if (isExpired(run, approved)) return 'expired';
    plan = await planned(run, step);
    if (needsGate(step, plan, approved.destructiveDigest)) return 'reopen';
    if ((await missingProof(run, step, plan, approved)) !== null) return 'reopen';
  }
  run.update(step.name, { state: 'applying' });
  try {
    const { applyStep } = stepActivities(step, summary(run, step, 'apply'));
    const { changes } = await applyStep(run.ref(step.name), fence, plan?.destructiveDigest);
    run.update(step.name, { plan: changes });
    return 'done';
  } catch (error) {
    if (!isCancellation(error) && summaryOf(error).type === 'FenceLost') return 'fence lost';
    throw error;
  }
}

async function verified(run: PhaseRun, step: StepShape): Promise<void> {
  run.update(step.name, { state: 'verifying' });
  await stepActivities(step, summary(run, step, 'verify')).verifyStep(run.ref(step.name));
}

/** Parks a failed step and waits for what the operator wants. */
async function parked(run: PhaseRun, step: StepShape, error: unknown): Promise<'retry' | 'abort' | 'skip'> {
  const failure = summaryOf(error);
  const parkings = since('once') ? { parkings: (run.step(step.name).parkings ?? 0) + 1 } : {};
  run.update(step.name, { state: 'parked', failure, ...parkings });
  const at = stepPath(run.phase.name, step.name);
  const body = { type: 'parked', failure } as const;
  try {
    await bookkeepingOf(`record: parked ${at}`).appendRecord(run.scope, run.phase.name, step.name, uuid4(), body);
  } catch (error) {
    // Tried until it works, unless somebody says in the place of the worker that it has failed: the step waits all the same.
    if (isCancellation(error)) throw error;
  }
  const command = await confirmedCommand(run, step);
  if (command.action === 'abort') return 'abort';
  if (command.action === 'skip') {
    run.update(step.name, { failure: null, decidedBy: `skipped by ${command.by}: ${command.comment}` });
    return 'skip';
  }
  // What was decided over a gate that is closed counts for no other: one that came too late would open the next.
  if (since('approval-expires')) run.forgetDecisions(step.name);
  run.update(step.name, { state: 'pending', failure: null });
  return 'retry';
}

/** Anybody can send a phase what looks like a command that the rollout has judged: what is denied is put on record. */
async function confirmedCommand(run: PhaseRun, step: StepShape): Promise<Command> {
  const at = stepPath(run.phase.name, step.name);
  for (;;) {
    const command = await run.nextCommand(step.name);
    if (!since('confirmed')) return command;
    try {
      const denial =
        runDenial('command', command.run, run.scope.run) ??
        parkingDenial(command.parking, run.step(step.name), at) ??
        (command.action === 'skip' ? skipDenial(at, step.kind, command.comment) : null) ??
        (await bookkeepingOf(`check ${command.action} of ${at}`).judgeSignature(run.scope.bundle, command));
      if (denial === null) return command;
      const { action, by, comment } = command;
      const body = { type: 'command', action, by, comment, denial } as const;
      if (run.recordsDenials)
        await bookkeepingOf(`record: denied ${action} of ${at}`).appendRecord(
          run.scope,
          run.phase.name,
          step.name,
          uuid4(),
          body,
        );
    } catch (error) {
      // As above: a command that could not be judged must be sent again.
      if (isCancellation(error)) throw error;
    }
    run.denied();
  }
}

function summary(run: PhaseRun, step: StepShape, verb: string): string {
  return `${verb} ${stepPath(run.phase.name, step.name)} (${step.kind})`;
}

function now(): string {
  return new Date().toISOString();
}
