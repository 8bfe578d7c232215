import {
  measuredText,
  progressOf,
  progressText,
  type MeasureReading,
  type MeasureStatus,
} from '../../domain/measured.ts';
import type { Paint } from '../cli.ts';
import { columns } from '../../domain/columns.ts';
import { fitted } from './fitted.ts';

/**
 * What a run measured, before and after; nothing where it measures nothing, or has not yet.
 *
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function measureLines(measures: readonly MeasureStatus[], paint: Paint, width?: number): string[] {
  if (measures.every(({ before, after }) => before === null && after === null)) return [];
  const cells = [
    ['Measure', 'before', 'after', ''],
    ...measures.map((one) => [
      one.title,
      measuredText(one.before, one.unit),
      measuredText(one.after, one.unit),
      progressText(one),
    ]),
  ];
  const rows = columns(cells, fitOf(width));
  const [head = '', ...lines] = rows;
  const coloured = lines.map((line, at) => {
    const progress = progressOf(measures[at] as MeasureStatus);
    return progress === 'worse' ? paint('yellow', line) : progress === 'better' ? paint('green', line) : line;
  });
  const whys = measures.flatMap(({ title, before, after }) => {
    // Where it is unknown still, the latest reason is the one that counts.
    const why = after?.why ?? (after === null ? before?.why : undefined);
    return why === undefined ? [] : fitted(`  ${title}: unknown, it ${why}`, width);
  });
  return ['', paint('bold', head), ...coloured, ...whys];
}

/** Of a title that is longer than the terminal allows, the numbers beside it count more. */
function fitOf(width: number | undefined): Parameters<typeof columns>[1] {
  return width === undefined ? undefined : { width, givesWay: [0] };
}

/** Measures as they are now, and below them why one is unknown. @param width of the terminal in characters, as above. */
export function readingLines(readings: readonly MeasureReading[], paint: Paint, width?: number): string[] {
  const cells = [['Measure', 'now'], ...readings.map((one) => [one.title, measuredText(one, one.unit)])];
  const [head = '', ...lines] = columns(cells, fitOf(width));
  return [
    paint('bold', head),
    ...lines.map((line, at) => (readings[at]?.why === undefined ? line : paint('yellow', line))),
    ...readings.flatMap(({ title, why }) =>
      why === undefined ? [] : fitted(`  ${title}: unknown, it ${why}`, width).map((line) => paint('yellow', line)),
    ),
  ];
}
