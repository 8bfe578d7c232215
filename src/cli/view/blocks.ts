import { stepPath } from '../../domain/names.ts';
import type { RolloutStatus, StepStatus } from '../../domain/status.ts';
import type { Paint } from '../cli.ts';
import { commandLine } from '../../domain/command-line.ts';
import { fitted } from './fitted.ts';
import { failureLines } from './failure.ts';
import { gateLines } from './gate.ts';

/** Whether open gates are told with their changes and commands, or left to the table. */
export type GateDisplay = 'commands' | 'table only';

/**
 * What a rollout waits on, each with the commands that go on from there; nothing when nothing blocks.
 *
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function blockLines(
  status: RolloutStatus,
  paint: Paint,
  gates: GateDisplay = 'commands',
  width?: number,
): string[] {
  return status.phases.flatMap((phase) =>
    phase.steps
      .filter((step) => step.gate === null || gates === 'commands')
      .flatMap((step) => stepBlock(status, phase.name, step, paint, width)),
  );
}

function stepBlock(
  status: RolloutStatus,
  phase: string,
  step: StepStatus,
  paint: Paint,
  width: number | undefined,
): string[] {
  const at = stepPath(phase, step.name);
  const command = (verb: string) => `  ${paint('bold', commandLine(verb, status, at))}`;
  if (step.gate) {
    const why = step.gate.waives === undefined ? '' : ` --comment ${paint('bold', 'WHY')}`;
    return ['', ...gateLines(step.gate, paint, null, width), `${command('approve')}${why}`, command('reject')];
  }
  if (step.state !== 'parked' || !step.failure) return [];
  const head = `Parked: ${at}`;
  const [what = '', ...more] = failureLines(step.failure, commandLine('report', status));
  const [first = '', ...rest] = [`${head}: ${what}`, ...more].flatMap((line) => fitted(line, width));
  return ['', first.replace(head, () => paint('red', head)), ...rest, command('retry'), command('abort')];
}

/** How many of the steps that wait a few lines name. */
const NAMED = 3;

/** The same in a line for each, of the first few: what a small terminal has room for. */
export function briefBlockLines(status: RolloutStatus, paint: Paint, gates: GateDisplay = 'commands'): string[] {
  const waiting = status.phases.flatMap((phase) =>
    phase.steps
      .filter((step) => (step.gate === null ? step.state === 'parked' : gates === 'commands'))
      .map((step) => ({ at: stepPath(phase.name, step.name), verb: step.gate === null ? 'retry' : 'approve' })),
  );
  if (waiting.length === 0) return [];
  const more = waiting.length - NAMED;
  return [
    '',
    ...waiting.slice(0, NAMED).map(({ at, verb }) => paint('bold', commandLine(verb, status, at))),
    ...(more > 0 ? [`and ${String(more)} more: ${commandLine('status', status)}`] : []),
  ];
}
