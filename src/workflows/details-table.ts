import { columns } from '../domain/columns.ts';
import { formatDuration } from '../domain/duration.ts';
import { foldedRows, phaseSpan, rowLabel, type FoldedRow } from '../domain/fold.ts';
import type { PhaseStatus, StepState, StepStatus } from '../domain/status.ts';

/** Characters that a line of code may have in the Web UI's panel, in a window of 1,400 pixels. */
export const WIDTH = 60;

/** The table of phases and steps, a line each, in a code block of about so many lines. */
export function stepsBlock(phases: readonly PhaseStatus[], lines: number): string[] {
  const apart = new Map(
    phases.filter(isApart).map((phase) => [phase.name, phase.steps.length - waiting(phase).length]),
  );
  const known = phases.map((phase) => (apart.has(phase.name) ? { ...phase, steps: waiting(phase) } : phase));
  const folded = foldedRows(known, lines);
  if (folded.length === 0) return [];
  let others = 0;
  const rows = folded.flatMap((row, at) => {
    if (row.kind === 'phase') others = apart.get(row.phase.name) ?? 0;
    const isLast = others > 0 && (folded[at + 1]?.kind ?? 'phase') === 'phase';
    return isLast ? [cells(row), [`    ${String(others)} more on the page of the phase`]] : [cells(row)];
  });
  return ['```', ...columns(rows, { width: WIDTH, givesWay: [0, 2] }), '```'];
}

/** A phase that goes on tells its rollout what is decided upon and nothing else: what it does now stands on its own page. */
export function isApart({ run, state }: PhaseStatus): boolean {
  return run !== undefined && (state === 'running' || state === 'blocked');
}

/** What a rollout knows of a phase that is apart. */
export function waiting({ steps }: PhaseStatus): StepStatus[] {
  return steps.filter(({ state }) => LOUD.has(state));
}

/** States that a rollout is told of, since somebody should look at them. */
const LOUD: ReadonlySet<StepState> = new Set(['gate', 'parked', 'cancelled', 'aborted']);

function cells(row: FoldedRow): string[] {
  const label = rowLabel(row);
  switch (row.kind) {
    case 'phase': {
      const { phase, folded } = row;
      const { startedAt, endedAt } = phaseSpan(phase);
      const { length } = phase.steps;
      const steps = folded && length > 0 ? ` (${String(length)} ${length === 1 ? 'step' : 'steps'})` : '';
      return [`${label}${steps}`, phase.state, time(startedAt, endedAt)];
    }
    case 'step':
      return [label, row.step.state, time(row.step.startedAt, row.step.endedAt)];
    case 'counted':
      return [label];
  }
}

/** How long it took; while it goes on, since when: a page does not count on by itself. */
function time(startedAt: string | null, endedAt: string | null): string {
  if (startedAt === null) return '';
  // Month, day and minute, in UTC.
  if (endedAt === null) return `since ${startedAt.slice(5, 16).replace('T', ' ')}`;
  return formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
}
