import type { Bundle } from '../domain/bundle.ts';
import { demandsOf, narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { shapeOf, type RolloutShape } from '../domain/shape.ts';

/** The skeleton of a bundle, with the gates and the rules of the worker's policy. */
export function skeletonOf(policy: EnvironmentPolicy, bundle: Bundle): RolloutShape {
  const { groups, selfApproval } = narrowed(policy, bundle.decisions);
  const shape = shapeOf(bundle);
  const phases = shape.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => {
      const demands = demandsOf(policy, step);
      return demands.length === 0 ? step : { ...step, demands };
    }),
  }));
  return { ...shape, phases, groups, selfApproval };
}
