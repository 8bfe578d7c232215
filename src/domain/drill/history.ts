import { compareTexts } from '../compare.ts';
import { stepPath } from '../names.ts';
import type { RecordEntry } from '../record-entry.ts';
import type { DrillVerdict, Proof } from './verdict.ts';

/** One drill that the record knows of. */
export interface RecordedDrill extends DrillVerdict {
  /** When the verdict was recorded, ISO 8601 in UTC. */
  readonly time: string;
  readonly phase: string;
  readonly step: string;
  /** Run id of the drill workflow, or of the rollout whose step it was. */
  readonly run: string;
}

/** Every drill of the entries, oldest first; entries of other types are passed over. */
export function drillHistory(entries: readonly RecordEntry[]): readonly RecordedDrill[] {
  return entries
    .flatMap(({ time, scope: { run, phase, step }, body }) =>
      body.type === 'drill' && phase !== null && step !== null ? [{ ...body.verdict, time, phase, step, run }] : [],
    )
    .sort((a, b) => compareTexts(a.time, b.time));
}

/** Every proven backup, the youngest backup first. One whose age nobody wrote down is as old as its restore took. */
export function proofsOf(drills: readonly RecordedDrill[]): readonly Proof[] {
  return drills
    .flatMap(({ verdict, backup, backedUpAt, time, rtoSeconds, phase, step }) =>
      verdict !== 'proven' || backup === null
        ? []
        : [{ backup, at: backedUpAt ?? earlier(time, rtoSeconds ?? 0), drill: stepPath(phase, step) }],
    )
    .sort((a, b) => compareTexts(b.at, a.at));
}

function earlier(time: string, seconds: number): string {
  return new Date(Date.parse(time) - seconds * 1_000).toISOString();
}
