import type { EvidenceHow } from '../evidence.ts';

/** One look at what a check asks for, as the record has it. */
export interface Observation {
  /** `unknown`: it was looked at, and could not be told; nothing older counts then. */
  readonly outcome: 'holds' | 'fails' | 'unknown';
  /** What was seen, in words. */
  readonly why: string;
  readonly how: EvidenceHow;
  /** Of whom or what it was seen, free of secrets. */
  readonly source: string;
  /** When it was seen, ISO 8601 in UTC: its age counts from then. */
  readonly time: string;
  /** When it was recorded, ISO 8601 in UTC: of two looks the one that was recorded later counts. */
  readonly recorded: string;
  /** Run id of the workflow that saw it. */
  readonly run: string;
  /** Id of the entry of the record that says so. */
  readonly entry: string;
}

/** What makes evidence anew: a verb of `windlass`, and what follows on the rollout (PHASE/STEP, AREA/CHECK). */
export interface Renewal {
  readonly verb: 'readiness --live' | 'drill' | 'attest';
  readonly of?: string;
}

/** What the record says on one check. */
export interface Observed {
  /** What is looked at, for people: `step foundation/scheduler`. */
  readonly label: string;
  /** Null where nobody knows. */
  readonly renew: Renewal | null;
  readonly observations: readonly Observation[];
  /** Why there is nothing, where there is none. */
  readonly lacking: string;
  /** What of the record does not read: evidence that may be older than that is not known to be the last; null where all reads. */
  readonly doubt: { readonly until: string | null; readonly why: string } | null;
}
