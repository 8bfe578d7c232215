import { stepPath } from '../names.ts';
import type { RecordEntry } from '../record-entry.ts';
import { drillHistory, proofsOf, type RecordedDrill } from './history.ts';
import { trendOf, type Trend } from './trend.ts';
import type { Proof } from './verdict.ts';

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
