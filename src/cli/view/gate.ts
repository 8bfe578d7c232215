import { changeLine, type Change } from '../../domain/change.ts';
import { decidersOf, short, type OpenGate } from '../../domain/gate.ts';
import { stepPath } from '../../domain/names.ts';
import type { Paint } from '../cli.ts';

/**
 * An open gate as a person must see it before deciding: why it is there, who may decide and until when, and the changes.
 *
 * @param changes all of them, where they are at hand; else the first few that the gate itself carries.
 */
export function gateLines(gate: OpenGate, paint: Paint, changes: readonly Change[] | null = null): string[] {
  const until = gate.expiresAt === null ? '' : ` until ${gate.expiresAt}`;
  return [
    `${paint('yellow', `Open gate: ${stepPath(gate.phase, gate.step)}`)}: ${gate.reason}`,
    ...(gate.waives === undefined ? [] : [paint('red', `Approving waives: ${gate.waives}. Say why with --comment.`)]),
    `To be decided by ${decidersOf(gate)}${until}. Changes ${short(gate.changeDigest)}:`,
    ...changeLines(gate, paint, changes),
    ...(gate.plan && gate.plan.undo !== '' ? [`  Undo: ${gate.plan.undo}`] : []),
  ];
}

function changeLines(gate: OpenGate, paint: Paint, changes: readonly Change[] | null): string[] {
  if (gate.plan === null) return ['  (none: a bare approval)'];
  if (changes === null)
    return [
      ...gate.plan.lines.map((line, at) => {
        const shown = `  ${line}`;
        return gate.plan?.destructiveLines?.includes(at) === true ? paint('red', shown) : shown;
      }),
      ...(gate.plan.more > 0 ? [`  and ${gate.plan.more} more`] : []),
    ];
  return changes
    .filter((change) => change.action !== 'unchanged')
    .flatMap((change) => [shownLine(change, paint), ...(change.detail ?? []).map((line) => `      ${line}`)]);
}

function shownLine(change: Change, paint: Paint): string {
  const line = `  ${changeLine(change)}`;
  return change.destructive || change.asks !== undefined ? paint('red', line) : line;
}
