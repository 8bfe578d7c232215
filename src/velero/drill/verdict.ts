import { durationMs, formatDuration } from '../../domain/duration.ts';
import type { PartVerdict } from '../../domain/drill-part.ts';
import type { Finding } from '../../domain/evidence.ts';
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
  const drill = { namespace: spec.namespace, name: spec.name };
  const common = {
    how: 'real',
    source: `restore of Backup ${spec.namespace}/${backup}, compared object by object`,
    time: now.toISOString(),
  } as const;
  return [
    {
      ...common,
      kind: 'drill-proof',
      about: { drill, backup },
      holds: faults.length === 0,
      observed: {
        faults,
        parts: outcome.parts.flatMap(({ name, facts, ms }) =>
          facts === null ? [] : [{ name, ...facts, seconds: ms / 1_000 }],
        ),
        restoreSeconds: inSeconds(restoreMs),
        ageSeconds: inSeconds(ageMs),
      },
    },
    ...objective('rto', spec.rto, restoreMs),
    ...objective('rpo', spec.rpo, provenAgeMs),
  ];

  function objective(of: 'rto' | 'rpo', limit: string | undefined, ms: number | null): readonly Finding[] {
    if (limit === undefined) return [];
    return [
      {
        ...common,
        kind: 'objective',
        about: { drill, objective: of, limit },
        holds: ms !== null && ms <= durationMs(limit),
        observed: { took: ms === null ? null : formatDuration(ms), seconds: inSeconds(ms) },
      },
    ];
  }
}

export function subjectOf({ namespace, name }: VeleroDrillSpec): string {
  return `Drill ${namespace}/${name}`;
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
