import { stepPath } from '../../names.ts';
import type { RecordBody, RecordEntry } from '../../record-entry.ts';
import type { Observation, Renewal } from '../observation.ts';

/** How the record is read for one source of evidence. `Spec` is what stands in `evidence`. */
export interface EvidenceSource<Spec> {
  /** Types of entries that say something on it: what of them does not read makes it uncertain. */
  readonly reads: readonly RecordBody['type'][];
  /** What is looked at, for people: `step foundation/scheduler`. */
  readonly label: (spec: Spec) => string;
  /**
   * Every look at it, in any order. Entries are those of the rollout in its environment, with a bundle that counts.
   *
   * @param check AREA/CHECK
   */
  readonly observe: (spec: Spec, entries: readonly RecordEntry[], check: string) => readonly Observation[];
  /** Why there is none, where there is none: the rest of a sentence that begins with the check. */
  readonly lacking: (spec: Spec) => string;
  /** @param check AREA/CHECK */
  readonly renew: (spec: Spec, check: string) => Renewal;
}

/** Whether an entry is about a step, by its PHASE/STEP. */
export function isAbout({ scope: { phase, step } }: RecordEntry, path: string): boolean {
  return phase !== null && step !== null && stepPath(phase, step) === path;
}

/** What each look has of the entry that says so. */
export function seenBy({ id, time, scope }: RecordEntry): Pick<Observation, 'recorded' | 'run' | 'entry'> {
  return { recorded: time, run: scope.run, entry: id };
}
