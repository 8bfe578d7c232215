import type { RecordBody, RecordEntry } from '../../record-entry.ts';
import type { Evidence } from '../evidence-file.ts';
import type { Observation, Renewal } from '../observation.ts';
import { DRILL } from './drill.ts';
import { MANUAL } from './manual.ts';
import { MEASURE } from './measure.ts';
import { PROBE } from './probe.ts';
import type { EvidenceSource } from './source.ts';
import { STEP } from './step.ts';

/** Every source of evidence. To add one, add its fields to `evidence-file.ts`, its room here, and its line. */
const SOURCES: { readonly [From in Evidence['from']]: EvidenceSource<Extract<Evidence, { from: From }>> } = {
  step: STEP,
  drill: DRILL,
  measure: MEASURE,
  probe: PROBE,
  manual: MANUAL,
};

/** Types of entries that any of them reads. */
export const READ_TYPES: readonly RecordBody['type'][] = [
  ...new Set(Object.values(SOURCES).flatMap(({ reads }) => reads)),
];

/** A source with what a check asks of it. */
export interface BoundSource {
  readonly reads: EvidenceSource<unknown>['reads'];
  readonly label: string;
  readonly lacking: string;
  readonly renew: Renewal;
  observe(entries: readonly RecordEntry[]): readonly Observation[];
}

/**
 * The source of what a check asks; null for one that this version does not know, as a record of a later one may have.
 *
 * @param check AREA/CHECK
 */
export function sourceOf(evidence: Evidence, check: string): BoundSource | null {
  if (!Object.hasOwn(SOURCES, evidence.from)) return null;
  // The table knows its sources by name; which of them it is shows at run time only.
  const source = SOURCES[evidence.from] as EvidenceSource<Evidence>;
  return {
    reads: source.reads,
    label: source.label(evidence),
    lacking: source.lacking(evidence),
    renew: source.renew(evidence, check),
    observe: (entries) => source.observe(evidence, entries, check),
  };
}
