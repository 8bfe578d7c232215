import type { StepPlan } from '../../steps/plan.ts';
import { changeLine, countChanges, countsLine, type Change } from '../../domain/change.ts';
import { stepPath } from '../../domain/names.ts';
import type { Paint } from '../cli.ts';
import { fitted } from './fitted.ts';
import { failureLines } from './failure.ts';

/** Whether a step has nothing to change, and nobody to ask. */
export function isIdle({ kind, failure, changes }: StepPlan): boolean {
  return kind !== 'approval' && failure === null && changes.every(({ action }) => action === 'unchanged');
}

/**
 * What one step would do: a heading, every change but the unchanged ones, how it is undone; or why it cannot be planned.
 *
 * @param all whether what is unchanged is listed too.
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function plannedStepLines(step: StepPlan, paint: Paint, all = false, width?: number): string[] {
  const at = `${paint('bold', stepPath(step.phase, step.step))} (${step.kind})`;
  if (step.failure !== null)
    return [`${at}: ${paint('red', 'cannot be planned')}`, ...indented(failureLines(step.failure), width)];
  const changes = step.changes.filter(({ action }) => all || action !== 'unchanged');
  return [
    `${at}: ${countsLine(countChanges(step.changes))}`,
    ...changes.flatMap((change) => changeLines(change, paint, width)),
    ...(changes.every(({ action }) => action === 'unchanged') || step.undo === ''
      ? []
      : indented([`Undo: ${step.undo}`], width)),
  ];
}

function changeLines(change: Change, paint: Paint, width: number | undefined): string[] {
  const colour = change.destructive || change.asks !== undefined ? 'red' : COLOURS[change.action];
  return [
    ...fitted(`  ${changeLine(change)}`, width).map((line) => paint(colour, line)),
    ...(change.detail ?? []).flatMap((line) => fitted(`      ${line}`, width)),
  ];
}

const COLOURS = {
  create: 'green',
  update: 'yellow',
  replace: 'red',
  delete: 'red',
  unchanged: 'dim',
  unknown: 'dim',
} as const;

/** What the whole plan comes to, in one line. */
export function planSummaryLine(steps: readonly StepPlan[]): string {
  const changes = steps.flatMap((step) => step.changes);
  const failed = steps.filter((step) => step.failure !== null).length;
  return [
    `Plan: ${countsLine(countChanges(changes))}`,
    ...dangerWords(dangersOf(changes)),
    ...(failed === 0 ? [] : [`${failed} of ${steps.length} steps cannot be planned`]),
  ].join('; ');
}

/** How many changes destroy data, and how many ask for an answer. */
export function dangersOf(changes: readonly Change[]): { readonly destructive: number; readonly asks: number } {
  return {
    destructive: changes.filter((change) => change.destructive).length,
    asks: changes.filter((change) => change.asks !== undefined).length,
  };
}

/** What of a plan somebody must answer for. */
export function dangerWords({
  destructive,
  asks = 0,
}: {
  readonly destructive: number;
  readonly asks?: number;
}): string[] {
  return [
    ...(destructive === 0 ? [] : [`${destructive} of them destroy data`]),
    ...(asks === 0 ? [] : [`${asks} of them ask for an answer`]),
  ];
}

function indented(lines: readonly string[], width: number | undefined): string[] {
  return lines.flatMap((line) => fitted(`  ${line}`, width));
}
