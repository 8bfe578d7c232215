import { isReady, type Lack, type TargetPreflight } from '../../domain/preflight.ts';
import type { Paint } from '../cli.ts';
import { failureLines } from './failure.ts';
import { fitted } from './fitted.ts';

/** How many steps are named behind what they lack. */
const NAMED = 3;

/**
 * What one target answered: who we are there, and everything that is missing with what to do.
 *
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function preflightLines(found: TargetPreflight, paint: Paint, width?: number): string[] {
  const { target, kind, user, server, asked, lacks, failure } = found;
  const at = `${paint('bold', target)} (${kind})`;
  if (failure !== null)
    return [
      `${at}: ${paint('red', 'could not be asked')}`,
      ...failureLines(failure).flatMap((line) => fitted(`  ${line}`, width)),
    ];
  const who = [server, user === null ? null : `as ${user}`].filter((one) => one !== null).join(', ');
  const verdict = isReady(found) ? paint('green', 'all is there') : paint('red', 'something is missing');
  return [
    `${at}: ${verdict}${who === '' ? '' : `; ${who}`}; ${asked} asked`,
    ...lacks.flatMap((lack) => lackLines(lack, paint, width)),
  ];
}

function lackLines({ what, steps, next, needed }: Lack, paint: Paint, width: number | undefined): string[] {
  const more = steps.length > NAMED ? ` and ${steps.length - NAMED} more` : '';
  const lines = fitted(
    `  ${needed ? 'missing' : 'without'}  ${what} (${steps.slice(0, NAMED).join(', ')}${more})`,
    width,
  );
  return [...lines.map((line) => paint(needed ? 'red' : 'yellow', line)), ...fitted(`           ${next}`, width)];
}

/** What all targets together come to, in one line. */
export function preflightSummaryLine(found: readonly TargetPreflight[]): string {
  const lacks = found.flatMap((one) => one.lacks);
  const missing = lacks.filter(({ needed }) => needed).length;
  const silent = found.filter(({ failure }) => failure !== null).length;
  return [
    missing === 0 ? 'Preflight: nothing is missing' : `Preflight: ${missing} missing`,
    ...(lacks.length === missing ? [] : [`${lacks.length - missing} without which something is not told`]),
    ...(silent === 0 ? [] : [`${silent} of ${found.length} targets could not be asked`]),
  ].join('; ');
}
