import { countChanges, countsLine, type Change } from './change.ts';
import { canonicalJson } from './json.ts';
import type { Words } from './evidence.ts';
import type { FailureSummary, FailureType } from './failure.ts';
import type { StepKind } from './step.ts';

/** A claim of a step that does not hold any more. */
export interface BrokenClaim extends Words {
  /** Where it was seen; absent where looking ended with a failure, whose words are the claim's. */
  readonly source?: string;
}

/** What one step has made, and what has become of it. */
export interface StepDrift {
  readonly phase: string;
  readonly step: string;
  readonly kind: StepKind;
  /** What is otherwise than declared; the change is what the step would do about it. */
  readonly drifted: readonly Change[];
  readonly unchanged: number;
  /** Claims of what is as declared, and does not do what it should. */
  readonly broken: readonly BrokenClaim[];
  /** Why it cannot be told. */
  readonly failure: FailureSummary | null;
}

/** What a look for drift comes to. */
export interface DriftCounts {
  readonly steps: number;
  readonly drifted: number;
  readonly broken: number;
  readonly unchanged: number;
  /** Steps of which it cannot be told. */
  readonly failed: number;
}

export function countDrift(steps: readonly StepDrift[]): DriftCounts {
  const sum = (of: (step: StepDrift) => number): number => steps.reduce((total, step) => total + of(step), 0);
  return {
    steps: steps.length,
    drifted: sum(({ drifted }) => drifted.length),
    broken: sum(({ broken }) => broken.length),
    unchanged: sum(({ unchanged }) => unchanged),
    failed: sum(({ failure }) => (failure === null ? 0 : 1)),
  };
}

export function hasDrifted({ drifted, broken }: Pick<StepDrift, 'drifted' | 'broken'>): boolean {
  return drifted.length + broken.length > 0;
}

/** What a look for drift comes to, in one line. */
export function driftSummary(steps: readonly StepDrift[]): string {
  const { drifted, broken, unchanged, failed } = countDrift(steps);
  const changes = steps.flatMap((step) => step.drifted);
  return [
    drifted === 0 ? 'Drift: none' : `Drift: ${drifted} drifted (${countsLine(countChanges(changes))})`,
    ...(broken === 0 ? [] : [claimsWords(broken)]),
    `${unchanged} as declared`,
    ...(failed === 0 ? [] : [`${failed} of ${steps.length} steps cannot be told`]),
  ].join('; ');
}

export function claimsWords(count: number): string {
  return count === 1 ? '1 claim does not hold' : `${count} claims do not hold`;
}

/** What a look found, in a form that can be compared with what another found; when managers wrote last says nothing new. */
export function driftKey(steps: readonly StepDrift[]): string {
  return canonicalJson(
    steps
      .filter((step) => hasDrifted(step) || step.failure !== null)
      .map(({ phase, step, drifted, broken, failure }) => ({
        ...{ phase, step, failure: failure?.type ?? null },
        drifted: drifted.map(({ action, what, fields = [], detail = [] }) => ({
          ...{ action, what, detail: [...detail] },
          fields: fields.map(({ field, before, after }) => ({ field, before, after })),
        })),
        broken: broken.map(({ subject, claim }) => ({ subject, claim })),
      })),
  );
}

/** Failures of a look that say something of what was looked at; others say that it could not be looked at. */
const DISPROVES: ReadonlySet<FailureType> = new Set<FailureType>([
  ...(['ExpectationFailed', 'ProbeFailed', 'NotReadyInTime', 'Stalled', 'LocationUnavailable'] as const),
]);

export function disproves({ type }: Pick<FailureSummary, 'type'>): boolean {
  return DISPROVES.has(type);
}
