import type { Bundle } from '../domain/bundle.ts';
import { disproves, type BrokenClaim, type StepDrift } from '../domain/drift.ts';
import { isAdvice, wordsOf } from '../domain/evidence.ts';
import type { FailureSummary } from '../domain/failure.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import { OPENABLE, type OpenableKinds } from './open-step.ts';
import { planRollout, type StepPlan } from './plan.ts';
import type { Reach } from './reach.ts';

/**
 * Looks at everything that a bundle's steps made, and tells what is otherwise by now; without Temporal. Touches nothing. Steps
 * whose kind drifts are planned against the live targets, and what would not change is verified; the others are left out.
 *
 * @param options.reach what may be reached; everything if absent.
 * @throws as `planRollout`. A step of which it cannot be told is told with its failure.
 */
export async function* lookForDrift(
  bundle: Bundle,
  files: BundleFiles,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal; readonly reach?: Reach },
  openable: OpenableKinds = OPENABLE,
): AsyncGenerator<StepDrift> {
  const of = (kind: string): boolean => (openable.kinds[kind]?.drifts ?? null) !== null;
  for await (const plan of planRollout(bundle, files, { ...options, of, looks: true }, openable)) yield driftOf(plan);
}

function driftOf({ phase, step, kind, changes, failure, findings = [] }: StepPlan): StepDrift {
  const drifted = changes.filter(({ action }) => action !== 'unchanged');
  const broken = findings.filter((finding) => !finding.holds && !isAdvice(finding));
  const isBroken = failure !== null && disproves(failure);
  return {
    ...{ phase, step, kind, drifted },
    unchanged: changes.length - drifted.length,
    broken: isBroken ? [brokenBy(failure)] : broken.map((finding) => ({ ...wordsOf(finding), source: finding.source })),
    failure: isBroken ? null : failure,
  };
}

function brokenBy({ object = '', message }: FailureSummary): BrokenClaim {
  return { subject: object, claim: message };
}
