import type { EngineContext } from './step-engine.ts';
import type { PartFacts } from './drill/part-facts.ts';
import type { Json } from './json.ts';
import type { VeleroDrillSpec } from './kinds/velero-drill.ts';

/** The drill that a part belongs to. */
export interface DrillOf {
  readonly spec: VeleroDrillSpec;
  /** Names the run, and the step whose drill it is; 12 hex digits each, the same for every attempt. */
  readonly keys: { readonly run: string; readonly step: string };
  readonly context: EngineContext;
}

/** What a part says of what was brought back. */
export interface PartVerdict {
  /** All that speaks against the backup, each in words that name the object; empty when it is proven. */
  readonly faults: readonly string[];
  /** Counts, times and names for the evidence; null where nothing was recorded to compare with. */
  readonly facts: PartFacts | null;
}

/**
 * One sort of thing that a drill proves: Kubernetes objects, objects in buckets, databases, data in volumes. The stages
 * come in the order in which they stand here. Each may be called again after a worker was killed in it or after it, with
 * the same keys and perhaps in another process; none may touch an original beyond its own sentinels.
 *
 * What `plant` and `record` give is kept in the journal, a Secret that must stay below 1 MiB: hashes, not contents.
 */
export interface DrillPart {
  /** In verdicts, in progress and in the journal: `objects`. */
  readonly name: string;
  /** Takes away what earlier runs of the same step left because they were killed and never resumed. */
  sweep(signal: AbortSignal): Promise<void>;
  /**
   * Before the backup is asked for: plants sentinels, and says what there is.
   *
   * @param nonce a value that nothing else holds. Another one, when an attempt was lost before it was written down.
   */
  plant(nonce: string): Promise<Json>;
  /** Once the backup is made: what it must hold. */
  record(planted: Json, backup: string): Promise<Json>;
  /**
   * Once what was recorded is kept for a drill that comes later: takes away the sentinels that are in the backup by now.
   * What a restore needs beside the backup stays until `withdraw`.
   */
  settle?(signal: AbortSignal): Promise<void>;
  /**
   * Brings back what was backed up, into places of the drill's own.
   *
   * @returns what compares it with what was recorded. A restore that proves nothing is a fault of its verdict, no failure.
   */
  restore(recorded: Json, backup: string): Promise<() => Promise<PartVerdict>>;
  /** Takes away what `restore` made: whatever came, hence with a signal of its own. */
  dissolve(signal: AbortSignal): Promise<void>;
  /**
   * Takes away what `plant` and `record` made beside the originals.
   *
   * @param state what the last of them gave; null when none came so far as to be written down. It may be that of another
   *   run, whose backup is not drilled any more.
   * @param kept what was recorded with backups that are drilled yet, perhaps by the same run: that stays.
   */
  withdraw(state: Json, signal: AbortSignal, kept: readonly Json[]): Promise<void>;
}

/** Gives the part for one drill; null where its spec asks for nothing of the sort. */
export type OpenDrillPart = (drill: DrillOf) => DrillPart | null;
