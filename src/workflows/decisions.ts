import { CancellationScope, patched, uuid4 } from '@temporalio/workflow';
import { denialOf, parkingDenial, type Decision, type DecisionAnswer } from '../domain/gate.ts';
import { stepPath } from '../domain/names.ts';
import { bookkeeping } from './activities.ts';
import type { Command, CommandAnswer } from '../contract/messages.ts';
import type { RolloutRun } from './rollout-run.ts';

/** What stands behind a message: the phase that it is for. */
export interface Addressee<T> {
  /** Makes sure that the rollout knows how a phase stands, whatever it was told. */
  readonly confirm: (phase: string) => Promise<void>;
  readonly deliver: (message: T) => Promise<void>;
}

/**
 * Judges a decision, records it with the answer, and hands it to `deliver` when it stands.
 *
 * @throws ActivityFailure when the signature cannot be judged or the record not be written; what `deliver` throws.
 */
export async function judgeDecision(
  run: RolloutRun,
  decision: Decision,
  { confirm, deliver }: Addressee<Decision>,
): Promise<DecisionAnswer> {
  const { phase, step, verdict } = decision;
  const [signature] = await Promise.all([bookkeeping.judgeSignature(run.scope.bundle, decision), confirm(phase)]);
  const denial =
    signature ??
    denialOf(decision, {
      bundle: run.scope.bundle,
      run: run.scope.run,
      startedBy: run.input.startedBy,
      gates: run.gates(),
      groups: run.shape.groups,
      selfApproval: run.shape.selfApproval,
      ...(patched('identities') ? {} : { exactNames: true }),
    });
  // Claimed before anything is awaited: of two decisions at once, one stands.
  if (denial === null) run.claim(phase, step);
  await bookkeeping.appendRecord(run.scope, phase, step, uuid4(), { type: 'decision', decision, denial });
  if (denial !== null) return { accepted: false, reason: denial };
  await deliver(decision);
  return { accepted: true, phase, step, verdict };
}

/**
 * Judges a command, records it with the answer, and hands it to `deliver` when it is for a parked step.
 *
 * @throws ActivityFailure when the signature cannot be judged or the record not be written; what `deliver` throws.
 */
export async function judgeCommand(
  run: RolloutRun,
  command: Command,
  { confirm, deliver }: Addressee<Command>,
): Promise<CommandAnswer> {
  const { action, by, comment, phase, step } = command;
  const [signature] = await Promise.all([bookkeeping.judgeSignature(run.scope.bundle, command), confirm(phase)]);
  const denial = signature ?? commandDenial(run, command);
  const at = action === 'cancel' ? null : { phase, step };
  await bookkeeping.appendRecord(run.scope, at?.phase ?? null, at?.step ?? null, uuid4(), {
    type: 'command',
    action,
    by,
    comment,
    denial,
    signature: command.signature,
    ...(command.parking === undefined ? {} : { parking: command.parking }),
  });
  if (denial !== null) return { accepted: false, reason: denial };
  if (at) await deliver(command);
  else if (patched('cancel-by-command')) await cancelItself();
  return { accepted: true };
}

/** By way of Temporal, so that it shows the run as cancelled; the answer is not cut off by what it brings about. */
async function cancelItself(): Promise<void> {
  await CancellationScope.nonCancellable(() => bookkeeping.cancelRun());
}

function commandDenial(run: RolloutRun, command: Command): string | null {
  if (command.run !== run.scope.run)
    return `the command is for run ${command.run}, the running one is ${run.scope.run}`;
  if (command.action === 'cancel') return null;
  const at = stepPath(command.phase, command.step);
  const found = run.phase(command.phase)?.steps.find((step) => step.name === command.step);
  if (found === undefined) return `there is no step ${at}`;
  return found.state === 'parked'
    ? parkingDenial(command.parking, found, at)
    : `${at} is not parked but ${found.state}`;
}
