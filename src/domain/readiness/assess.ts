import { damageNote, type DamagedEntry, type RecordReading } from '../damage.ts';
import { short } from '../gate.ts';
import type { RecordBody, RecordEntry } from '../record-entry.ts';
import type { Observed } from './observation.ts';
import { scorecard, type Scorecard } from './scorecard.ts';
import type { CheckShape, ReadinessShape } from './shape.ts';
import { READ_TYPES, sourceOf } from './sources/table.ts';

/** Of which rollout, and with which bundles, evidence counts. */
export interface AssessedOf {
  readonly environment: string;
  readonly rollout: string;
  /** Digests; evidence that was had with another bundle counts for nothing. */
  readonly bundles: readonly string[];
}

/** Entries that say how a run ended: what of it does not read is no younger. */
const ENDS = ['verdict', 'drill', 'witness', 'readiness'] as const satisfies readonly RecordBody['type'][];

/** Types of entries that an assessment needs. */
export const ASSESSED_TYPES: readonly RecordBody['type'][] = [...new Set([...READ_TYPES, ...ENDS, 'start' as const])];

/**
 * How ready a rollout is at a moment, from its record alone. Pure, whatever the order of the entries.
 *
 * @param at milliseconds since the epoch; what was recorded later is passed over.
 */
export function assess(
  shape: ReadinessShape,
  { entries, damaged }: RecordReading,
  of: AssessedOf,
  how: { readonly at: number; readonly simulated: Scorecard['simulated'] },
): Scorecard {
  const own = entries.filter(
    ({ scope, time }) =>
      scope.environment === of.environment && scope.rollout === of.rollout && Date.parse(time) <= how.at,
  );
  const counting = own.filter(({ scope }) => of.bundles.includes(scope.bundle));
  const observed = ({ evidence }: CheckShape, path: string): Observed => {
    const source = sourceOf(evidence, path);
    if (source === null) return unknownSource(evidence.from);
    const { label, renew } = source;
    const observations = source.observe(counting);
    const others = observations.length > 0 ? [] : source.observe(own).map(({ entry }) => entry);
    return {
      ...{ label, renew, observations },
      lacking: others.length === 0 ? source.lacking : `${source.lacking}: ${otherBundles(own, others)}`,
      doubt: doubtOf(
        damaged.filter(({ type }) => type === null || source.reads.includes(type)),
        own,
      ),
    };
  };
  return scorecard(shape, observed, how);
}

function unknownSource(from: string): Observed {
  const lacking = `this version of Windlass knows no evidence from ${from}`;
  return { label: from, renew: null, observations: [], lacking, doubt: null };
}

function otherBundles(entries: readonly RecordEntry[], ids: readonly string[]): string {
  const bundles = new Set(entries.filter(({ id }) => ids.includes(id)).map(({ scope }) => short(scope.bundle)));
  return `what there is was had with bundle ${[...bundles].sort().join(', ')}`;
}

/** Until when what does not read may have been written, by the ends of the runs that it is of; null where that cannot be told. */
function doubtOf(damaged: readonly DamagedEntry[], entries: readonly RecordEntry[]): Observed['doubt'] {
  if (damaged.length === 0) return null;
  const ends = damaged.map(({ run }) =>
    entries
      .filter(({ scope, body }) => scope.run === run && ENDS.some((type) => type === body.type))
      .reduce<number | null>((last, { time }) => Math.max(last ?? 0, Date.parse(time)), null),
  );
  const last = ends.includes(null) ? null : Math.max(...ends.map(Number));
  const why = `${damageNote(damaged)}, and may say otherwise`;
  return { until: last === null ? null : new Date(last).toISOString(), why };
}
