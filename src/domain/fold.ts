import { stepPath } from './names.ts';
import { glyph } from './glyph.ts';
import type { PhaseStatus, StepState, StepStatus } from './status.ts';

/**
 * How much of a table of phases and steps is counted instead of listed, each more than the one before: nothing; steps that
 * are unchanged or skipped; phases that are done or have not begun; in the others all but what waits and what runs; and
 * everything but as many of those as fit.
 */
const FOLDS = ['nothing', 'unchanged', 'closed phases', 'all but urgent', 'all but some'] as const;
export type Fold = (typeof FOLDS)[number];

/** A line of the table. */
export type FoldedRow =
  | { readonly kind: 'phase'; readonly phase: PhaseStatus; readonly folded: boolean }
  /** `under`: below the line of its phase, so that its own name is enough. */
  | { readonly kind: 'step'; readonly phase: string; readonly step: StepStatus; readonly under: boolean }
  /** Steps that are counted only. */
  | { readonly kind: 'counted'; readonly steps: readonly StepStatus[]; readonly under: boolean };

/**
 * The table of phases and steps in at most so many lines: as little as possible is folded. What waits for a person and what
 * runs is listed longest, and first once not all steps of a phase are.
 *
 * @param least what is folded even where all of it fits.
 */
export function foldedRows(phases: readonly PhaseStatus[], lines: number, least: Fold = 'nothing'): FoldedRow[] {
  for (const fold of FOLDS.slice(FOLDS.indexOf(least), -1)) {
    const rows = rowsOf(phases, fold);
    if (rows.length <= lines) return rows;
  }
  return urgentRows(phases, lines);
}

function rowsOf(phases: readonly PhaseStatus[], fold: Fold): FoldedRow[] {
  const ordered = fold === 'all but urgent' ? [...phases].sort((a, b) => phaseUrgency(a) - phaseUrgency(b)) : phases;
  return ordered.flatMap((phase): FoldedRow[] => {
    const listed = isClosed(phase) && foldsClosed(fold) ? [] : phase.steps.filter((step) => isListed(step, fold));
    const folded = listed.length === 0;
    const shown = fold === 'all but urgent' ? byUrgency(listed) : listed;
    const counted = phase.steps.filter((step) => !listed.includes(step));
    return [
      { kind: 'phase', phase, folded },
      ...shown.map((step) => ({ kind: 'step', phase: phase.name, step, under: true }) as const),
      ...(folded || counted.length === 0 ? [] : [{ kind: 'counted', steps: counted, under: true } as const]),
    ];
  });
}

function foldsClosed(fold: Fold): boolean {
  return fold === 'closed phases' || fold === 'all but urgent';
}

function isClosed({ state }: PhaseStatus): boolean {
  return state === 'done' || state === 'pending';
}

function isListed({ state }: StepStatus, fold: Fold): boolean {
  if (fold === 'nothing') return true;
  if (fold === 'all but urgent') return isUrgent(state);
  return state !== 'unchanged' && state !== 'skipped';
}

/** No phases: the most urgent steps, by their full names, then how many more there are. */
function urgentRows(phases: readonly PhaseStatus[], lines: number): FoldedRow[] {
  const all = phases.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.name, step })));
  const urgent = all
    .filter(({ step }) => isUrgent(step.state))
    .sort((a, b) => urgency(a.step.state) - urgency(b.step.state));
  // Two lines are kept for what is counted: urgent steps that found no room, and all others.
  const shown = urgent.slice(0, Math.max(0, lines - 2));
  const more = urgent.slice(shown.length).map(({ step }) => step);
  const rest = all.filter((one) => !urgent.includes(one)).map(({ step }) => step);
  return [
    ...shown.map((one) => ({ kind: 'step', ...one, under: false }) as const),
    ...[more, rest]
      .filter(({ length }) => length > 0)
      .map((steps) => ({ kind: 'counted', steps, under: false }) as const),
  ];
}

/** What waits for a person comes first, then what ended badly, then what is under way. */
const URGENCY: readonly StepState[] = [
  'gate',
  'parked',
  'aborted',
  'cancelled',
  'applying',
  'verifying',
  'lock',
  'planning',
];

function isUrgent(state: StepState): boolean {
  return URGENCY.includes(state);
}

function urgency(state: StepState): number {
  const at = URGENCY.indexOf(state);
  return at < 0 ? URGENCY.length : at;
}

function byUrgency(steps: readonly StepStatus[]): StepStatus[] {
  return [...steps].sort((a, b) => urgency(a.state) - urgency(b.state));
}

function phaseUrgency({ state, steps }: PhaseStatus): number {
  // Of phases without anything urgent, those that are done stand before those that have not begun.
  const own = state === 'pending' ? URGENCY.length + 1 : URGENCY.length;
  return Math.min(own, ...steps.map((step) => (isUrgent(step.state) ? urgency(step.state) : own)));
}

/** What a line begins with: glyph and name, or how many are counted as what. */
export function rowLabel(row: FoldedRow): string {
  switch (row.kind) {
    case 'phase':
      return `${glyph(row.phase.state)} ${row.phase.name}`;
    case 'step':
      return `${row.under ? '  ' : ''}${glyph(row.step.state)} ${row.under ? row.step.name : stepPath(row.phase, row.step.name)}`;
    case 'counted':
      return `${row.under ? '  ' : ''}  ${String(row.steps.length)} more: ${stepCounts(row.steps)}`;
  }
}

const COUNTED: readonly (readonly [StepState, string])[] = [
  ['gate', 'waiting for approval'],
  ['parked', 'parked'],
  ['aborted', 'aborted'],
  ['cancelled', 'cancelled'],
  ['applying', 'applying'],
  ['verifying', 'verifying'],
  ['lock', 'waiting for their target'],
  ['planning', 'planning'],
  ['skipped by hand', 'skipped by hand'],
  ['done', 'done'],
  ['unchanged', 'unchanged'],
  ['skipped', 'skipped'],
  ['pending', 'pending'],
];

/** How many steps are in which state: `3 done, 9 unchanged`. */
export function stepCounts(steps: readonly StepStatus[]): string {
  return COUNTED.map(([state, words]) => [steps.filter((step) => step.state === state).length, words] as const)
    .filter(([count]) => count > 0)
    .map(([count, words]) => `${String(count)} ${words}`)
    .join(', ');
}

/** When the first step of a phase began and its last one ended; null where none has, or not all have. ISO 8601 in UTC. */
export function phaseSpan({ steps }: PhaseStatus): {
  readonly startedAt: string | null;
  readonly endedAt: string | null;
} {
  const starts = steps.flatMap((step) => step.startedAt ?? []).sort();
  const ends = steps.flatMap((step) => step.endedAt ?? []).sort();
  return { startedAt: starts[0] ?? null, endedAt: ends.length < steps.length ? null : (ends.at(-1) ?? null) };
}
