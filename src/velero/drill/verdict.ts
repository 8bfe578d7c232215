import { provenClaim } from '../../domain/drill/facts.ts';
import { durationMs, formatDuration } from '../../domain/duration.ts';
import type { PartVerdict } from '../../domain/drill-part.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';

/** All that a drill found out. */
export interface DrillOutcome {
  readonly backup: string;
  /** Why nothing was restored; empty where a restore was carried out. */
  readonly refused: readonly string[];
  readonly parts: readonly PartOutcome[];
  /** From asking for the restore until all was compared; null where nothing was restored. */
  readonly restoreMs: number | null;
  /** From when the backup began until the verdict: what a disaster now would lose. Null when it cannot be told. */
  readonly ageMs: number | null;
}

export interface PartOutcome extends PartVerdict {
  readonly name: string;
  /** From asking for its restore until it was compared. */
  readonly ms: number;
}

/** Everything that speaks against the backup, each in words; empty when it is proven. */
export function faultsOf({ refused, parts }: DrillOutcome): readonly string[] {
  return [...refused, ...parts.flatMap(({ faults }) => faults)];
}

/**
 * The verdict as evidence, with the times measured against the objectives of the step.
 *
 * @param provenAgeMs the age of the newest backup that is proven by now; null when none is.
 */
export function drillFindings(
  spec: VeleroDrillSpec,
  outcome: DrillOutcome,
  provenAgeMs: number | null,
  now: Date = new Date(),
): readonly Finding[] {
  const { backup, restoreMs, ageMs } = outcome;
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
      claim: provenClaim(backup),
      holds: faults.length === 0,
      observed: { faults, ...factsOf(outcome), restoreSeconds: inSeconds(restoreMs), ageSeconds: inSeconds(ageMs) },
    },
    ...objective(common, (limit) => `restored and compared within ${limit} (rto)`, restoreMs, spec.rto),
    ...objective(common, (limit) => `the newest proven backup is not older than ${limit} (rpo)`, provenAgeMs, spec.rpo),
  ];
}

/** Those of the objects as they are, those of other parts under their names. */
function factsOf({ parts }: DrillOutcome): JsonObject {
  return {
    volumes: 'not proven: claims are compared, the data in volumes is not',
    ...Object.fromEntries(
      parts.flatMap(({ name, facts, ms }) =>
        name === 'objects' ? Object.entries(facts) : [[name, { ...facts, seconds: ms / 1_000 }]],
      ),
    ),
  };
}

export function subjectOf({ namespace, name }: VeleroDrillSpec): string {
  return `Drill ${namespace}/${name}`;
}

function objective(
  common: Pick<Finding, 'subject' | 'how' | 'source' | 'time'>,
  claim: (limit: string) => string,
  ms: number | null,
  limit: string | undefined,
): readonly Finding[] {
  if (limit === undefined) return [];
  const holds = ms !== null && ms <= durationMs(limit);
  return [
    {
      ...common,
      claim: claim(limit),
      holds,
      observed: { took: ms === null ? null : formatDuration(ms), seconds: inSeconds(ms) },
    },
  ];
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
