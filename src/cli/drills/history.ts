import type { DrillHistory } from '../../domain/drill/histories.ts';
import { verdictLine } from '../../domain/drill/verdict.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Paint } from '../cli.ts';
import { columns } from '../../domain/columns.ts';

/** The history of one drill: its newest proof, the trend, and the last verdicts. */
export function drillHistoryLines(history: DrillHistory, last: number, paint: Paint): string[] {
  const { drill, newest, trend, drills } = history;
  const shown = drills.slice(-last);
  const newestFailure = drills.at(-1)?.failure ?? null;
  const proof =
    newest === null
      ? paint('red', 'no backup was ever proven')
      : `newest proven backup: ${newest.backup} of ${newest.at}`;
  const rows = shown.map((one) => [one.time, seconds(one.rtoSeconds), seconds(one.rpoSeconds), verdictLine(one)]);
  const lines = columns([['time', 'RTO', 'RPO', 'verdict'], ...rows]);
  return [
    `${paint('bold', drill)}: ${proof}`,
    `Restore times: ${trend.words}.`,
    ...(drills.length > shown.length ? [`The last ${shown.length} of ${drills.length}:`] : []),
    ...lines.map((line, at) => {
      const verdict = shown[at - 1]?.verdict;
      return verdict === undefined || verdict === 'proven'
        ? line
        : paint(verdict === 'refuted' ? 'red' : 'yellow', line);
    }),
    ...(newestFailure === null ? [] : [`next:  ${newestFailure.next}`]),
  ];
}

function seconds(value: number | null): string {
  return value === null ? '' : formatDuration(value * 1_000);
}
