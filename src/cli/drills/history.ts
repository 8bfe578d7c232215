import { drillHistory, proofsOf, type RecordedDrill } from '../../domain/drill/history.ts';
import { type Proof, verdictLine } from '../../domain/drill/verdict.ts';
import { trendOf, type Trend } from '../../domain/drill/trend.ts';
import { formatDuration } from '../../domain/duration.ts';
import { stepPath } from '../../domain/names.ts';
import type { RecordEntry } from '../../domain/record-entry.ts';
import type { Paint } from '../cli.ts';
import { columns } from '../../domain/columns.ts';

/** What the record knows of one drill. */
export interface DrillHistory {
  /** `PHASE/STEP` */
  readonly drill: string;
  readonly newest: Proof | null;
  /** Of the restore times of those that were proven. */
  readonly trend: Trend;
  /** Oldest first. */
  readonly drills: readonly RecordedDrill[];
}

/** The histories of all drills in entries, or of the one asked for. */
export function historiesOf(entries: readonly RecordEntry[], asked?: string): readonly DrillHistory[] {
  const byDrill = Map.groupBy(drillHistory(entries), ({ phase, step }) => stepPath(phase, step));
  return [...byDrill]
    .filter(([drill]) => asked === undefined || drill === asked)
    .map(([drill, drills]) => ({ drill, newest: proofsOf(drills)[0] ?? null, trend: trendOf(times(drills)), drills }));
}

/** A restore that was refuted may have ended early: its time says nothing. */
function times(drills: readonly RecordedDrill[]): readonly number[] {
  return drills.flatMap(({ verdict, rtoSeconds }) => (verdict === 'proven' && rtoSeconds !== null ? [rtoSeconds] : []));
}

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
