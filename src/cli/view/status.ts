import { short } from '../../domain/gate.ts';
import { glyph } from '../../domain/glyph.ts';
import { stepPath } from '../../domain/names.ts';
import type { PhaseStatus, RolloutStatus, StepStatus } from '../../domain/status.ts';
import type { Paint } from '../cli.ts';
import { blockLines, type GateDisplay } from './blocks.ts';
import { changesWords } from './changes.ts';
import { columns } from '../../domain/columns.ts';
import { elapsed } from './duration.ts';
import { measureLines } from './measures.ts';
import { failureLines } from './failure.ts';
import { stateColour, stateWords } from './state.ts';

/**
 * How a rollout stands: a heading, the table of its phases and steps, then whatever blocks it with the command that goes
 * on.
 *
 * @param now milliseconds since the epoch, for what is still going on.
 */
export function statusLines(
  status: RolloutStatus,
  now: number,
  paint: Paint,
  gates: GateDisplay = 'commands',
): string[] {
  const why = status.failure === null ? [] : ['', ...failureLines(status.failure).map((line) => paint('red', line))];
  return [
    heading(status, paint),
    '',
    ...table(status.phases, now, paint),
    ...decidedLines(status.phases, paint),
    ...blockLines(status, paint, gates),
    ...measureLines(status.measures ?? [], paint),
    ...why,
  ];
}

function heading(status: RolloutStatus, paint: Paint): string {
  const state = paint(stateColour(status.state), `${glyph(status.state)} ${status.state}`);
  return `${paint('bold', `${status.rollout} → ${status.environment}`)}  ${state}  bundle ${short(status.bundle)}, started by ${status.startedBy}`;
}

function table(phases: readonly PhaseStatus[], now: number, paint: Paint): string[] {
  const rows = phases.flatMap((phase) => [
    { state: phase.state, cells: phaseCells(phase, now) },
    ...phase.steps.map((step) => ({ state: step.state, cells: stepCells(step, now) })),
  ]);
  // Lined up first, coloured after: escape sequences have no width.
  return columns(rows.map((row) => row.cells)).map((line, at) =>
    paint(stateColour(rows[at]?.state ?? 'pending'), line),
  );
}

/** Who decided what, with the comment and what was waived. */
function decidedLines(phases: readonly PhaseStatus[], paint: Paint): string[] {
  const lines = phases.flatMap((phase) =>
    phase.steps.flatMap(({ name, decidedBy }) =>
      decidedBy === null ? [] : [`${paint('bold', stepPath(phase.name, name))}: ${decidedBy}`],
    ),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function phaseCells(phase: PhaseStatus, now: number): string[] {
  const starts = phase.steps.flatMap((step) => step.startedAt ?? []).sort();
  const ends = phase.steps.flatMap((step) => step.endedAt ?? []).sort();
  const open = ends.length < phase.steps.length;
  const time = elapsed(starts[0] ?? null, open ? null : (ends.at(-1) ?? null), now);
  return [`${glyph(phase.state)} ${phase.name}`, '', stateWords(phase.state), '', time];
}

function stepCells(step: StepStatus, now: number): string[] {
  return [
    `  ${glyph(step.state)} ${step.name}`,
    step.kind,
    stateWords(step.state),
    changesWords(step),
    elapsed(step.startedAt, step.endedAt, now),
  ];
}
