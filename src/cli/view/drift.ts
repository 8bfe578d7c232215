import { changeLine, type Change, type ChangedField } from '../../domain/change.ts';
import { claimsWords, type StepDrift } from '../../domain/drift.ts';
import { stepPath } from '../../domain/names.ts';
import type { Paint } from '../cli.ts';
import { failureLines } from './failure.ts';
import { fitted } from './fitted.ts';

/** As whom Windlass itself applies. */
const OURSELVES = 'windlass';

/**
 * What has become of what one step made: a heading, everything that drifted with who set it, claims that do not hold any more; or
 * why it cannot be told.
 *
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function driftLines(step: StepDrift, paint: Paint, width?: number): string[] {
  const at = `${paint('bold', stepPath(step.phase, step.step))} (${step.kind})`;
  if (step.failure !== null)
    return [`${at}: ${paint('red', 'cannot be told')}`, ...indented(failureLines(step.failure), width)];
  return [
    `${at}: ${stepWords(step)}`,
    ...step.drifted.flatMap((change) => [
      ...fitted(`  ${changeLine(change)}`, width).map((line) => paint('yellow', line)),
      ...linesOf(change).flatMap((line) => fitted(`      ${line}`, width)),
    ]),
    ...step.broken.flatMap(({ subject, claim }) =>
      fitted(`  does not hold: ${subject === '' ? '' : `${subject}: `}${claim}`, width).map((line) =>
        paint('red', line),
      ),
    ),
  ];
}

function stepWords({ drifted, broken, unchanged }: StepDrift): string {
  const parts = [
    ...(drifted.length === 0 ? [] : [`${drifted.length} drifted`]),
    ...(broken.length === 0 ? [] : [claimsWords(broken.length)]),
    `${unchanged} as declared`,
  ];
  return parts.join(', ');
}

function linesOf({ fields = [], detail = [] }: Change): string[] {
  return [...fields.flatMap(fieldLines), ...detail];
}

function fieldLines({ field, before, after, by }: ChangedField): string[] {
  return [`${field}: ${before} -> ${after}`, ...by.map((author) => `  ${authorWords(author)}`)];
}

function authorWords({ manager, since }: ChangedField['by'][number]): string {
  const when = since === null ? '' : `, last at ${since}`;
  if (manager === OURSELVES) return `as Windlass set it${when}: what is declared has changed`;
  return `set by ${manager === '' ? 'a manager without a name' : manager}${when}`;
}

function indented(lines: readonly string[], width: number | undefined): string[] {
  return lines.flatMap((line) => fitted(`  ${line}`, width));
}
