import { short } from '../../domain/gate.ts';
import type { Done, RunDifference } from '../../domain/run-diff.ts';
import type { Made } from '../../domain/why.ts';
import type { Paint } from '../cli.ts';
import { fitted } from './fitted.ts';

/** How many earlier times are listed. */
const EARLIER = 10;

/**
 * What made a thing what it is: the last change with who started the run and who approved, then the earlier ones, a line each.
 *
 * @param made oldest first, and not empty.
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function whyLines(what: string, made: readonly Made[], paint: Paint, width?: number): string[] {
  const last = made.at(-1);
  if (last === undefined) return [];
  const earlier = made.slice(0, -1).reverse();
  const more = earlier.length - EARLIER;
  return [
    `${paint('bold', what)}: ${last.action} by step ${last.step} at ${last.time}`,
    `  run ${last.run}, bundle ${short(last.bundle)}, started by ${last.startedBy ?? 'nobody on record'}`,
    ...last.approvedBy.flatMap(({ by, comment }) =>
      fitted(`  approved by ${by}${comment === '' ? '' : `: ${comment}`}`, width),
    ),
    ...last.detail.flatMap((line) => fitted(`    ${line}`, width)),
    ...(earlier.length === 0 ? [] : ['Before that:']),
    ...earlier
      .slice(0, EARLIER)
      .map(({ time, action, step, run, startedBy }) =>
        [`  ${time}  ${action.padEnd(7)}`, step, `run ${run}`, `started by ${startedBy ?? 'nobody on record'}`].join(
          '  ',
        ),
      ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** What two runs did differently: by step, each thing with what either did to it. */
export function runDifferenceLines(differences: readonly RunDifference[], paint: Paint, width?: number): string[] {
  const steps = Map.groupBy(differences, ({ step }) => step);
  return [...steps].flatMap(([step, own]) => [
    '',
    paint('bold', step),
    ...own.flatMap(({ what, before, after }) => [
      `  ${what}`,
      ...doneLines('-', before, width).map((line) => paint('red', line)),
      ...doneLines('+', after, width).map((line) => paint('green', line)),
    ]),
  ]);
}

function doneLines(sign: string, done: Done | null, width: number | undefined): string[] {
  if (done === null) return [`    ${sign} nothing`];
  const { action, applied, detail } = done;
  return [
    `    ${sign} ${action}${applied ? '' : ' (planned, not carried out)'}`,
    ...detail.flatMap((line) => fitted(`    ${sign}   ${line}`, width)),
  ];
}
