import { durationMs, formatDuration } from '../../domain/duration.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { RestoreOutcome } from '../restore/judge.ts';
import type { Comparison } from './compare.ts';
import { IGNORED_FIELDS } from './canonical.ts';
import { NEVER_RESTORED } from './left-out.ts';

/** All that a drill found out. */
export interface DrillOutcome {
  readonly backup: string;
  readonly restore: RestoreOutcome;
  readonly comparison: Comparison;
  /** Sentinels that did not come back as they were planted. */
  readonly sentinels: readonly string[];
  readonly moved: readonly string[];
  /** From asking for the restore until it was compared. */
  readonly restoreMs: number;
  /** From when the backup began until the restore was proven: what a disaster now would lose. */
  readonly ageMs: number;
}

/** How many objects of a kind of fault are named. */
const NAMED = 10;

/** Everything that speaks against the backup, each in words; empty when it is proven. */
export function faultsOf({ restore, comparison, sentinels }: DrillOutcome): readonly string[] {
  const { missing, extra, different } = comparison;
  return [
    ...restore.faults,
    ...sentinels.map((key) => `the sentinel ${key} did not come back as it was planted`),
    ...named(
      missing.filter((key) => !sentinels.includes(key)),
      (key) => `${key} is missing in the restore`,
    ),
    ...named(extra, (key) => `${key} is in the restore and was not in the original`),
    ...named(
      different.filter(({ object }) => !sentinels.includes(object)),
      ({ object, fields }) =>
        `${object} differs${fields.length === 0 ? '' : ` in ${fields.slice(0, NAMED).join(', ')}`}`,
    ),
  ];
}

function named<T>(things: readonly T[], say: (thing: T) => string): string[] {
  const more = things.length - NAMED;
  return [...things.slice(0, NAMED).map(say), ...(more > 0 ? [`and ${String(more)} more like the last`] : [])];
}

/** The verdict as evidence, with the times measured against the objectives of the step. */
export function drillFindings(
  spec: VeleroDrillSpec,
  outcome: DrillOutcome,
  now: Date = new Date(),
): readonly Finding[] {
  const { backup, restore, comparison, moved, restoreMs, ageMs } = outcome;
  const faults = faultsOf(outcome);
  const common = {
    subject: subjectOf(spec),
    how: 'real',
    source: `restore of Backup ${spec.namespace}/${backup}, compared object by object`,
    time: now.toISOString(),
  } as const;
  return [
    {
      ...common,
      claim: `Backup ${backup} is proven by a restore`,
      holds: faults.length === 0,
      observed: {
        faults,
        same: comparison.same,
        restored: restore.items,
        warnings: restore.warnings,
        moved,
        leftOut: Object.keys(NEVER_RESTORED),
        notCompared: IGNORED_FIELDS,
        volumes: 'not proven: claims are compared, the data in volumes is not',
        restoreSeconds: restoreMs / 1_000,
      },
    },
    ...objective(common, (limit) => `restored and compared within ${limit} (rto)`, restoreMs, spec.rto),
    ...objective(common, (limit) => `what is restored is not older than ${limit} (rpo)`, ageMs, spec.rpo),
  ];
}

export function subjectOf({ namespace, name }: VeleroDrillSpec): string {
  return `Drill ${namespace}/${name}`;
}

function objective(
  common: Pick<Finding, 'subject' | 'how' | 'source' | 'time'>,
  claim: (limit: string) => string,
  ms: number,
  limit: string | undefined,
): readonly Finding[] {
  if (limit === undefined) return [];
  const holds = ms <= durationMs(limit);
  return [
    {
      ...common,
      claim: claim(limit),
      holds,
      observed: { took: formatDuration(ms), seconds: ms / 1_000 },
    },
  ];
}
