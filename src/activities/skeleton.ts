import type { Bundle } from '../domain/bundle.ts';
import { demandsOf, narrowed, type EnvironmentPolicy } from '../domain/policy.ts';
import { stepPath } from '../domain/names.ts';
import { ownQuorum } from '../domain/quorum.ts';
import { shapeOf, type RolloutShape } from '../domain/shape.ts';
import { Newest } from './newest.ts';

/** How many skeletons are remembered: one of a thousand steps takes half a megabyte. */
const REMEMBERED = 16;

/** The skeletons of bundles, with the gates and the rules of the worker's policy: each step that acts needs that of its bundle. */
export class Skeletons {
  readonly #known = new Newest<string, { readonly rules: string; readonly shape: RolloutShape }>(REMEMBERED);

  /** @param digest of the bundle. */
  of(policy: EnvironmentPolicy, digest: string, bundle: Bundle): RolloutShape {
    const rules = JSON.stringify([policy.gates, policy.groups, policy.selfApproval]);
    const known = this.#known.get(digest);
    if (known?.rules === rules) return known.shape;
    const shape = skeletonOf(policy, bundle);
    this.#known.set(digest, { rules, shape });
    return shape;
  }
}

function skeletonOf(policy: EnvironmentPolicy, bundle: Bundle): RolloutShape {
  const { groups, selfApproval } = narrowed(policy, bundle.decisions);
  const shape = shapeOf(bundle);
  const approvals = new Map(
    bundle.phases.flatMap((phase) => phase.steps.map((step) => [stepPath(phase.name, step.name), step.approval])),
  );
  const phases = shape.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => {
      const demands = demandsOf(policy, step);
      const demanded = demands.length === 0 ? step : { ...step, demands };
      const quorum = ownQuorum(approvals.get(stepPath(phase.name, step.name)), demands, groups);
      return quorum === null ? demanded : { ...demanded, quorum };
    }),
  }));
  return { ...shape, phases, groups, selfApproval };
}
