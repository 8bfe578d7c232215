import type { RolloutRef } from '../../client.ts';
import { countsLine } from '../../domain/change.ts';
import { commandLine } from '../../domain/command-line.ts';
import type { FailureSummary } from '../../domain/failure.ts';
import { decidersOf, short, type OpenGate } from '../../domain/gate.ts';
import { stepPath } from '../../domain/names.ts';
import type { Paint } from '../cli.ts';
import { elapsed } from './duration.ts';
import { dangerWords } from './plan.ts';

/** What a rollout that waits answers: its gates, or why it cannot be asked. */
export interface AskedGates extends RolloutRef {
  readonly gates: readonly OpenGate[];
  readonly failure: FailureSummary | null;
}

/**
 * Every open gate: where it is, for how long, what it would do, who decides and with which command; then the rollouts that
 * could not be asked.
 *
 * @param now milliseconds since the epoch.
 */
export function waitingGateLines(
  environment: string,
  asked: readonly AskedGates[],
  now: number,
  paint: Paint,
): string[] {
  const open = asked
    .flatMap(({ rollout, gates }) => gates.map((gate) => ({ rollout, gate })))
    .sort((a, b) => (a.gate.openedAt < b.gate.openedAt ? -1 : 1));
  const silent = asked.flatMap(({ rollout, failure }) => (failure === null ? [] : [{ rollout, failure }]));
  return [
    open.length === 0 ? `${environment}: no gate is open.` : `${environment}: ${String(open.length)} open gate(s)`,
    ...open.flatMap(({ rollout, gate }) => gateLines({ environment, rollout }, gate, now, paint)),
    ...silent.flatMap(({ rollout, failure }) => [
      '',
      `${paint('red', rollout)} could not be asked: ${failure.message}`,
      `  Next: ${failure.next}`,
    ]),
  ];
}

function gateLines(
  ref: { readonly environment: string; readonly rollout: string },
  gate: OpenGate,
  now: number,
  paint: Paint,
): string[] {
  const { phase, step, reason, openedAt, expiresAt, waives } = gate;
  const at = stepPath(phase, step);
  const until = expiresAt === null ? '' : ` until ${expiresAt}`;
  return [
    '',
    `${paint('yellow', `${ref.rollout} ${at}`)}, open for ${elapsed(openedAt, null, now)}: ${reason}`,
    ...(waives === undefined ? [] : [`  ${paint('red', `Approving waives: ${waives}.`)}`]),
    `  ${planWords(gate)}; to be decided by ${decidersOf(gate)}${until}`,
    `  ${commandLine('approve', ref, at)}`,
  ];
}

function planWords({ plan, changeDigest }: OpenGate): string {
  if (plan === null) return 'A bare approval';
  return [`${countsLine(plan.counts)} (changes ${short(changeDigest)})`, ...dangerWords(plan)].join('; ');
}
