import { CancellationScope, uuid4 } from '@temporalio/workflow';
import { denialOf, parkingDenial, runDenial, type Decision, type DecisionAnswer } from '../domain/gate.ts';
import { isOfRollout, skipDenial } from '../domain/operating.ts';
import { stepPath } from '../domain/names.ts';
import { pauseOf, pausingDenial } from '../domain/pausing.ts';
import { visible } from '../domain/visible.ts';
import { atHand, bookkeeping, bookkeepingOf } from './activities.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import type { Command, CommandAnswer } from '../contract/messages.ts';
import type { Docket } from './docket.ts';
import type { RolloutRun } from './rollout-run.ts';
import { since } from './since.ts';

/** The summary of an activity. */
const CHECKS = 'check a signature';

/** What judging needs beside the message and what the rollout knows. */
interface Judging<T> {
  /** Hands what stands to its phase. */
  readonly deliver: (message: T) => Promise<void>;
  /** Doubts about whoever sends messages; null in runs of before, which have none. */
  readonly doubts: Doubts | null;
}

interface Doubts {
  readonly docket: Docket;
  /** Makes sure that the rollout knows how a phase stands, whatever it was told. */
  readonly confirm: (phase: string) => Promise<void>;
}

/**
 * Judges a decision, records it with the answer, and hands it to its phase when it stands.
 *
 * @throws ActivityFailure when the signature cannot be judged or the record not be written, or the phase not be reached.
 */
export async function judgeDecision(
  run: RolloutRun,
  decision: Decision,
  { deliver, doubts }: Judging<Decision>,
): Promise<DecisionAnswer> {
  const { phase, step, verdict } = decision;
  const denial =
    (await notForUs(run, decision, phase, doubts)) ??
    denialOf(decision, {
      bundle: run.scope.bundle,
      run: run.scope.run,
      startedBy: run.input.startedBy,
      gates: run.gates(),
      groups: run.shape.groups,
      selfApproval: run.shape.selfApproval,
      ...(since('identities') ? {} : { exactNames: true }),
    });
  // Claimed before anything is awaited: of two decisions at once, one stands.
  const lacks = denial === null ? run.claim(decision) : null;
  if (denial === null || doubts?.docket.denied() !== false)
    // What the message names is of any length, until it was judged: no place for it in a summary.
    await bookkeepingOf(`record: ${verdict}`).appendRecord(run.scope, phase, step, uuid4(), {
      type: 'decision',
      decision,
      denial,
    });
  if (denial !== null) return { accepted: false, reason: visible(denial) };
  await deliver(decision);
  return { accepted: true, phase, step, verdict, ...(lacks === null ? {} : { lacks }) };
}

/**
 * Judges a command, records it with the answer, and hands it to its phase when it is for a parked step, to all phases when it
 * pauses or resumes the run.
 *
 * @throws ActivityFailure when the signature cannot be judged or the record not be written, or the phase not be reached.
 */
export async function judgeCommand(
  run: RolloutRun,
  command: Command,
  { deliver, doubts }: Judging<Command>,
): Promise<CommandAnswer> {
  const { action, by, comment, phase, step } = command;
  const denial = (await notForUs(run, command, phase, doubts)) ?? commandDenial(run, command);
  const at = isOfRollout(action) ? null : { phase, step };
  // Of two commands at once that begin a pause, one does.
  if (denial === null) run.pause.take(command);
  if (denial === null || doubts?.docket.denied() !== false)
    await bookkeepingOf(`record: ${action}`).appendRecord(run.scope, at?.phase ?? null, at?.step ?? null, uuid4(), {
      type: 'command',
      action,
      by,
      comment,
      denial,
      signature: command.signature,
      ...(command.parking === undefined ? {} : { parking: command.parking }),
      ...(command.pausing === undefined ? {} : { pausing: command.pausing }),
    });
  if (denial !== null) return { accepted: false, reason: visible(denial) };
  if (at !== null || pauseOf(command) !== null) await deliver(command);
  else if (action === 'cancel' && since('cancel-by-command')) await cancelItself();
  return { accepted: true };
}

/**
 * Why the message cannot stand whatever it says, or null: it is for another run, which costs nothing to see, or its signature
 * does not stand. What does is judged by how its phase really stands.
 */
async function notForUs(
  run: RolloutRun,
  message: Decision | Command,
  phase: string,
  doubts: Doubts | null,
): Promise<string | null> {
  const other = doubts === null ? null : otherRun(run, message);
  if (other !== null) return other;
  const judge = (by: Pick<WindlassActivities, 'judgeSignature'>) => by.judgeSignature(run.scope.bundle, message);
  const judged = since('judged-at-hand') ? atHand(CHECKS, judge) : judge(bookkeepingOf(CHECKS));
  if (doubts !== null && since('asked-while-judged')) {
    // At once: whoever decides waits for both.
    const [denial] = await Promise.all([judged, doubts.confirm(phase)]);
    return denial;
  }
  const denial = await judged;
  if (denial === null) await doubts?.confirm(phase);
  return denial;
}

function otherRun(run: RolloutRun, message: Decision | Command): string | null {
  return runDenial('verdict' in message ? 'decision' : 'command', message.run, run.scope.run);
}

/** By way of Temporal, so that it shows the run as cancelled; the answer is not cut off by what it brings about. */
async function cancelItself(): Promise<void> {
  await CancellationScope.nonCancellable(() => bookkeeping.cancelRun());
}

function commandDenial(run: RolloutRun, command: Command): string | null {
  const other = otherRun(run, command);
  if (other !== null) return other;
  if (command.action === 'cancel') return null;
  // Activities find it on record, each time that they ask for a warrant.
  if (command.action === 'adopt')
    return command.bundle === run.scope.bundle ? null : 'the run carries another bundle than is adopted';
  if (pauseOf(command) !== null) return pausingDenial(run.pause.pauses, command);
  const at = stepPath(command.phase, command.step);
  const found = run.phase(command.phase)?.steps.find((step) => step.name === command.step);
  if (found === undefined) return `there is no step ${at}`;
  if (found.state !== 'parked') return `${at} is not parked but ${found.state}`;
  const denial = parkingDenial(command.parking, found, at);
  return denial === null && command.action === 'skip' ? skipDenial(at, found.kind, command.comment) : denial;
}
