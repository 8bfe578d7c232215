import type { Json } from '../json.ts';
import type { MeasureReading } from '../measured.ts';
import type { Observation } from './observation.ts';

/** What came of one look, without what the entry says of itself. */
type Seen = Pick<Observation, 'outcome' | 'why' | 'how' | 'source' | 'time'>;

/** A step that could not be verified. One that could is evidence of its own. */
export interface StepLook {
  /** PHASE/STEP */
  readonly step: string;
  readonly outcome: 'fails' | 'unknown';
  readonly why: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
}

/** What a check of its own was answered. */
export interface ProbeLook extends Seen {
  /** AREA/CHECK */
  readonly check: string;
  /** What was asked of whom, as the bundle has it: once it is changed, the answer counts no more. */
  readonly asked: Json;
}

/** What somebody said who has looked. */
export interface Attestation {
  /** AREA/CHECK */
  readonly check: string;
  /** What they were asked: once it is changed, the answer counts no more. */
  readonly question: string;
  readonly holds: boolean;
  readonly reason: string;
  readonly by: string;
  /** Whether it was signed, and the signature stands. */
  readonly signed: boolean;
  /** ISO 8601 in UTC. */
  readonly time: string;
}

/** What an assessment saw, but for the steps that it verified. */
export interface Looks {
  readonly steps: readonly StepLook[];
  readonly probes: readonly ProbeLook[];
  readonly measures: readonly MeasureReading[];
  readonly attested: readonly Attestation[];
}
