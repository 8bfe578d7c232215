import {
  measuredText,
  progressOf,
  progressText,
  type MeasureReading,
  type MeasureStatus,
} from '../../domain/measured.ts';
import type { Paint } from '../cli.ts';
import { columns } from '../../domain/columns.ts';

/** What a run measured, before and after; nothing where it measures nothing, or has not yet. */
export function measureLines(measures: readonly MeasureStatus[], paint: Paint): string[] {
  if (measures.every(({ before, after }) => before === null && after === null)) return [];
  const rows = columns([
    ['Measure', 'before', 'after', ''],
    ...measures.map((one) => [
      one.title,
      measuredText(one.before, one.unit),
      measuredText(one.after, one.unit),
      progressText(one),
    ]),
  ]);
  const [head = '', ...lines] = rows;
  const coloured = lines.map((line, at) => {
    const progress = progressOf(measures[at] as MeasureStatus);
    return progress === 'worse' ? paint('yellow', line) : progress === 'better' ? paint('green', line) : line;
  });
  const whys = measures.flatMap(({ title, before, after }) => {
    // Where it is unknown still, the latest reason is the one that counts.
    const why = after?.why ?? (after === null ? before?.why : undefined);
    return why === undefined ? [] : [`  ${title}: unknown, it ${why}`];
  });
  return ['', paint('bold', head), ...coloured, ...whys];
}

/** Measures as they are now. */
export function readingLines(readings: readonly MeasureReading[], paint: Paint): string[] {
  const rows = columns([
    ['Measure', 'now', ''],
    ...readings.map((one) => [one.title, measuredText(one, one.unit), one.why === undefined ? '' : `it ${one.why}`]),
  ]);
  const [head = '', ...lines] = rows;
  return [
    paint('bold', head),
    ...lines.map((line, at) => (readings[at]?.why === undefined ? line : paint('yellow', line))),
  ];
}
