import { commandLine } from '../../domain/command-line.ts';
import { foldedRows, phaseSpan, rowLabel, stepCounts, type Fold, type FoldedRow } from '../../domain/fold.ts';
import { short } from '../../domain/gate.ts';
import { glyph } from '../../domain/glyph.ts';
import { stepPath } from '../../domain/names.ts';
import type { PhaseState, PhaseStatus, RolloutStatus, StepState } from '../../domain/status.ts';
import type { Paint } from '../cli.ts';
import { blockLines, briefBlockLines, type GateDisplay } from './blocks.ts';
import { changesWords } from './changes.ts';
import { columns } from '../../domain/columns.ts';
import { elapsed } from './duration.ts';
import { fitted } from './fitted.ts';
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
  fit: TableFit = { lines: Infinity },
): string[] {
  return [
    heading(status, paint),
    '',
    ...table(status.phases, now, paint, fit),
    ...decidedLines(status.phases, paint),
    ...blockLines(status, paint, gates, fit.width),
    ...loadLines(status.phases, paint),
    ...measureLines(status.measures ?? [], paint, fit.width),
    ...whyLines(status, paint, fit.width),
  ];
}

/** What the table of phases and steps must fit into. */
export interface TableFit {
  readonly lines: number;
  /** What is counted instead of listed even where all of it fits; nothing when absent. */
  readonly least?: Fold;
  /** Of the terminal, in characters; absent where lines may be of any length. */
  readonly width?: number | undefined;
}

/** A screen: what a table that people read at once may have. */
export const SCREEN: TableFit = { lines: 30, least: 'unchanged' };

/** Less than this tells nothing of a rollout: rather are gates told in fewer words. */
const LEAST_TABLE = 6;

/**
 * The same in at most so many lines, for a terminal that is drawn over in place: what waits and what runs is kept longest.
 *
 * @param rows lines that there are.
 */
export function fittingLines(
  status: RolloutStatus,
  now: number,
  paint: Paint,
  gates: GateDisplay,
  { rows, width }: { readonly rows: number; readonly width?: number | undefined },
): string[] {
  const whole = statusLines(status, now, paint, gates, { lines: Infinity, width });
  if (whole.length <= rows) return whole;
  const [blocks, why] = [blockLines(status, paint, gates, width), whyLines(status, paint, width)];
  const below =
    [
      [...blocks, ...measureLines(status.measures ?? [], paint, width), ...why],
      [...blocks, ...why],
      [...briefBlockLines(status, paint, gates), ...why],
    ].find((lines) => rows - 2 - lines.length >= LEAST_TABLE) ?? [];
  return [
    heading(status, paint),
    '',
    ...table(status.phases, now, paint, { lines: rows - 2 - below.length, width }),
    ...below,
  ];
}

/** Who has paused it, what still ends, and how it goes on. */
function pausedLines({ paused, phases, rollout, environment }: RolloutStatus, paint: Paint, width?: number): string[] {
  if (paused === undefined) return [];
  const ending = phases.flatMap(({ steps }) => steps.filter(({ state }) => ENDING.has(state))).length;
  const why = paused.comment === '' ? '' : `: ${paused.comment}`;
  const still = ending === 0 ? '' : ` ${String(ending)} step(s) end what they have begun.`;
  return [
    '',
    ...fitted(`Paused by ${paused.by} since ${paused.since}${why}. Nothing new begins.${still}`, width).map((line) =>
      paint('yellow', line),
    ),
    commandLine('resume', { rollout, environment }),
  ];
}

const ENDING: ReadonlySet<StepState> = new Set(['planning', 'lock', 'applying', 'verifying']);

function whyLines(status: RolloutStatus, paint: Paint, width: number | undefined): string[] {
  const { failure, phases } = status;
  const heldUp = phases.flatMap((phase) => {
    if (phase.heldUp === undefined) return [];
    const [first = '', ...rest] = fitted(`${phase.name}: ${phase.heldUp}`, width);
    return [first.replace(phase.name, () => paint('bold', phase.name)), ...rest];
  });
  const why =
    failure === null ? [] : failureLines(failure, commandLine('report', status)).flatMap((line) => fitted(line, width));
  return [
    ...pausedLines(status, paint, width),
    ...(heldUp.length === 0 ? [] : ['', ...heldUp]),
    ...(why.length === 0 ? [] : ['', ...why.map((line) => paint('red', line))]),
  ];
}

function heading(status: RolloutStatus, paint: Paint): string {
  const state = paint(stateColour(status.state), `${glyph(status.state)} ${status.state}`);
  return `${paint('bold', `${status.rollout} → ${status.environment}`)}  ${state}  bundle ${short(status.bundle)}, started by ${status.startedBy}`;
}

function table(phases: readonly PhaseStatus[], now: number, paint: Paint, { lines, least, width }: TableFit): string[] {
  const rows = foldedRows(phases, lines, least);
  const cells = rows.map((row) => rowCells(row, now));
  // Lined up first, coloured after: escape sequences have no width. Kinds and changes give way to names, states and times.
  return columns(cells, width === undefined ? undefined : { width, givesWay: [3, 1, 0] }).map((line, at) =>
    paint(stateColour(rowState(rows[at])), line),
  );
}

function rowState(row: FoldedRow | undefined): PhaseState | StepState {
  return row?.kind === 'phase' ? row.phase.state : row?.kind === 'step' ? row.step.state : 'pending';
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

/** What loads came to: the sum of each stands beside the thing that it was of. */
function loadLines(phases: readonly PhaseStatus[], paint: Paint): string[] {
  const lines = phases.flatMap((phase) =>
    phase.steps
      .filter(({ kind, state }) => kind === 'load' && (state === 'done' || state === 'parked'))
      .flatMap(({ name, plan }) => (plan?.lines ?? []).map((line) => [stepPath(phase.name, name), line] as const)),
  );
  return lines.map(([path, line]) => `${paint('bold', path)}: ${line.replace(/^create +/, '')}`);
}

function rowCells(row: FoldedRow, now: number): string[] {
  const label = rowLabel(row);
  switch (row.kind) {
    case 'phase': {
      const { startedAt, endedAt } = phaseSpan(row.phase);
      const counts = row.folded ? stepCounts(row.phase.steps) : '';
      return [label, '', stateWords(row.phase.state), counts, elapsed(startedAt, endedAt, now)];
    }
    case 'step': {
      const { step } = row;
      return [label, step.kind, stateWords(step.state), changesWords(step), elapsed(step.startedAt, step.endedAt, now)];
    }
    case 'counted':
      return [label];
  }
}
