import type { StepRef } from '../contract/activities.ts';
import type { PlanSummary } from '../domain/change.ts';
import { Newest } from './newest.ts';

/** How many plans are remembered; a step whose plan is forgotten is planned again before it acts. */
const REMEMBERED = 1_000;

/**
 * The newest plan that this worker itself has made of each step: what a workflow hands over as the result of a plan may have been
 * made up by whoever reaches Temporal.
 */
export class OwnPlans {
  readonly #plans = new Newest<string, PlanSummary>(REMEMBERED);

  /** Forgets the plan of a step, which is about to be planned again. */
  begin(ref: StepRef): void {
    this.#plans.delete(keyOf(ref));
  }

  keep(ref: StepRef, plan: PlanSummary): void {
    this.#plans.set(keyOf(ref), plan);
  }

  /** The plan whose destructive changes have this digest, or any where none is asked for; null where this worker knows none. */
  find(ref: StepRef, destructiveDigest: string | undefined): PlanSummary | null {
    const plan = this.#plans.get(keyOf(ref));
    if (plan === undefined) return null;
    return destructiveDigest === undefined || plan.destructiveDigest === destructiveDigest ? plan : null;
  }
}

function keyOf({ scope: { environment, rollout, run }, phase, step }: StepRef): string {
  return JSON.stringify([environment, rollout, run, phase, step]);
}
