import type { PlanSummary } from '../domain/change.ts';
import { stepPath } from '../domain/names.ts';
import type { Lacks } from '../domain/opening.ts';
import type { StepShape } from '../domain/shape.ts';
import { bookkeepingOf } from './activities.ts';
import type { PhaseRun } from './phase-run.ts';
import { since } from './since.ts';

/** What a person has approved. */
export interface Approved {
  readonly destructiveDigest: string;
  /** Whether that was to do without a proven backup. */
  readonly waived: boolean;
  /** Until when it counts, ISO 8601 in UTC; null for ever. */
  readonly until: string | null;
  /** How long the phase had been paused by then, in milliseconds: pauses since then do not count. */
  readonly pausedMs: number;
}

/** All that a gate misses whose step nobody has approved. @throws ActivityFailure */
export async function missingAt(run: PhaseRun, step: StepShape, plan: PlanSummary | null): Promise<Lacks> {
  return { proof: await missingProof(run, step, plan, null), readiness: await missingReadiness(run, step) };
}

/** What the interlock misses before these changes may be made; null when it misses nothing, or that was waived. @throws ActivityFailure */
export async function missingProof(
  run: PhaseRun,
  step: StepShape,
  plan: PlanSummary | null,
  approved: Approved | null,
): Promise<string | null> {
  if (plan === null || plan.destructive === 0 || !since('interlock')) return null;
  // What was waived was waived for these destructions, and for no others.
  if (approved?.waived === true && approved.destructiveDigest === plan.destructiveDigest) return null;
  return bookkeepingOf(`look for a proof: ${stepPath(run.phase.name, step.name)}`).missingProof(run.ref(step.name));
}

/** What the readiness misses that the gate of a step demands; null when it misses nothing, or nothing is demanded. @throws ActivityFailure */
export async function missingReadiness(run: PhaseRun, step: StepShape): Promise<string | null> {
  if (step.approval?.readiness === undefined) return null;
  const at = stepPath(run.phase.name, step.name);
  return bookkeepingOf(`look at the readiness: ${at}`).missingReadiness(run.ref(step.name));
}
