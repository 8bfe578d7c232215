import type { PartVerdict } from '../../domain/drill-part.ts';
import type { RestoreOutcome } from '../restore/judge.ts';
import { IGNORED_FIELDS } from './canonical.ts';
import type { Comparison } from './compare.ts';
import { NEVER_RESTORED } from './left-out.ts';

/** What was found out of the objects of a restore. */
export interface ObjectsOutcome {
  readonly restore: RestoreOutcome;
  readonly comparison: Comparison;
  /** What changed while the backup was made: in the restore it may be either way. */
  readonly moved: readonly string[];
  /** The objects that were planted so that the restore can be seen to bring them back. */
  readonly sentinels: readonly string[];
  /** What came although it could act on the world, in words. */
  readonly escaped: readonly string[];
}

/** How many objects of a kind of fault are named. */
const NAMED = 10;

/** Everything that speaks against the backup, each in words. */
export function objectsVerdict(outcome: ObjectsOutcome): PartVerdict {
  const { restore, comparison, moved, sentinels } = outcome;
  return {
    faults: [...restore.faults, ...outcome.escaped, ...comparisonFaults(comparison, moved, sentinels)],
    facts: {
      part: 'objects',
      same: comparison.same,
      restored: restore.items,
      warnings: restore.warnings,
      moved,
      leftOut: Object.keys(NEVER_RESTORED),
      notCompared: IGNORED_FIELDS,
    },
  };
}

function comparisonFaults(
  { missing, extra, different }: Comparison,
  moved: readonly string[],
  sentinels: readonly string[],
): readonly string[] {
  const spoiled = new Set([...missing, ...different.map(({ object }) => object)]);
  const planted = new Set(sentinels);
  return [
    ...sentinels
      .filter((key) => moved.includes(key))
      .map((key) => `the sentinel ${key} was changed while the backup was made`),
    ...sentinels
      .filter((key) => spoiled.has(key))
      .map((key) => `the sentinel ${key} did not come back as it was planted`),
    ...named(
      missing.filter((key) => !planted.has(key)),
      (key) => `${key} is missing in the restore`,
    ),
    ...named(extra, (key) => `${key} is in the restore and was not in the original`),
    ...named(
      different.filter(({ object }) => !planted.has(object)),
      ({ object, fields }) =>
        `${object} differs${fields.length === 0 ? '' : ` in ${fields.slice(0, NAMED).join(', ')}`}`,
    ),
  ];
}

function named<T>(things: readonly T[], say: (thing: T) => string): string[] {
  const more = things.length - NAMED;
  return [...things.slice(0, NAMED).map(say), ...(more > 0 ? [`and ${String(more)} more like the last`] : [])];
}
