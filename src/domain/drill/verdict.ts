import type { FailureSummary } from '../failure.ts';

/** What a run of the drill workflow is for: to restore, to plant what a scheduled backup must hold, or to look only. */
export type DrillMode = 'drill' | 'witness' | 'freshness';

/** How a drill ended, as the record and the workflow's result have it. Times in seconds. */
export interface DrillVerdict {
  /** `refuted`: a restore was carried out, and it speaks against the backup. `failed`: nothing was proven either way. */
  readonly verdict: 'proven' | 'refuted' | 'failed' | 'cancelled';
  /** Name of the backup; null when the drill got to none. */
  readonly backup: string | null;
  /** When that backup was begun, ISO 8601 in UTC: what a restore of it brings back is as old as that. */
  readonly backedUpAt: string | null;
  /** What speaks against the backup, in words. */
  readonly faults: readonly string[];
  /** Objectives that were measured and missed, as they were claimed. */
  readonly missed: readonly string[];
  /** How long restoring and comparing took. */
  readonly rtoSeconds: number | null;
  /** How old what was restored was when it was proven. */
  readonly rpoSeconds: number | null;
  /** Why nothing was proven; null for `proven` and `refuted`. */
  readonly failure: FailureSummary | null;
}

/** A verdict of a drill that came to no restore. */
export function unfinished(verdict: 'failed' | 'cancelled', failure: FailureSummary | null): DrillVerdict {
  return {
    verdict,
    backup: null,
    backedUpAt: null,
    faults: [],
    missed: [],
    rtoSeconds: null,
    rpoSeconds: null,
    failure,
  };
}

/** A verdict in one line: `refuted: the sentinel ... (and 2 more)`. */
export function verdictLine({ verdict, backup, faults, missed, failure }: DrillVerdict): string {
  const of = backup === null ? '' : ` Backup ${backup}`;
  const where = failure?.object === undefined ? '' : `${failure.object}: `;
  const why = failure === null ? faults : [`${where}${failure.message}`];
  const more = why.length > 1 ? ` (and ${why.length - 1} more)` : '';
  const said = why[0] === undefined ? '' : `: ${why[0]}${more}`;
  const late = missed.length === 0 ? '' : `, but not ${missed.join(', not ')}`;
  return `${verdict}${of}${said}${late}`;
}

/** A backup that a drill has proven. */
export interface Proof {
  /** Name of the backup. */
  readonly backup: string;
  /** When the backup was begun, ISO 8601 in UTC: its age counts from then, and not from when it was proven. */
  readonly at: string;
  /** `PHASE/STEP` of the drill. */
  readonly drill: string;
}
