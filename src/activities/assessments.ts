import { findStep, type Bundle } from '../domain/bundle.ts';
import type { RecordReading } from '../domain/damage.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { alike } from '../domain/readiness/alike.ts';
import { assess, ASSESSED_TYPES } from '../domain/readiness/assess.ts';
import { missingReadiness } from '../domain/readiness/demand.ts';
import type { Scorecard } from '../domain/readiness/scorecard.ts';
import { readinessShape, type ReadinessShape } from '../domain/readiness/shape.ts';
import type { StepRef } from '../contract/activities.ts';
import type { RunScope } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';

/** What an assessment out of the record needs. */
type AssessmentDeps = Pick<ActivityDeps, 'openBundle' | 'policy'> & {
  readonly record: Pick<ActivityDeps['record'], 'read'>;
};

/** A scorecard with what it was made of. */
export interface Assessment {
  readonly card: Scorecard;
  readonly reading: RecordReading;
  /** Digests of the bundles whose evidence counted. */
  readonly bundles: readonly string[];
}

/** How ready a rollout is now, out of its record, as the policy has it. Throws of the store. */
export async function assessedNow(
  deps: AssessmentDeps,
  { environment, rollout, bundle: digest }: Omit<RunScope, 'run'>,
  bundle: Bundle,
  shape: ReadinessShape,
): Promise<Assessment> {
  const policy = await deps.policy.of(bundle.environment);
  const reading = await deps.record.read({ environment, rollout, types: ASSESSED_TYPES });
  const others = reading.entries.map((entry) => entry.scope.bundle);
  const bundles = await alike(digest, bundle, others, (other) => openedBundle(deps, other));
  const how = { at: Date.now(), simulated: policy.simulated };
  return { card: assess(shape, reading, { environment, rollout, bundles }, how), reading, bundles };
}

/**
 * What the readiness misses that the gate of a step demands, in words; null when nothing.
 *
 * @throws WindlassFailure `BundleMissing`, `BundleCorrupt`; of the store.
 */
export async function lackingReadiness(deps: AssessmentDeps, ref: StepRef): Promise<string | null> {
  const { bundle } = await deps.openBundle(ref.scope.bundle);
  const wanted = findStep(bundle, ref.phase, ref.step)?.approval?.readiness;
  const shape = readinessShape(bundle);
  if (wanted === undefined || shape === null) return null;
  return missingReadiness((await assessedNow(deps, ref.scope, bundle, shape)).card, wanted);
}

/** A bundle that cannot be opened is like no other. */
async function openedBundle(deps: AssessmentDeps, digest: string): Promise<Bundle | null> {
  try {
    return (await deps.openBundle(digest)).bundle;
  } catch (error) {
    if (error instanceof WindlassFailure && (error.type === 'BundleMissing' || error.type === 'BundleCorrupt'))
      return null;
    throw error;
  }
}
