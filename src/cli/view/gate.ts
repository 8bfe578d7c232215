import { changeLine, type Change } from '../../domain/change.ts';
import { decidersOf, short, type OpenGate } from '../../domain/gate.ts';
import { stepPath } from '../../domain/names.ts';
import type { Paint } from '../cli.ts';
import { fitted } from './fitted.ts';

/**
 * An open gate as a person must see it before deciding: why it is there, who may decide and until when, and the changes.
 *
 * @param changes all of them, where they are at hand; else the first few that the gate itself carries.
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function gateLines(
  gate: OpenGate,
  paint: Paint,
  changes: readonly Change[] | null = null,
  width?: number,
): string[] {
  const until = gate.expiresAt === null ? '' : ` until ${gate.expiresAt}`;
  const head = `Open gate: ${stepPath(gate.phase, gate.step)}`;
  const [first = '', ...reason] = fitted(`${head}: ${gate.reason}`, width);
  const waives = gate.waives === undefined ? '' : `Approving waives: ${gate.waives}. Say why with --comment.`;
  return [
    first.replace(head, () => paint('yellow', head)),
    ...reason,
    ...(waives === '' ? [] : fitted(waives, width).map((line) => paint('red', line))),
    ...fitted(`To be decided by ${decidersOf(gate)}${until}. Changes ${short(gate.changeDigest)}:`, width),
    ...changeLines(gate, paint, changes, width),
    ...(gate.plan && gate.plan.undo !== '' ? fitted(`  Undo: ${gate.plan.undo}`, width) : []),
  ];
}

function changeLines(
  gate: OpenGate,
  paint: Paint,
  changes: readonly Change[] | null,
  width: number | undefined,
): string[] {
  if (gate.plan === null) return ['  (none: a bare approval)'];
  if (changes === null)
    return [
      ...gate.plan.lines.flatMap((line, at) => {
        const shown = fitted(`  ${line}`, width);
        return gate.plan?.destructiveLines?.includes(at) === true ? shown.map((part) => paint('red', part)) : shown;
      }),
      ...(gate.plan.more > 0 ? [`  and ${gate.plan.more} more`] : []),
    ];
  return changes
    .filter((change) => change.action !== 'unchanged')
    .flatMap((change) => [
      ...shownLines(change, paint, width),
      ...(change.detail ?? []).flatMap((line) => fitted(`      ${line}`, width)),
    ]);
}

function shownLines(change: Change, paint: Paint, width: number | undefined): string[] {
  const lines = fitted(`  ${changeLine(change)}`, width);
  return change.destructive || change.asks !== undefined ? lines.map((line) => paint('red', line)) : lines;
}
